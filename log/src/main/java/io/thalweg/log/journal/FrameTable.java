package io.thalweg.log.journal;

import java.util.Arrays;

/**
 * Where each entry of one segment begins: twelve bytes an entry, in memory only, because a scan of the segment rebuilds it.
 * Thread-safe.
 */
final class FrameTable {
    private long[] indexes = new long[64];
    private int[] offsets = new int[64];
    private int size;

    synchronized void add(long index, int offset) {
        if (size == indexes.length) {
            indexes = Arrays.copyOf(indexes, size * 2);
            offsets = Arrays.copyOf(offsets, size * 2);
        }
        indexes[size] = index;
        offsets[size] = offset;
        size++;
    }

    /** Where the entry begins; -1 when there is no such entry. */
    synchronized int offsetOf(long index) {
        int found = Arrays.binarySearch(indexes, 0, size, index);
        return found < 0 ? -1 : offsets[found];
    }

    /** Where the first entry behind {@code index} begins; {@code end} when there is none. */
    synchronized int offsetBehind(long index, int end) {
        int found = position(index);
        return found == size ? end : offsets[found];
    }

    /** The newest index at or before {@code index}; -1 when there is none. */
    synchronized long floor(long index) {
        int found = position(index);
        return found == 0 ? -1 : indexes[found - 1];
    }

    /** Forgets every entry behind {@code index}. */
    synchronized void truncate(long index) {
        size = position(index);
    }

    synchronized int size() {
        return size;
    }

    /** How many entries are at or before {@code index}. */
    private int position(long index) {
        int found = Arrays.binarySearch(indexes, 0, size, index);
        return found < 0 ? -found - 1 : found + 1;
    }
}
