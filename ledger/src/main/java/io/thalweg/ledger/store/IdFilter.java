package io.thalweg.ledger.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A Bloom filter that answers from one cache line: a hash picks a block of 64 bytes and one bit in each of its eight longs.
 * With 16 bits a key about one unknown id in a thousand is taken for a known one. (F. Putze, P. Sanders, J. Singler, "Cache-,
 * Hash- and Space-Efficient Bloom Filters", 2007.) The memory is the caller's, off-heap and aligned.
 */
final class IdFilter {
    private static final int BITS_PER_KEY = 16;
    static final int BLOCK_BYTES = 64;

    private final MemorySegment bits;
    private final long blocks;

    /** A filter in {@code bits}, whose length is a multiple of {@link #BLOCK_BYTES}. */
    IdFilter(MemorySegment bits) {
        this.bits = bits;
        this.blocks = bits.byteSize() / BLOCK_BYTES;
    }

    /** Bytes for that many keys. */
    static long bytes(long keys) {
        return Math.max(1, (keys * BITS_PER_KEY + 511) / 512) * BLOCK_BYTES;
    }

    MemorySegment bits() {
        return bits;
    }

    private long block(long hash) {
        return (((hash >>> 32) * blocks) >>> 32) * BLOCK_BYTES;
    }

    private static long lanes(long hash) {
        return (hash ^ (hash >>> 32)) * 0x9E3779B97F4A7C15L;
    }

    void add(long hash) {
        long at = block(hash);
        long lanes = lanes(hash) >>> 16;
        for (int lane = 0; lane < 64; lane += 8) {
            long word = bits.get(ValueLayout.JAVA_LONG, at + lane);
            bits.set(ValueLayout.JAVA_LONG, at + lane, word | (1L << (lanes & 63)));
            lanes >>>= 6;
        }
    }

    /** False only if no id with this hash was added. */
    boolean mayHold(long hash) {
        long at = block(hash);
        long lanes = lanes(hash) >>> 16;
        for (int lane = 0; lane < 64; lane += 8) {
            if ((bits.get(ValueLayout.JAVA_LONG, at + lane) >>> (lanes & 63) & 1) == 0) {
                return false;
            }
            lanes >>>= 6;
        }
        return true;
    }

    /** Reads the cache line that {@link #mayHold} will read. */
    long touch(long hash) {
        return bits.get(ValueLayout.JAVA_LONG, block(hash));
    }
}
