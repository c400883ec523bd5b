package io.thalweg.server.form;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A growing array that replies are built in: raw bytes, little-endian integers, and JSON written by hand. Not thread-safe. */
public final class ByteSink {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** Where a target is, no more than this waits here, but for a single large piece. */
    private static final int SPILL_BYTES = 64 << 10;

    private final @Nullable OutputStream target;
    private byte[] bytes;
    private int length;
    private long spilled;

    public ByteSink(int initialBytes) {
        this(initialBytes, null);
    }

    /** @param target gets what is written as soon as {@link #SPILL_BYTES} of it are there; what was written cannot be changed then */
    public ByteSink(int initialBytes, @Nullable OutputStream target) {
        this.bytes = new byte[initialBytes];
        this.target = target;
    }

    /** Gives what is left to the target. */
    public void flush() {
        if (target != null && length > 0) {
            try {
                target.write(bytes, 0, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            spilled += length;
            length = 0;
        }
    }

    /** Bytes that were written in all. */
    public long written() {
        return spilled + length;
    }

    private void room(int more) {
        if (length >= SPILL_BYTES) {
            flush();
        }
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), bytes.length * 2));
        }
    }

    public int length() {
        return length;
    }

    public void clear() {
        length = 0;
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    public void writeTo(OutputStream out) throws IOException {
        out.write(bytes, 0, length);
    }

    public ByteSink u8(int value) {
        room(1);
        bytes[length++] = (byte) value;
        return this;
    }

    public ByteSink u16(int value) {
        return u8(value).u8(value >>> 8);
    }

    public ByteSink i32(int value) {
        return u16(value).u16(value >>> 16);
    }

    public ByteSink i64(long value) {
        return i32((int) value).i32((int) (value >>> 32));
    }

    /** Overwrites four bytes that were written before. */
    public void setI32(int at, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >>> (8 * i));
        }
    }

    public ByteSink raw(byte[] source) {
        room(source.length);
        System.arraycopy(source, 0, bytes, length, source.length);
        length += source.length;
        return this;
    }

    /** The remaining bytes of {@code source}, whose position does not move. */
    public ByteSink raw(ByteBuffer source) {
        int count = source.remaining();
        room(count);
        source.get(source.position(), bytes, length, count);
        length += count;
        return this;
    }

    /** Text that is known to be ASCII. */
    public ByteSink ascii(String text) {
        int count = text.length();
        room(count);
        for (int i = 0; i < count; i++) {
            bytes[length + i] = (byte) text.charAt(i);
        }
        length += count;
        return this;
    }

    /** A whole number in decimal. */
    public ByteSink number(long value) {
        if (value < 0) {
            return ascii(Long.toString(value));
        }
        room(20);
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        int at = length + digits;
        long rest = value;
        for (int i = 0; i < digits; i++) {
            bytes[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /** A JSON string with its quotes. */
    public ByteSink quoted(String text) {
        return quoted(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** UTF-8 as a JSON string with its quotes; the buffer does not move. */
    public ByteSink quoted(ByteBuffer utf8) {
        u8('"');
        for (int i = utf8.position(); i < utf8.limit(); i++) {
            byte b = utf8.get(i);
            switch (b) {
                case '"' -> ascii("\\\"");
                case '\\' -> ascii("\\\\");
                case '\n' -> ascii("\\n");
                case '\r' -> ascii("\\r");
                case '\t' -> ascii("\\t");
                default -> {
                    if (b >= 0 && b < 0x20) {
                        ascii("\\u00").u8(HEX[b >> 4]).u8(HEX[b & 15]);
                    } else {
                        u8(b);
                    }
                }
            }
        }
        return u8('"');
    }
}
