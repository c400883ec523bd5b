package io.thalweg.ledger.store.run;

import io.thalweg.ledger.store.id.IdHash;
import io.thalweg.ledger.store.id.IdSorter;
import java.util.Arrays;

/**
 * Gathers, for one field, which of some records have which key: a hash map from keys to groups while records come, then the
 * groups in the order of their keys with the records of each in the order in which they came. Where most keys turn out to be
 * of one record each, as numbers that clients draw at random, the map is left for a list: to look for each of them would miss
 * the processor's caches and find nothing, and the sort at the end brings equal ones together at no cost. Keeps its memory for
 * the next use; not thread-safe.
 */
public final class KeyGroups {
    private static final int NO_GROUP = -1;
    private static final int GROUPS_MIN = 32;
    /** With so many keys the map begins to leave the nearest caches. */
    private static final int MAPPED_MAX = 8_192;

    private final IdSorter sorter = new IdSorter();
    private int[] cells = new int[64];
    /** Low and high half of each group's key, side by side. */
    private long[] keys = new long[2 * GROUPS_MIN];

    private long[] low = {};
    private long[] high = {};
    private int[] counts = new int[GROUPS_MIN];
    private int size;
    private int[] groups = new int[256];
    private int records;
    private int last;
    /** How many of the records are in the index. */
    private int added;
    /** Whether each record that comes is a group of its own, whose key others may have. */
    private boolean listing;

    private int[] order = {};
    private int[] slots = {};
    private int postings;

    /** Forgets all records. */
    public void clear() {
        Arrays.fill(cells, 0);
        size = 0;
        records = 0;
        last = NO_GROUP;
        added = 0;
        listing = false;
    }

    /** The next record is not in the index. */
    public void skip() {
        skip(1);
    }

    /** The next records are not in the index. */
    public void skip(int count) {
        room(count);
        Arrays.fill(groups, records, records + count, NO_GROUP);
        records += count;
    }

    /** The next record has this key. */
    public void put(long keyLow, long keyHigh) {
        if (listing || (size == MAPPED_MAX && added < 2 * size)) {
            list(keyLow, keyHigh);
        } else {
            var _ = add(keyLow, keyHigh);
        }
    }

    private void list(long keyLow, long keyHigh) {
        listing = true;
        room(1);
        begin(keyLow, keyHigh);
        counts[size - 1] = 1;
        groups[records++] = size - 1;
    }

    private void begin(long keyLow, long keyHigh) {
        if (size == counts.length) {
            keys = Arrays.copyOf(keys, 4 * size);
            counts = Arrays.copyOf(counts, 2 * size);
        }
        keys[2 * size] = keyLow;
        keys[2 * size + 1] = keyHigh;
        counts[size++] = 0;
    }

    /**
     * The next record has this key; returns the key's number in the order in which keys came. Not after {@link #put}, which gives
     * a key more than one number.
     */
    public int add(long keyLow, long keyHigh) {
        room(1);
        added++;
        int group = last;
        if (group == NO_GROUP || keys[2 * group] != keyLow || keys[2 * group + 1] != keyHigh) {
            group = groupOf(keyLow, keyHigh);
            last = group;
        }
        counts[group]++;
        groups[records++] = group;
        return group;
    }

    private void room(int more) {
        if (records + more > groups.length) {
            groups = Arrays.copyOf(groups, Math.max(2 * records, records + more));
        }
    }

    private int groupOf(long keyLow, long keyHigh) {
        int mask = cells.length - 1;
        int at = (int) (IdHash.of(keyLow, keyHigh) >>> 20) & mask;
        while (cells[at] != 0) {
            int group = cells[at] - 1;
            if (keys[2 * group] == keyLow && keys[2 * group + 1] == keyHigh) {
                return group;
            }
            at = (at + 1) & mask;
        }
        if (2 * size == cells.length) {
            grow();
            return groupOf(keyLow, keyHigh);
        }
        begin(keyLow, keyHigh);
        cells[at] = size;
        return size - 1;
    }

    private void grow() {
        cells = new int[4 * size];
        int mask = cells.length - 1;
        for (int group = 0; group < size; group++) {
            int at = (int) (IdHash.of(keys[2 * group], keys[2 * group + 1]) >>> 20) & mask;
            while (cells[at] != 0) {
                at = (at + 1) & mask;
            }
            cells[at] = group + 1;
        }
    }

    /** Ends the records and sorts. The methods below answer from then on, until {@link #clear}. */
    public void finish() {
        if (low.length < size) {
            low = new long[counts.length];
            high = new long[counts.length];
        }
        for (int group = 0; group < size; group++) {
            low[group] = keys[2 * group];
            high[group] = keys[2 * group + 1];
        }
        order = sorter.sort(low, high, size);
        int sum = 0;
        for (int i = 0; i < size; i++) {
            int count = counts[order[i]];
            counts[order[i]] = sum;
            sum += count;
        }
        postings = sum;
        if (slots.length < sum) {
            slots = new int[Math.max(sum, records)];
        }
        for (int i = 0; i < records && size > 0; i++) {
            int group = groups[i];
            if (group != NO_GROUP) {
                slots[counts[group]++] = i;
            }
        }
        if (listing) {
            join();
        }
    }

    /** Leaves of the groups with one key the last, at whose end the records of all of them end. */
    private void join() {
        int joined = 0;
        for (int i = 0; i < size; i++) {
            int group = order[i];
            boolean same = joined > 0 && low[group] == low[order[joined - 1]] && high[group] == high[order[joined - 1]];
            order[same ? joined - 1 : joined++] = group;
        }
        size = joined;
    }

    /** Distinct keys, from {@link #finish} on. */
    public int size() {
        return size;
    }

    /** The i-th key in ascending order. */
    public long low(int i) {
        return low[order[i]];
    }

    public long high(int i) {
        return high[order[i]];
    }

    /** The number that {@link #add} gave for the i-th key. */
    int group(int i) {
        return order[i];
    }

    /** Where the records of the i-th key end in {@link #slots}; they begin where the last key's end. */
    public int end(int i) {
        return counts[order[i]];
    }

    /** Numbers of records, 0-based in the order in which they came. */
    public int[] slots() {
        return slots;
    }

    /** Length of what is in use of {@link #slots}. */
    public int postings() {
        return postings;
    }
}
