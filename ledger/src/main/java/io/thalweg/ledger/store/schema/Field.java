package io.thalweg.ledger.store.schema;

import io.thalweg.ledger.layout.Bytes;
import java.lang.foreign.MemorySegment;

/**
 * A field of a record by which records can be found.
 *
 * @param name for messages
 * @param kind how the key is read from the record
 * @param offset bytes from the start of the record to the value
 * @param zero whether a value of zero is indexed too
 * @param flagOffset bytes from the start of the record to a u16 of flags, if {@code flagMask} is not 0
 * @param flagMask only records with one of these flags are indexed; 0 for all
 */
public record Field(String name, Kind kind, int offset, boolean zero, int flagOffset, int flagMask) {
    /** What a value looks like. */
    public enum Kind {
        U128,
        U64,
        U32,
        U16,
        /** A timeout in seconds (u32), if there is one, as the second since 1970 in which it ends; needs the timestamp. */
        EXPIRY,
        /** A u128 that is indexed by its {@linkplain Field#bucket bucket}. */
        AMOUNT
    }

    static Field all(String name, Kind kind, int offset) {
        return new Field(name, kind, offset, true, 0, 0);
    }

    static Field nonZero(String name, Kind kind, int offset) {
        return new Field(name, kind, offset, false, 0, 0);
    }

    static Field flagged(String name, Kind kind, int offset, int flagOffset, int flagMask) {
        return new Field(name, kind, offset, true, flagOffset, flagMask);
    }

    /**
     * The bucket of an amount: amounts in order have buckets in order, 0 to 1999, and amounts in one bucket differ by less
     * than a sixteenth. Amounts below 16 have one each.
     */
    public static int bucket(long low, long high) {
        if (high == 0 && low >>> 4 == 0) {
            return (int) low;
        }
        int top = high != 0 ? 127 - Long.numberOfLeadingZeros(high) : 63 - Long.numberOfLeadingZeros(low);
        int shift = top - 4;
        long shifted =
                shift >= 64 ? high >>> (shift - 64) : shift == 0 ? low : (low >>> shift) | (high << (64 - shift));
        return ((top - 3) << 4) | ((int) shifted & 15);
    }

    /** Whether the record is in this field's index. */
    public boolean holds(MemorySegment memory, long record) {
        if (flagMask != 0 && (memory.get(Bytes.U16, record + flagOffset) & flagMask) == 0) {
            return false;
        }
        return zero || low(memory, record) != 0 || high(memory, record) != 0;
    }

    /** The low half of a record's key. */
    public long low(MemorySegment memory, long record) {
        long at = record + offset;
        return switch (kind) {
            case U128, U64 -> memory.get(Bytes.U64, at);
            case U32 -> Integer.toUnsignedLong(memory.get(Bytes.U32, at));
            case EXPIRY -> expirySecond(memory, record);
            case U16 -> Short.toUnsignedLong(memory.get(Bytes.U16, at));
            case AMOUNT -> bucket(memory.get(Bytes.U64, at), memory.get(Bytes.U64, at + 8));
        };
    }

    /** The high half of a record's key. */
    public long high(MemorySegment memory, long record) {
        return kind == Kind.U128 ? memory.get(Bytes.U64, record + offset + 8) : 0;
    }

    private long expirySecond(MemorySegment memory, long record) {
        long timeout = Integer.toUnsignedLong(memory.get(Bytes.U32, record + offset));
        return timeout == 0
                ? 0
                : (memory.get(Bytes.U64, record + Schema.TIMESTAMP_OFFSET) + timeout * 1_000_000_000L) / 1_000_000_000L;
    }
}
