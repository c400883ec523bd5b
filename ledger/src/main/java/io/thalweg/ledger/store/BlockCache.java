package io.thalweg.ledger.store;

/** Blocks of files in memory, shared by all stores of a process; thread-safe. */
public final class BlockCache implements AutoCloseable {
    /** Bytes of a block. */
    static final int BLOCK_BYTES = 16 << 10;

    private final long bytes;

    /**
     * Makes a cache.
     *
     * @param bytes memory to use, rounded down to whole blocks
     */
    public BlockCache(long bytes) {
        this.bytes = bytes;
    }

    /** Bytes that the cache may take. */
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {}
}
