package io.thalweg.ledger.store;

/**
 * A Bloom filter that answers from one cache line: a hash picks a block of 64 bytes and one bit in each of its eight longs.
 * With 16 bits a key about one unknown id in a thousand is taken for a known one. (F. Putze, P. Sanders, J. Singler, "Cache-,
 * Hash- and Space-Efficient Bloom Filters", 2007.) In the heap, where an access costs one check of bounds; a filter is large
 * and lives long, so that it is never moved.
 */
final class IdFilter {
    /** Longs of a block. */
    static final int BLOCK_LONGS = 8;

    static final int BLOCK_BYTES = 8 * BLOCK_LONGS;
    private static final int BITS_PER_KEY = 16;

    private final long[] bits;
    private final long blocks;

    /** A filter whose blocks are {@code bits}, at least one. */
    IdFilter(long[] bits) {
        this.bits = bits;
        this.blocks = bits.length / BLOCK_LONGS;
    }

    /** An empty filter for that many keys. */
    static IdFilter of(long keys) {
        return new IdFilter(new long[Math.toIntExact(Math.max(1, (keys * BITS_PER_KEY + 511) / 512) * BLOCK_LONGS)]);
    }

    /** How many keys it is meant for. */
    int keys() {
        return (int) (bits.length * (long) Long.SIZE / BITS_PER_KEY);
    }

    long[] bits() {
        return bits;
    }

    private int block(long hash) {
        return (int) (((hash >>> 32) * blocks) >>> 32) * BLOCK_LONGS;
    }

    private static long lanes(long hash) {
        return ((hash ^ (hash >>> 32)) * 0x9E3779B97F4A7C15L) >>> 16;
    }

    void add(long hash) {
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
    long touch(long[] hashes, int size) {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += bits[block(hashes[i])];
        }
        return sum;
    }

    /** False only if no id with this hash was added. */
    boolean mayHold(long hash) {
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
