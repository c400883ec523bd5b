package io.thalweg.log;

import java.util.Arrays;

/**
 * Where the events of one stream stand in one segment: an extent is a run of records that follow each other in the file and in
 * the stream. Sorted by sequence and by offset at once, since both only grow; 28 bytes an extent, in columns. One thread adds,
 * any number read what was there when they asked for {@link #columns}.
 */
final class ExtentList {
    static final int EXTENT_BYTES = 28;

    /**
     * A view of the first {@code size} extents.
     *
     * @param sequences of the first event of each extent
     * @param timestamps of that event; each next has one nanosecond more
     * @param offsets in the segment's file
     * @param lengths in bytes
     * @param counts of events
     */
    record Columns(int size, long[] sequences, long[] timestamps, int[] offsets, int[] lengths, int[] counts) {

        /** The extent that holds {@code sequence}, or the last one before it; -1 when all are behind it. */
        int find(long sequence) {
            int found = Arrays.binarySearch(sequences, 0, size, sequence);
            return found >= 0 ? found : -found - 2;
        }

        long lastSequence() {
            return sequences[size - 1] + counts[size - 1] - 1;
        }

        long lastTimestamp() {
            return timestamps[size - 1] + counts[size - 1] - 1;
        }

        int end(int extent) {
            return offsets[extent] + lengths[extent];
        }
    }

    private volatile Columns columns;

    ExtentList(int capacity) {
        columns = new Columns(
                0, new long[capacity], new long[capacity], new int[capacity], new int[capacity], new int[capacity]);
    }

    void add(long sequence, int count, long timestampNs, int offset, int length) {
        Columns now = columns;
        int at = now.size();
        if (at == now.sequences().length) {
            int larger = Math.max(4, at + (at >> 1));
            now = new Columns(
                    at,
                    Arrays.copyOf(now.sequences(), larger),
                    Arrays.copyOf(now.timestamps(), larger),
                    Arrays.copyOf(now.offsets(), larger),
                    Arrays.copyOf(now.lengths(), larger),
                    Arrays.copyOf(now.counts(), larger));
        }
        now.sequences()[at] = sequence;
        now.timestamps()[at] = timestampNs;
        now.offsets()[at] = offset;
        now.lengths()[at] = length;
        now.counts()[at] = count;
        // Shown to readers by this write, after what it stands for.
        columns = new Columns(at + 1, now.sequences(), now.timestamps(), now.offsets(), now.lengths(), now.counts());
    }

    Columns columns() {
        return columns;
    }

    int size() {
        return columns.size();
    }
}
