package io.thalweg.ledger;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads and writes numbers at any offset of memory, little-endian, without checks beyond the segment's own. */
final class Bytes {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    static long u64(MemorySegment memory, long offset) {
        return memory.get(LONG, offset);
    }

    static int u32(MemorySegment memory, long offset) {
        return memory.get(INT, offset);
    }

    /** Two bytes without a sign. */
    static int u16(MemorySegment memory, long offset) {
        return memory.get(SHORT, offset) & 0xffff;
    }

    static void u64(MemorySegment memory, long offset, long value) {
        memory.set(LONG, offset, value);
    }

    static void u32(MemorySegment memory, long offset, int value) {
        memory.set(INT, offset, value);
    }

    static void u16(MemorySegment memory, long offset, int value) {
        memory.set(SHORT, offset, (short) value);
    }

    /** Stores 16 bytes, the lower half first. */
    static void u128(MemorySegment memory, long offset, long low, long high) {
        memory.set(LONG, offset, low);
        memory.set(LONG, offset + 8, high);
    }

    /** Whether 16 bytes at the same field of two records differ. */
    static boolean differ128(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int field) {
        return u64(a, aOffset + field) != u64(b, bOffset + field)
                || u64(a, aOffset + field + 8) != u64(b, bOffset + field + 8);
    }
}
