package io.thalweg.ledger;

import java.util.Arrays;
import java.util.TreeMap;

/**
 * A number for each of some seconds, ascending: about twelve bytes where most seconds of an hour have one, and less than two hundred for the
 * only one of its hour. Not thread-safe.
 */
final class SecondCounts {
    private static final int SECONDS = 3_600;

    private final TreeMap<Long, Hour> hours = new TreeMap<>();
    private int size;

    /** The seconds of an hour that have a number, ascending. */
    private static final class Hour {
        short[] seconds = new short[2];
        long[] counts = new long[2];
        int size;

        int find(int second) {
            return Arrays.binarySearch(seconds, 0, size, (short) second);
        }

        void insert(int at, int second, long count) {
            if (size == seconds.length) {
                int larger = Math.min(SECONDS, size + Math.max(2, size / 2));
                seconds = Arrays.copyOf(seconds, larger);
                counts = Arrays.copyOf(counts, larger);
            }
            System.arraycopy(seconds, at, seconds, at + 1, size - at);
            System.arraycopy(counts, at, counts, at + 1, size - at);
            seconds[at] = (short) second;
            counts[at] = count;
            size++;
        }

        void remove(int at) {
            size--;
            System.arraycopy(seconds, at + 1, seconds, at, size - at);
            System.arraycopy(counts, at + 1, counts, at, size - at);
        }
    }

    /** Takes a second and its number. */
    @FunctionalInterface
    interface Each {
        void take(long second, long count);
    }

    /** Adds to a second's number; one that becomes zero is none. */
    void add(long second, long change) {
        long number = Math.floorDiv(second, SECONDS);
        int within = Math.floorMod(second, SECONDS);
        Hour hour = hours.get(number);
        if (hour == null) {
            hour = new Hour();
            hours.put(number, hour);
        }
        int at = hour.find(within);
        if (at < 0 && change != 0) {
            hour.insert(-at - 1, within, change);
            size++;
        } else if (at >= 0) {
            hour.counts[at] += change;
            if (hour.counts[at] == 0) {
                hour.remove(at);
                size--;
            }
        }
        if (hour.size == 0) {
            hours.remove(number);
        }
    }

    /** The number of a second; 0 for none. */
    long get(long second) {
        Hour hour = hours.get(Math.floorDiv(second, SECONDS));
        int at = hour == null ? -1 : hour.find(Math.floorMod(second, SECONDS));
        return hour == null || at < 0 ? 0 : hour.counts[at];
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** How many seconds have a number. */
    int size() {
        return size;
    }

    /** The first second that has a number; there must be one. */
    long first() {
        var first = hours.firstEntry();
        return first.getKey() * SECONDS + first.getValue().seconds[0];
    }

    void forEach(Each each) {
        hours.forEach((number, hour) -> {
            for (int i = 0; i < hour.size; i++) {
                each.take(number * SECONDS + hour.seconds[i], hour.counts[i]);
            }
        });
    }
}
