package io.thalweg.ledger.store;

import java.lang.foreign.MemorySegment;

/**
 * The ids of the records of one bar, a range of slots that is indexed and written together. The records are in
 * {@link RecordMemory} as long as the bar is. Only the apply thread uses it.
 */
final class Bar implements IdTable.Entries {
    private final RecordMemory memory;
    private final int idOffset;
    private final IdTable table;
    private final long from;
    private long minLow = -1;
    private long minHigh = -1;
    private long maxLow;
    private long maxHigh;

    Bar(RecordMemory memory, int idOffset, long from, IdTable table) {
        this.memory = memory;
        this.idOffset = idOffset;
        this.from = from;
        this.table = table;
    }

    long from() {
        return from;
    }

    IdTable table() {
        return table;
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
        table.add(Ids.hash(low, high), this);
    }

    /** Removes the id of the newest record, whose memory must still be as it was. */
    void removeLast() {
        table.removeLast(hash(table.size() - 1));
    }

    /** The slot of the record with this id, or -1. */
    long find(long low, long high, long hash) {
        if (outside(low, high)) {
            return -1;
        }
        int index = table.find(low, high, hash, this);
        return index < 0 ? -1 : from + index;
    }

    long touch(long low, long high, long hash) {
        return outside(low, high) ? 0 : table.touch(hash);
    }

    private boolean outside(long low, long high) {
        return Ids.less(low, high, minLow, minHigh) || Ids.less(maxLow, maxHigh, low, high);
    }

    @Override
    public boolean is(int index, long low, long high) {
        MemorySegment chunk = memory.chunk(from + index);
        long at = memory.offset(from + index) + idOffset;
        return chunk.get(Field.U64, at) == low && chunk.get(Field.U64, at + 8) == high;
    }

    @Override
    public long hash(int index) {
        MemorySegment chunk = memory.chunk(from + index);
        long at = memory.offset(from + index) + idOffset;
        return Ids.hash(chunk.get(Field.U64, at), chunk.get(Field.U64, at + 8));
    }
}
