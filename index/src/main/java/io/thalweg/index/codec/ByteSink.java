package io.thalweg.index.codec;

import java.util.Arrays;

/** Bytes that grow at their end. Not thread-safe. */
abstract sealed class ByteSink permits KeyWriter, ValueWriter {
    private byte[] bytes = new byte[64];
    private int length;

    final void put(int value) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.multiplyExact(length, 2));
        }
        bytes[length++] = (byte) value;
    }

    final void put(byte[] more, int from, int count) {
        int wanted = Math.addExact(length, count);
        if (wanted > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(wanted, (int) Math.min(Integer.MAX_VALUE - 8, 2L * bytes.length)));
        }
        System.arraycopy(more, from, bytes, length, count);
        length = wanted;
    }

    /** What another has. */
    final void put(ByteSink other) {
        put(other.bytes, 0, other.length);
    }

    /** Text of which each character is a byte. */
    final void ascii(String text) {
        int count = text.length();
        int from = length;
        int wanted = Math.addExact(from, count);
        if (wanted > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(wanted, (int) Math.min(Integer.MAX_VALUE - 8, 2L * bytes.length)));
        }
        byte[] to = bytes;
        for (int i = 0; i < count; i++) {
            to[from + i] = (byte) text.charAt(i);
        }
        length = wanted;
    }

    final void bigEndian(long value, int count) {
        for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
            put((int) (value >>> shift));
        }
    }

    /** Bytes written so far. */
    public final int length() {
        return length;
    }

    /** Forgets what was written after {@code length} bytes. */
    public final void cut(int length) {
        if (length < 0 || length > this.length) {
            throw new IllegalArgumentException("cut at " + length + " of " + this.length + " bytes");
        }
        this.length = length;
    }

    /** A copy of what was written. */
    public final byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }
}
