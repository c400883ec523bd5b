package io.thalweg.ledger.store;

import java.util.Arrays;

/**
 * Finds out for a whole batch of ids which of them no run and no full bar has, one filter after the other: the questions of
 * all ids do not wait for each other. The answers hold until the runs change, or bars that were full. One
 * thread.
 */
final class AbsentIds {
    private static final int BATCH = 8192;
    private static final int BUCKETS = 8192;
    /** Ids of a bucket, in one cache line. */
    private static final int WAYS = 4;

    private static final int BUCKET_LONGS = 2 * WAYS;

    // Without room until the first batch comes, since many ledgers never see one.
    private long[] hashes = {};
    private long[] low = {};
    private long[] high = {};
    private boolean[] perhaps = {};
    private int size;

    /** Low and high half of each id; 0 and 0 for none, which no record has. */
    private long[] absent = {};

    private boolean used;
    /** The bars that begin before this slot were asked. */
    private long barsBefore;

    /** Forgets all answers. */
    void clear() {
        if (used) {
            for (int i = 0; i < size; i++) {
                int bucket = bucket(hashes[i]);
                Arrays.fill(absent, bucket, bucket + BUCKET_LONGS, 0);
            }
            used = false;
        }
        barsBefore = 0;
    }

    /** Begins to gather ids for {@link #ask}. */
    void begin() {
        clear();
        size = 0;
    }

    /** Notes an id of the batch, if there is room. */
    void add(long idLow, long idHigh, long hash) {
        if (hashes.length == 0) {
            hashes = new long[BATCH];
            low = new long[BATCH];
            high = new long[BATCH];
            perhaps = new boolean[BATCH];
        }
        if (size < BATCH) {
            hashes[size] = hash;
            low[size] = idLow;
            high[size] = idHigh;
            size++;
        }
    }

    /** Asks for all bars but the newest, and all runs. */
    void ask(SeenIds seen, Bar[] bars, Run[] runs) {
        if (size == 0 || bars.length + runs.length == 0) {
            return;
        }
        if (absent.length == 0) {
            absent = new long[BUCKETS * BUCKET_LONGS];
        }
        used = true;
        Arrays.fill(perhaps, 0, size, false);
        seen.mark(hashes, size, perhaps);
        for (int b = 0; b < bars.length - 1; b++) {
            Bar bar = bars[b];
            for (int i = 0; i < size && bar.isAscending(); i++) {
                perhaps[i] |= bar.mayHold(low[i], high[i], hashes[i]);
            }
        }
        barsBefore = bars.length == 0 ? 0 : bars[bars.length - 1].from();
        for (Run run : runs) {
            for (int i = 0; i < size && !run.isSeen(); i++) {
                perhaps[i] |= run.mayHold(low[i], high[i], hashes[i]);
            }
        }
        for (int i = 0; i < size; i++) {
            if (!perhaps[i]) {
                put(low[i], high[i], bucket(hashes[i]));
            }
        }
    }

    private void put(long idLow, long idHigh, int bucket) {
        for (int at = bucket; at < bucket + BUCKET_LONGS; at += 2) {
            if ((absent[at] | absent[at + 1]) == 0) {
                absent[at] = idLow;
                absent[at + 1] = idHigh;
                return;
            }
        }
    }

    private static int bucket(long hash) {
        return ((int) (hash >>> 16) & (BUCKETS - 1)) * BUCKET_LONGS;
    }

    /** Bars that begin at this slot or behind it were not asked. */
    long barsBefore() {
        return barsBefore;
    }

    /** Whether it is known that the bars before {@link #barsBefore} and all runs do not have this id. */
    boolean contains(long idLow, long idHigh, long hash) {
        if (!used || (idLow | idHigh) == 0) {
            return false;
        }
        int bucket = bucket(hash);
        for (int at = bucket; at < bucket + BUCKET_LONGS; at += 2) {
            if (absent[at] == idLow && absent[at + 1] == idHigh) {
                return true;
            }
        }
        return false;
    }
}
