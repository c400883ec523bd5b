package io.thalweg.ledger.store.id;

import java.util.Arrays;

/**
 * A hash table from ids to small numbers, for ids that are kept elsewhere: open addressing in one array of longs, each 32 bits
 * of the hash and the number plus one, at most half full. A match of the 32 bits is verified against the id itself, so that a
 * lookup of an unknown id touches one cache line here and nothing else. What was added last may be removed, in reverse order.
 * Not thread-safe.
 */
public final class IdTable {
    private static final int CELLS_MIN = 1024;

    /** Where the ids are. */
    public interface Entries {
        /** Whether entry {@code index} has this id. */
        boolean is(int index, long low, long high);

        /** The hash of the id of entry {@code index}. */
        long hash(int index);
    }

    private long[] cells = new long[CELLS_MIN];
    private int size;

    int size() {
        return size;
    }

    /** The number that was added with this id, or -1. */
    public int find(long low, long high, long hash, Entries entries) {
        long[] table = cells;
        int mask = table.length - 1;
        int at = (int) hash & mask;
        for (long cell = table[at]; cell != 0; cell = table[at]) {
            if ((int) ((cell ^ hash) >>> 32) == 0) {
                int index = (int) cell - 1;
                if (entries.is(index, low, high)) {
                    return index;
                }
            }
            at = (at + 1) & mask;
        }
        return -1;
    }

    /** Adds the next number: the first is 0, and each is one more than the last. */
    public void add(long hash, Entries entries) {
        if (2 * (size + 1) > cells.length) {
            grow(entries);
        }
        put(hash, size);
        size++;
    }

    private void put(long hash, int index) {
        long[] table = cells;
        int mask = table.length - 1;
        int at = (int) hash & mask;
        while (table[at] != 0) {
            at = (at + 1) & mask;
        }
        table[at] = (hash & 0xFFFF_FFFF_0000_0000L) | (index + 1);
    }

    private void grow(Entries entries) {
        cells = new long[cells.length * 2];
        // In the order in which they came, so that the last can still be removed first.
        for (int index = 0; index < size; index++) {
            put(entries.hash(index), index);
        }
    }

    /** Removes the number that was added last. */
    public void removeLast(long hash) {
        long[] table = cells;
        int mask = table.length - 1;
        int at = (int) hash & mask;
        while ((int) table[at] != size) {
            at = (at + 1) & mask;
        }
        table[at] = 0;
        size--;
    }

    /** Reads where an id with this hash would be, so that it is in the cache when it is asked for. */
    public long touch(long hash) {
        return cells[(int) hash & (cells.length - 1)];
    }

    /** Forgets everything, but keeps the memory. */
    public void clear() {
        Arrays.fill(cells, 0);
        size = 0;
    }
}
