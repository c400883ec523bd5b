package io.thalweg.ledger.store;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.id.IdHash;
import io.thalweg.ledger.store.id.IdTable;
import io.thalweg.ledger.store.id.Ids;
import io.thalweg.ledger.store.id.SeenIds;
import io.thalweg.ledger.store.run.RecordMemory;
import java.lang.foreign.MemorySegment;

/**
 * The ids of the records of one bar, a range of slots that is indexed and written together. The records are in
 * {@link RecordMemory} as long as the bar is. Only the apply thread uses it.
 *
 * <p>While each id is larger than the one before, as clients make them, the records themselves are the index: an id is looked
 * for where it would be if the ids grew evenly, which they nearly do, and adding one costs a comparison. The first id out of
 * order makes a hash table of all.
 */
final class Bar implements IdTable.Entries {
    /** Guesses before the range is halved instead: ids may grow as unevenly as someone likes. */
    private static final int GUESSES = 6;

    private final RecordMemory memory;
    private final int idOffset;
    private final IdTable table;
    private final SeenIds seen;
    private final long from;
    private boolean ascending = true;
    private int size;
    private long minLow = -1;
    private long minHigh = -1;
    private long maxLow;
    private long maxHigh;
    /** The id that was added last. */
    private long lastLow;

    private long lastHigh;

    Bar(RecordMemory memory, int idOffset, long from, IdTable table, SeenIds seen) {
        this.memory = memory;
        this.idOffset = idOffset;
        this.from = from;
        this.table = table;
        this.seen = seen;
    }

    long from() {
        return from;
    }

    IdTable table() {
        return table;
    }

    int size() {
        return size;
    }

    /** Whether its ids are in ascending order so far; otherwise all of them have been {@link SeenIds seen}. */
    boolean isAscending() {
        return ascending;
    }

    /** Adds the id of the next record of the bar. */
    void add(long low, long high) {
        if (Ids.less(low, high, minLow, minHigh)) {
            minLow = low;
            minHigh = high;
        }
        if (Ids.less(maxLow, maxHigh, low, high)) {
            maxLow = low;
            maxHigh = high;
        }
        if (ascending && size > 0 && Ids.less(low, high, lastLow, lastHigh)) {
            ascending = false;
            for (int index = 0; index < size; index++) {
                long hash = hash(index);
                table.add(hash, this);
                seen.add(hash);
            }
        }
        lastLow = low;
        lastHigh = high;
        size++;
        if (!ascending) {
            long hash = IdHash.of(low, high);
            table.add(hash, this);
            seen.add(hash);
        }
    }

    /** Removes the id of the newest record, whose memory must still be as it was. */
    void removeLast() {
        size--;
        if (!ascending) {
            table.removeLast(hash(size));
        } else if (size > 0) {
            lastLow = low(size - 1);
            lastHigh = high(size - 1);
        }
    }

    /** The slot of the record with this id, or -1. */
    long find(long low, long high, long hash) {
        if (outside(low, high)) {
            return -1;
        }
        int index = ascending ? search(low, high) : table.find(low, high, hash, this);
        return index < 0 ? -1 : from + index;
    }

    private int search(long low, long high) {
        int first = 0;
        int last = size - 1;
        int guesses = GUESSES;
        while (first <= last) {
            int middle;
            if (guesses > 0) {
                guesses--;
                middle = guess(first, last, low, high);
                if (middle < first || middle > last) {
                    return -1;
                }
            } else {
                middle = (first + last) >>> 1;
            }
            long middleLow = low(middle);
            long middleHigh = high(middle);
            if (middleLow == low && middleHigh == high) {
                return middle;
            }
            if (Ids.less(middleLow, middleHigh, low, high)) {
                first = middle + 1;
            } else {
                last = middle - 1;
            }
        }
        return -1;
    }

    /** Where the id would be between two others if ids grew evenly; outside of them if it is not between them. */
    private int guess(int first, int last, long low, long high) {
        double start = value(low(first), high(first));
        double width = value(low(last), high(last)) - start;
        double distance = value(low, high) - start;
        if (Ids.less(low, high, low(first), high(first)) || Ids.less(low(last), high(last), low, high)) {
            return -1;
        }
        // Numbers that are large and near each other lose their difference in a double.
        return width <= 0
                ? (first + last) >>> 1
                : Math.min(last, first + (int) ((last - first) * (distance / width) + 0.5));
    }

    private double value(long low, long high) {
        return high == minHigh ? unsigned(low - minLow) : unsigned(high - minHigh) * 0x1p64 + unsigned(low);
    }

    private static double unsigned(long value) {
        return value >= 0 ? value : value + 0x1p64;
    }

    /** Reads where an id with this hash would be, or will be added. */
    long touch(long hash) {
        return ascending ? 0 : table.touch(hash);
    }

    /** True only if the bar does not have the id. */
    boolean outside(long low, long high) {
        return Ids.less(low, high, minLow, minHigh) || Ids.less(maxLow, maxHigh, low, high);
    }

    private long low(int index) {
        return memory.chunk(from + index).get(Bytes.U64, memory.offset(from + index) + idOffset);
    }

    private long high(int index) {
        return memory.chunk(from + index).get(Bytes.U64, memory.offset(from + index) + idOffset + 8);
    }

    @Override
    public boolean is(int index, long low, long high) {
        MemorySegment chunk = memory.chunk(from + index);
        long at = memory.offset(from + index) + idOffset;
        return chunk.get(Bytes.U64, at) == low && chunk.get(Bytes.U64, at + 8) == high;
    }

    @Override
    public long hash(int index) {
        return IdHash.of(low(index), high(index));
    }
}
