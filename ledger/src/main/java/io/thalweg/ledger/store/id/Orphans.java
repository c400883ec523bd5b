package io.thalweg.ledger.store.id;

import java.util.Arrays;

/**
 * Ids that stand for no record and never will. Ids are only added, and what was added does not change, so that the first
 * {@code n} may be read by another thread that learned {@code n} and the array safely. Otherwise one thread.
 */
public final class Orphans implements IdTable.Entries {
    private final IdTable table = new IdTable();
    /** Two longs an id: the low half first. */
    private long[] ids = new long[64];

    private int size;

    public int size() {
        return size;
    }

    public long[] ids() {
        return ids;
    }

    public boolean contains(long low, long high, long hash) {
        return size != 0 && table.find(low, high, hash, this) >= 0;
    }

    public void add(long low, long high) {
        if (2 * size == ids.length) {
            ids = Arrays.copyOf(ids, 4 * size);
        }
        ids[2 * size] = low;
        ids[2 * size + 1] = high;
        size++;
        table.add(IdHash.of(low, high), this);
    }

    @Override
    public boolean is(int index, long low, long high) {
        return ids[2 * index] == low && ids[2 * index + 1] == high;
    }

    @Override
    public long hash(int index) {
        return IdHash.of(ids[2 * index], ids[2 * index + 1]);
    }
}
