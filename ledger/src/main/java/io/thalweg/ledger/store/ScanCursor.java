package io.thalweg.ledger.store;

import java.lang.foreign.MemorySegment;

/** Looks at each record in memory from one slot to another; for the few that have no index yet. */
final class ScanCursor implements Cursor {
    private final RecordMemory memory;
    private final Field field;
    private final long keyLow;
    private final long keyHigh;
    private final long from;
    private final long to;

    ScanCursor(RecordMemory memory, Field field, long keyLow, long keyHigh, long from, long to) {
        this.memory = memory;
        this.field = field;
        this.keyLow = keyLow;
        this.keyHigh = keyHigh;
        this.from = from;
        this.to = to;
    }

    private boolean matches(long slot) {
        MemorySegment chunk = memory.sharedChunk(slot);
        long at = memory.offset(slot);
        return field.holds(chunk, at) && field.low(chunk, at) == keyLow && field.high(chunk, at) == keyHigh;
    }

    @Override
    public long ceiling(long slot) {
        for (long at = Math.max(slot, from); at < to; at++) {
            if (matches(at)) {
                return at;
            }
        }
        return NONE;
    }

    @Override
    public long floor(long slot) {
        for (long at = Math.min(slot, to - 1); at >= from; at--) {
            if (matches(at)) {
                return at;
            }
        }
        return NONE;
    }

    @Override
    public void close() {}
}
