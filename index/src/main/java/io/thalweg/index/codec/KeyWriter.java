package io.thalweg.index.codec;

import java.math.BigInteger;

/**
 * Writes keys whose order as unsigned bytes is the natural order of what they were made from; the form is written down in the
 * package comment. Not thread-safe.
 */
public final class KeyWriter extends ByteSink {
    static final int ZERO = 0x80;
    static final int LONG_BYTES = 8;
    static final byte ESCAPE = 1;

    /** Bytes as they are: a prefix, or a key that was written before. */
    public KeyWriter raw(byte[] bytes) {
        put(bytes, 0, bytes.length);
        return this;
    }

    /** One byte as it is. */
    public KeyWriter raw(int value) {
        put(value);
        return this;
    }

    /** An integer of up to 64 bits. */
    public KeyWriter integer(long value) {
        long magnitude = value < 0 ? ~value : value;
        int count = LONG_BYTES - Long.numberOfLeadingZeros(magnitude) / 8;
        put(value < 0 ? ZERO - 1 - count : ZERO + count);
        bigEndian(value, count);
        return this;
    }

    /** An integer of any size; sorts together with those of {@link #integer(long)}. */
    public KeyWriter integer(BigInteger value) {
        if (value.bitLength() < Long.SIZE) {
            return integer(value.longValue());
        }
        boolean negative = value.signum() < 0;
        byte[] whole = (negative ? value.not() : value).toByteArray();
        int from = whole[0] == 0 ? 1 : 0;
        int count = whole.length - from;
        int lengthBytes = 4 - Integer.numberOfLeadingZeros(count) / 8;
        int head = LONG_BYTES + lengthBytes;
        put(negative ? ZERO - 1 - head : ZERO + head);
        bigEndian(negative ? ~count : count, lengthBytes);
        for (int i = from; i < whole.length; i++) {
            put(negative ? ~whole[i] : whole[i]);
        }
        return this;
    }

    /** A number with a fraction; in the order of {@link Double#compare}. */
    public KeyWriter real(double value) {
        long bits = Double.doubleToLongBits(value);
        bigEndian(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE, Long.BYTES);
        return this;
    }

    /** False before true. */
    public KeyWriter bool(boolean value) {
        put(value ? 1 : 0);
        return this;
    }

    /** A whole number of 64 bits in eight bytes, in signed order. */
    public KeyWriter fixed(long value) {
        bigEndian(value ^ Long.MIN_VALUE, Long.BYTES);
        return this;
    }

    /** Nanoseconds of a second. */
    public KeyWriter nanos(int value) {
        bigEndian(value, Integer.BYTES);
        return this;
    }

    /** Text in the order of {@link String#compareTo}. */
    public KeyWriter text(String value) {
        for (int i = 0; i < value.length(); i++) {
            char unit = value.charAt(i);
            if (unit > ESCAPE && unit < 0x80) {
                put(unit);
            } else if (unit <= ESCAPE) {
                put(ESCAPE);
                put(unit + 1);
            } else if (unit < 0x800) {
                put(0xc0 | unit >> 6);
                put(0x80 | (unit & 0x3f));
            } else {
                put(0xe0 | unit >> 12);
                put(0x80 | (unit >> 6 & 0x3f));
                put(0x80 | (unit & 0x3f));
            }
        }
        put(0);
        return this;
    }

    /** Bytes in unsigned order. */
    public KeyWriter bytes(byte[] value) {
        for (byte each : value) {
            if (each == 0 || each == ESCAPE) {
                put(ESCAPE);
                put(each + 1);
            } else {
                put(each);
            }
        }
        put(0);
        return this;
    }
}
