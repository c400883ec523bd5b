package io.thalweg.ledger.store.id;

import java.nio.ByteBuffer;

/**
 * A Bloom filter that answers from one cache line: a hash picks a block of 64 bytes and one bit in each of its eight longs.
 * With 16 bits a key about one unknown id in a thousand is taken for a known one. (F. Putze, P. Sanders, J. Singler, "Cache-,
 * Hash- and Space-Efficient Bloom Filters", 2007.) In the heap, where an access costs one check of bounds; a filter is large
 * and lives long, so that it is never moved.
 */
public final class IdFilter {
    public static final int BLOCK_BYTES = 64;

    private static final int BLOCK_LONGS = BLOCK_BYTES / Long.BYTES;
    private static final int BITS_PER_KEY = 16;

    /**
     * Where the first block begins. The collector puts a large array at the start of a region, behind a header of 16 bytes: so each
     * block is one cache line there, and not parts of two, which would take twice the time.
     */
    private static final int FIRST = (BLOCK_BYTES - 16) / Long.BYTES;

    private final long[] bits;
    private final int blocks;

    /** An empty filter of that many blocks, at least one. */
    public IdFilter(long blocks) {
        this.blocks = Math.toIntExact(Math.max(1, blocks));
        bits = new long[Math.addExact(FIRST, Math.multiplyExact(this.blocks, BLOCK_LONGS))];
    }

    /** An empty filter for that many keys. */
    public static IdFilter of(long keys) {
        return new IdFilter((keys * BITS_PER_KEY + 8 * BLOCK_BYTES - 1) / (8 * BLOCK_BYTES));
    }

    /** How many keys it is meant for. */
    int keys() {
        return (int) (blocks * (8L * BLOCK_BYTES) / BITS_PER_KEY);
    }

    public int blocks() {
        return blocks;
    }

    /** Appends a block's bytes. */
    public void write(int block, ByteBuffer out) {
        for (int at = FIRST + block * BLOCK_LONGS, end = at + BLOCK_LONGS; at < end; at++) {
            out.putLong(bits[at]);
        }
    }

    /** Makes a block what {@link #write} had written. */
    public void read(int block, ByteBuffer in) {
        for (int at = FIRST + block * BLOCK_LONGS, end = at + BLOCK_LONGS; at < end; at++) {
            bits[at] = in.getLong();
        }
    }

    private int block(long hash) {
        return FIRST + (int) (((hash >>> 32) * blocks) >>> 32) * BLOCK_LONGS;
    }

    private static long lanes(long hash) {
        return ((hash ^ (hash >>> 32)) * 0x9E3779B97F4A7C15L) >>> 16;
    }

    public void add(long hash) {
        int at = block(hash);
        long lanes = lanes(hash);
        // A shift takes the lowest six bits of its distance.
        bits[at] |= 1L << lanes;
        bits[at + 1] |= 1L << (lanes >>> 6);
        bits[at + 2] |= 1L << (lanes >>> 12);
        bits[at + 3] |= 1L << (lanes >>> 18);
        bits[at + 4] |= 1L << (lanes >>> 24);
        bits[at + 5] |= 1L << (lanes >>> 30);
        bits[at + 6] |= 1L << (lanes >>> 36);
        bits[at + 7] |= 1L << (lanes >>> 42);
    }

    /**
     * Reads what {@link #mayHold} will read for all of these, in a loop that is short enough for the processor to wait for many
     * lines at once.
     *
     * @return anything; to be kept, or the compiler would leave the reads out
     */
    public long touch(long[] hashes, int size) {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += bits[block(hashes[i])];
        }
        return sum;
    }

    /** False only if no id with this hash was added. */
    public boolean mayHold(long hash) {
        int at = block(hash);
        long lanes = lanes(hash);
        // All eight at once, since a branch that is taken by chance costs more than the rest of a line that is there.
        long all = bits[at] >>> lanes;
        all &= bits[at + 1] >>> (lanes >>> 6);
        all &= bits[at + 2] >>> (lanes >>> 12);
        all &= bits[at + 3] >>> (lanes >>> 18);
        all &= bits[at + 4] >>> (lanes >>> 24);
        all &= bits[at + 5] >>> (lanes >>> 30);
        all &= bits[at + 6] >>> (lanes >>> 36);
        all &= bits[at + 7] >>> (lanes >>> 42);
        return (all & 1) != 0;
    }
}
