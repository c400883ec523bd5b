package io.thalweg.index.codec;

import io.thalweg.model.MalformedException;
import java.math.BigInteger;

/** Reads what {@link KeyWriter} wrote, from bytes that are not trusted. Not thread-safe. */
public final class KeyReader {
    private final byte[] bytes;
    private int at;

    /** Reads {@code bytes} from index {@code from} on; the array must not change meanwhile. */
    public KeyReader(byte[] bytes, int from) {
        if (from < 0 || from > bytes.length) {
            throw new MalformedException("key of " + bytes.length + " bytes has nothing at " + from);
        }
        this.bytes = bytes;
        this.at = from;
    }

    /** Index of the next byte. */
    public int position() {
        return at;
    }

    public boolean hasMore() {
        return at < bytes.length;
    }

    /** The next byte, 0 to 255. */
    public int raw() {
        need(1);
        return bytes[at++] & 0xff;
    }

    private void need(int count) {
        if (count < 0 || count > bytes.length - at) {
            throw new MalformedException("key needs " + count + " bytes at " + at + ", but has " + bytes.length);
        }
    }

    private long bigEndian(int count) {
        need(count);
        long value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | (bytes[at++] & 0xff);
        }
        return value;
    }

    /** An integer of up to 64 bits; a larger one is malformed. */
    public long integer() {
        int head = raw();
        boolean negative = head < KeyWriter.ZERO;
        int count = negative ? KeyWriter.ZERO - 1 - head : head - KeyWriter.ZERO;
        if (count > KeyWriter.LONG_BYTES) {
            throw new MalformedException("integer of more than 64 bits in a key at " + (at - 1));
        }
        long read = bigEndian(count);
        long value = negative && count < KeyWriter.LONG_BYTES ? read | -1L << (8 * count) : read;
        if (value < 0 != negative) {
            throw new MalformedException("integer in a key at " + (at - count) + " has the wrong sign");
        }
        return value;
    }

    /** An integer of any size. */
    public BigInteger bigInteger() {
        int head = raw();
        boolean negative = head < KeyWriter.ZERO;
        int count = negative ? KeyWriter.ZERO - 1 - head : head - KeyWriter.ZERO;
        if (count <= KeyWriter.LONG_BYTES) {
            at--;
            return BigInteger.valueOf(integer());
        }
        int lengthBytes = count - KeyWriter.LONG_BYTES;
        if (lengthBytes > 4) {
            throw new MalformedException("integer in a key begins with " + head);
        }
        long read = bigEndian(lengthBytes);
        long length = negative ? ~read & ((1L << (8 * lengthBytes)) - 1) : read;
        if (length > bytes.length - at) {
            throw new MalformedException("integer of " + length + " bytes in a key of " + bytes.length);
        }
        byte[] magnitude = new byte[(int) length];
        for (int i = 0; i < magnitude.length; i++) {
            magnitude[i] = (byte) (negative ? ~bytes[at++] : bytes[at++]);
        }
        BigInteger value = new BigInteger(1, magnitude);
        return negative ? value.not() : value;
    }

    public double real() {
        long bits = bigEndian(Long.BYTES);
        return Double.longBitsToDouble(bits < 0 ? bits ^ Long.MIN_VALUE : ~bits);
    }

    public boolean bool() {
        int value = raw();
        if (value > 1) {
            throw new MalformedException("boolean in a key is " + value);
        }
        return value == 1;
    }

    public long fixed() {
        return bigEndian(Long.BYTES) ^ Long.MIN_VALUE;
    }

    public int nanos() {
        long value = bigEndian(Integer.BYTES);
        if (value > 999_999_999) {
            throw new MalformedException(value + " nanoseconds in a key");
        }
        return (int) value;
    }

    public String text() {
        StringBuilder text = new StringBuilder();
        while (true) {
            int first = raw();
            if (first == 0) {
                return text.toString();
            }
            if (first == KeyWriter.ESCAPE) {
                text.append((char) escaped());
            } else if (first < 0x80) {
                text.append((char) first);
            } else if (first >> 5 == 6) {
                text.append((char) ((first & 0x1f) << 6 | following()));
            } else if (first >> 4 == 14) {
                text.append((char) ((first & 0xf) << 12 | following() << 6 | following()));
            } else {
                throw new MalformedException("text in a key has byte " + first + " at " + (at - 1));
            }
        }
    }

    private int following() {
        int value = raw();
        if (value >> 6 != 2) {
            throw new MalformedException("text in a key has byte " + value + " at " + (at - 1));
        }
        return value & 0x3f;
    }

    private int escaped() {
        int value = raw();
        if (value != 1 && value != 2) {
            throw new MalformedException("escape in a key is " + value + ", expected 1 or 2");
        }
        return value - 1;
    }

    public byte[] bytes() {
        int end = at;
        int count = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end += bytes[end] == KeyWriter.ESCAPE ? 2 : 1;
            count++;
        }
        if (end >= bytes.length) {
            throw new MalformedException("bytes in a key do not end");
        }
        byte[] value = new byte[count];
        for (int i = 0; i < count; i++) {
            int next = raw();
            value[i] = (byte) (next == KeyWriter.ESCAPE ? escaped() : next);
        }
        at++;
        return value;
    }
}
