package io.thalweg.index.codec;

/** Writes values in the small form of the package comment. Not thread-safe. */
public final class ValueWriter extends ByteSink {

    /** A count or length from 0 on. */
    public ValueWriter count(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            put((int) rest | 0x80);
            rest >>>= 7;
        }
        put((int) rest);
        return this;
    }

    /** Any integer; small ones of both signs are short. */
    public ValueWriter integer(long value) {
        return count(value << 1 ^ value >> 63);
    }

    public ValueWriter real(double value) {
        bigEndian(Double.doubleToRawLongBits(value), Long.BYTES);
        return this;
    }

    /** Eight bytes, big-endian. */
    public ValueWriter fixed(long value) {
        bigEndian(value, Long.BYTES);
        return this;
    }

    public ValueWriter bool(boolean value) {
        put(value ? 1 : 0);
        return this;
    }

    /** One byte as it is. */
    public ValueWriter raw(int value) {
        put(value);
        return this;
    }

    /** Bytes as they are, without a length. */
    public ValueWriter raw(byte[] value) {
        put(value, 0, value.length);
        return this;
    }

    public ValueWriter bytes(byte[] value) {
        return bytes(value, 0, value.length);
    }

    /** Some of an array's bytes. */
    public ValueWriter bytes(byte[] value, int from, int length) {
        count(length);
        put(value, from, length);
        return this;
    }

    /** What another has written, with its length. */
    public ValueWriter bytes(ValueWriter other) {
        count(other.length());
        put(other);
        return this;
    }

    /** Text; also halves of surrogate pairs keep what they are. */
    public ValueWriter text(String value) {
        int length = 0;
        for (int i = 0; i < value.length(); i++) {
            char unit = value.charAt(i);
            length += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
        }
        count(length);
        if (length == value.length()) {
            ascii(value);
            return this;
        }
        for (int i = 0; i < value.length(); i++) {
            char unit = value.charAt(i);
            if (unit < 0x80) {
                put(unit);
            } else if (unit < 0x800) {
                put(0xc0 | unit >> 6);
                put(0x80 | (unit & 0x3f));
            } else {
                put(0xe0 | unit >> 12);
                put(0x80 | (unit >> 6 & 0x3f));
                put(0x80 | (unit & 0x3f));
            }
        }
        return this;
    }
}
