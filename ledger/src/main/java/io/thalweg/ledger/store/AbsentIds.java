package io.thalweg.ledger.store;

import io.thalweg.ledger.store.id.IdFilter;
import io.thalweg.ledger.store.id.Ids;
import io.thalweg.ledger.store.id.SeenIds;
import io.thalweg.ledger.store.run.Run;
import java.util.Arrays;

/**
 * Finds out for some ids together which of them nothing has, one filter after the other: the questions of all ids do not wait for
 * each other, and what their searches and additions read is in the processor's cache when their turn comes. The answers hold
 * until the runs change, or bars that were full; what is added meanwhile is looked at again. One thread.
 */
final class AbsentIds {
    private static final int BATCH = Records.TOUCHED_MAX;

    // Without room until the first batch comes, since many ledgers never see one.
    private long[] hashes = {};
    private long[] storedHashes = {};
    private long[] low = {};
    private long[] high = {};
    private int[] numbers = {};
    private boolean[] perhaps = {};
    private int size;

    /** By the id's number in the batch. */
    private boolean[] absent = {};

    private boolean used;
    /** Ids are only added to bars that begin at this slot or behind it. */
    private long growingFrom;
    /** Ids are only added to this filter and those behind it. */
    private int growingFilter;

    /** Forgets all answers. */
    void clear() {
        used = false;
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
            storedHashes = new long[BATCH];
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

    /**
     * Asks for all bars and all runs.
     *
     * @return anything, as {@link IdFilter#touch}
     */
    long ask(SeenIds seen, Bar[] bars, Run[] runs) {
        if (size == 0) {
            return 0;
        }
        used = true;
        growingFrom = bars.length == 0 ? 0 : bars[bars.length - 1].from();
        growingFilter = seen.newest();
        Arrays.fill(perhaps, 0, size, false);
        long touched = seen.mark(hashes, size, perhaps);
        for (Bar bar : bars) {
            if (bar.isAscending()) {
                for (int i = 0; i < size; i++) {
                    perhaps[i] |= !bar.outside(low[i], high[i]);
                }
            }
        }
        boolean hashed = false;
        for (Run run : runs) {
            if (!run.isSeen()) {
                if (!hashed) {
                    hashed = true;
                    hashAsStored();
                }
                touched += run.mark(low, high, storedHashes, size, perhaps);
            }
        }
        Arrays.fill(absent, false);
        for (int i = 0; i < size; i++) {
            absent[numbers[i]] = !perhaps[i];
        }
        return touched;
    }

    private void hashAsStored() {
        for (int i = 0; i < size; i++) {
            storedHashes[i] = Ids.storedHash(low[i], high[i]);
        }
    }

    /** Whether it is known that neither a bar nor a run has the batch's id of this number, and that it is no orphan. */
    boolean contains(int number, long idLow, long idHigh, long hash, SeenIds seen, Bar[] bars) {
        if (!used || number < 0 || number >= BATCH || !absent[number] || seen.mayHold(hash, growingFilter)) {
            return false;
        }
        for (int bar = bars.length - 1; bar >= 0 && bars[bar].from() >= growingFrom; bar--) {
            if (bars[bar].isAscending() && !bars[bar].outside(idLow, idHigh)) {
                return false;
            }
        }
        return true;
    }
}
