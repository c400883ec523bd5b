package io.thalweg.ledger.store;

import java.util.Arrays;

/**
 * Finds out for a whole batch of ids which of them no run and no full bar has, one filter after the other: the questions of
 * all ids do not wait for each other. The answers hold until the runs change, or bars that were full. One thread.
 */
final class AbsentIds {
    private static final int BATCH = 8192;

    // Without room until the first batch comes, since many ledgers never see one.
    private long[] hashes = {};
    private long[] low = {};
    private long[] high = {};
    private int[] numbers = {};
    private boolean[] perhaps = {};
    private int size;

    /** By the id's number in the batch. */
    private boolean[] absent = {};

    private boolean used;
    /** The bars that begin before this slot were asked. */
    private long barsBefore;

    /** Forgets all answers. */
    void clear() {
        used = false;
        barsBefore = 0;
    }

    /** Begins to gather ids for {@link #ask}. */
    void begin() {
        clear();
        size = 0;
    }

    /** Notes an id, the {@code number}-th of the batch, if there is room. */
    void add(int number, long idLow, long idHigh, long hash) {
        if (hashes.length == 0) {
            hashes = new long[BATCH];
            low = new long[BATCH];
            high = new long[BATCH];
            numbers = new int[BATCH];
            perhaps = new boolean[BATCH];
            absent = new boolean[BATCH];
        }
        if (number < BATCH) {
            hashes[size] = hash;
            low[size] = idLow;
            high[size] = idHigh;
            numbers[size] = number;
            size++;
        }
    }

    /** Asks for all bars but the newest, and all runs. */
    void ask(SeenIds seen, Bar[] bars, Run[] runs) {
        if (size == 0 || bars.length + runs.length == 0) {
            return;
        }
        used = true;
        Arrays.fill(perhaps, 0, size, false);
        seen.mark(hashes, size, perhaps);
        for (int b = 0; b < bars.length - 1; b++) {
            Bar bar = bars[b];
            if (bar.isAscending()) {
                for (int i = 0; i < size; i++) {
                    perhaps[i] |= !bar.outside(low[i], high[i]);
                }
            }
        }
        barsBefore = bars.length == 0 ? 0 : bars[bars.length - 1].from();
        for (Run run : runs) {
            if (!run.isSeen()) {
                for (int i = 0; i < size; i++) {
                    perhaps[i] |= run.mayHold(low[i], high[i], hashes[i]);
                }
            }
        }
        Arrays.fill(absent, false);
        for (int i = 0; i < size; i++) {
            absent[numbers[i]] = !perhaps[i];
        }
    }

    /** Bars that begin at this slot or behind it were not asked. */
    long barsBefore() {
        return barsBefore;
    }

    /** Whether it is known that the bars before {@link #barsBefore} and all runs do not have the batch's id of this number. */
    boolean contains(int number) {
        return used && number >= 0 && number < BATCH && absent[number];
    }
}
