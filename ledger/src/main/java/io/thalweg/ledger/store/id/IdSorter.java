package io.thalweg.ledger.store.id;

/**
 * Brings ids into ascending order by a radix sort over their 64 bits behind the prefix that they share, eight bits a pass,
 * which needs no assumption about how they are distributed and no comparison that a processor would have to guess. Of random ids
 * the upper half of these bits is enough. Ids that are in order already, as clients make them, cost one look each. Keeps its
 * memory; not thread-safe.
 */
public final class IdSorter {
    private static final int TIES_MAX = 32;
    private static final int DIGITS = 8;

    private long[] keys = {};
    private long[] otherKeys = {};
    private int[] order = {};
    private int[] otherOrder = {};
    private final int[] counts = new int[DIGITS * 256];

    /**
     * Sorts the first {@code size} ids.
     *
     * @return the indexes of the ids in ascending order, valid until the next call; may be longer than {@code size}
     */
    public int[] sort(long[] low, long[] high, int size) {
        if (order.length < size) {
            keys = new long[size];
            otherKeys = new long[size];
            order = new int[size];
            otherOrder = new int[size];
        }
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        if (isSorted(low, high, size)) {
            return order;
        }
        long differs = 0;
        for (int i = 1; i < size; i++) {
            differs |= high[i] ^ high[0];
        }
        int shift = Long.numberOfLeadingZeros(differs);
        if (sort(low, high, size, shift, DIGITS / 2) || sort(low, high, size, shift, 0)) {
            return order;
        }
        // Many ids share their upper half: sort by the lower half first and keep that order in the second sort.
        for (int i = 0; i < size; i++) {
            keys[i] = low[order[i]];
        }
        radix(size, 0);
        for (int i = 0; i < size; i++) {
            keys[i] = high[order[i]];
        }
        radix(size, 0);
        return order;
    }

    /** Sorts by the 64 bits behind the first {@code shift}, those of the lowest digits left out; false if too many are the same. */
    private boolean sort(long[] low, long[] high, int size, int shift, int digits) {
        for (int i = 0; i < size; i++) {
            int id = order[i];
            keys[i] = shift == 64 ? low[id] : shift == 0 ? high[id] : (high[id] << shift) | (low[id] >>> (64 - shift));
        }
        radix(size, digits);
        return orderTies(low, high, size, digits * 8);
    }

    private static boolean isSorted(long[] low, long[] high, int size) {
        for (int i = 1; i < size; i++) {
            if (Ids.less(low[i], high[i], low[i - 1], high[i - 1])) {
                return false;
            }
        }
        return true;
    }

    /** Sorts {@code keys} from a digit on, and {@code order} along with them; stable. */
    private void radix(int size, int from) {
        java.util.Arrays.fill(counts, 0);
        for (int i = 0; i < size; i++) {
            long key = keys[i];
            for (int digit = from; digit < DIGITS; digit++) {
                counts[(digit << 8) + ((int) (key >>> (digit << 3)) & 255)]++;
            }
        }
        for (int digit = from; digit < DIGITS; digit++) {
            int base = digit << 8;
            int shift = digit << 3;
            if (size > 0 && counts[base + ((int) (keys[0] >>> shift) & 255)] == size) {
                continue;
            }
            int sum = 0;
            for (int i = base; i < base + 256; i++) {
                int count = counts[i];
                counts[i] = sum;
                sum += count;
            }
            for (int i = 0; i < size; i++) {
                long key = keys[i];
                int to = counts[base + ((int) (key >>> shift) & 255)]++;
                otherKeys[to] = key;
                otherOrder[to] = order[i];
            }
            long[] sortedKeys = otherKeys;
            otherKeys = keys;
            keys = sortedKeys;
            int[] sortedOrder = otherOrder;
            otherOrder = order;
            order = sortedOrder;
        }
    }

    /** Orders ids whose keys are equal but for the last {@code bits}; false if that are too many at once. */
    private boolean orderTies(long[] low, long[] high, int size, int bits) {
        int start = 0;
        for (int i = 1; i <= size; i++) {
            if (i < size && (keys[i] ^ keys[start]) >>> bits == 0) {
                continue;
            }
            if (i - start > TIES_MAX) {
                return false;
            }
            for (int j = start + 1; j < i; j++) {
                int moved = order[j];
                int to = j;
                while (to > start && Ids.less(low[moved], high[moved], low[order[to - 1]], high[order[to - 1]])) {
                    order[to] = order[to - 1];
                    to--;
                }
                order[to] = moved;
            }
            start = i;
        }
        return true;
    }
}
