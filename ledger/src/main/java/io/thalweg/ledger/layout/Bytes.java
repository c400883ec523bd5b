package io.thalweg.ledger.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads and writes numbers at any offset of memory, little-endian, without checks beyond the segment's own. */
public final class Bytes {
    public static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    /** Eight bytes; whether they have a sign is the reader's to say. */
    public static long u64(MemorySegment memory, long offset) {
        return memory.get(U64, offset);
    }

    /** Four bytes; whether they have a sign is the reader's to say. */
    public static int u32(MemorySegment memory, long offset) {
        return memory.get(U32, offset);
    }

    /** Two bytes without a sign. */
    public static int u16(MemorySegment memory, long offset) {
        return memory.get(U16, offset) & 0xffff;
    }

    /** Stores eight bytes. */
    public static void u64(MemorySegment memory, long offset, long value) {
        memory.set(U64, offset, value);
    }

    /** Stores four bytes. */
    public static void u32(MemorySegment memory, long offset, int value) {
        memory.set(U32, offset, value);
    }

    /** Stores the lower two bytes of {@code value}. */
    public static void u16(MemorySegment memory, long offset, int value) {
        memory.set(U16, offset, (short) value);
    }

    /** Stores 16 bytes, the lower half first. */
    public static void u128(MemorySegment memory, long offset, long low, long high) {
        memory.set(U64, offset, low);
        memory.set(U64, offset + 8, high);
    }

    /** Whether 16 bytes at the same field of two records differ. */
    public static boolean differ128(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int field) {
        return u64(a, aOffset + field) != u64(b, bOffset + field)
                || u64(a, aOffset + field + 8) != u64(b, bOffset + field + 8);
    }

    /** Whether these bytes are all zero. */
    public static boolean zero(MemorySegment memory, long offset, int bytes) {
        for (int i = 0; i < bytes; i++) {
            if (memory.get(ValueLayout.JAVA_BYTE, offset + i) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * What lies from a buffer's position on, which shares its memory.
     *
     * @param what the buffer has, for the message
     * @throws IllegalArgumentException for less than {@code bytes}
     */
    public static MemorySegment of(ByteBuffer buffer, int bytes, String what) {
        if (buffer.remaining() < bytes) {
            throw new IllegalArgumentException(what + " has " + buffer.remaining() + " bytes, expected " + bytes);
        }
        return MemorySegment.ofBuffer(buffer);
    }
}
