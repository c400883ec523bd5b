package io.thalweg.ledger.query;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The numbers of the wire in memory: little-endian, anywhere. */
final class Bytes {
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    static int u16(MemorySegment memory, long offset) {
        return Short.toUnsignedInt(memory.get(U16, offset));
    }

    static boolean zero(MemorySegment memory, long offset, int bytes) {
        for (int i = 0; i < bytes; i++) {
            if (memory.get(ValueLayout.JAVA_BYTE, offset + i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** What lies from a buffer's position on, at least {@code bytes} of it. */
    static MemorySegment of(ByteBuffer buffer, int bytes, String what) {
        if (buffer.remaining() < bytes) {
            throw new IllegalArgumentException(what + " has " + buffer.remaining() + " bytes, expected " + bytes);
        }
        return MemorySegment.ofBuffer(buffer);
    }

    static int compareU128(long aLow, long aHigh, long bLow, long bHigh) {
        return aHigh != bHigh ? Long.compareUnsigned(aHigh, bHigh) : Long.compareUnsigned(aLow, bLow);
    }
}
