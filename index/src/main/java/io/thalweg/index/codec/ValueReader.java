package io.thalweg.index.codec;

import io.thalweg.model.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what {@link ValueWriter} wrote, from bytes that are not trusted. Not thread-safe. */
public final class ValueReader {
    private final byte[] bytes;
    private int at;

    /** Reads {@code bytes} from the start; the array must not change meanwhile. */
    public ValueReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Bytes that are left. */
    public int remaining() {
        return bytes.length - at;
    }

    private void need(long count) {
        if (count < 0 || count > remaining()) {
            throw new MalformedException("value needs " + count + " bytes at " + at + ", but has " + bytes.length);
        }
    }

    /** One byte, 0 to 255. */
    public int raw() {
        need(1);
        return bytes[at++] & 0xff;
    }

    public byte[] raw(int count) {
        need(count);
        byte[] read = Arrays.copyOfRange(bytes, at, at + count);
        at += count;
        return read;
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = raw();
            value |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                if (shift == 63 && next > 1) {
                    break;
                }
                return value;
            }
        }
        throw new MalformedException("number of more than 64 bits before " + at);
    }

    /** A count or number from 0 on. */
    public long count() {
        long value = varint();
        if (value < 0) {
            throw new MalformedException("count of more than 63 bits before " + at);
        }
        return value;
    }

    /** A count of things of which each takes at least a byte. */
    public int size() {
        long value = count();
        need(value);
        return (int) value;
    }

    public long integer() {
        long value = varint();
        return value >>> 1 ^ -(value & 1);
    }

    public long fixed() {
        need(Long.BYTES);
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | (bytes[at++] & 0xff);
        }
        return value;
    }

    public double real() {
        return Double.longBitsToDouble(fixed());
    }

    public boolean bool() {
        int value = raw();
        if (value > 1) {
            throw new MalformedException("boolean is " + value + ", expected 0 or 1");
        }
        return value == 1;
    }

    public byte[] bytes() {
        return raw(size());
    }

    public String text() {
        int end = size() + at;
        if (isAscii(end)) {
            String text = new String(bytes, at, end - at, StandardCharsets.ISO_8859_1);
            at = end;
            return text;
        }
        StringBuilder text = new StringBuilder(end - at);
        while (at < end) {
            int first = raw();
            if (first < 0x80) {
                text.append((char) first);
            } else if (first >> 5 == 6) {
                text.append((char) ((first & 0x1f) << 6 | following()));
            } else if (first >> 4 == 14) {
                text.append((char) ((first & 0xf) << 12 | following() << 6 | following()));
            } else {
                throw new MalformedException("text has byte " + first + " at " + (at - 1));
            }
        }
        if (at != end) {
            throw new MalformedException("text ends within a character at " + at);
        }
        return text.toString();
    }

    private boolean isAscii(int end) {
        for (int i = at; i < end; i++) {
            if (bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private int following() {
        int value = raw();
        if (value >> 6 != 2) {
            throw new MalformedException("text has byte " + value + " at " + (at - 1));
        }
        return value & 0x3f;
    }

    /** Checks that nothing is left over. */
    public void end() {
        if (remaining() != 0) {
            throw new MalformedException(remaining() + " bytes too many");
        }
    }
}
