package io.thalweg.memo;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * SHA-256 over a memo's canonical form; also the name of an object or a topic, which is the id of the memo that began it. Orders as
 * unsigned bytes. The four numbers are the bytes in big-endian order.
 */
public record MemoId(long a, long b, long c, long d) implements Comparable<MemoId> {
    public static final int BYTES = 32;

    /** The id with these 32 bytes. */
    public static MemoId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a memo id has " + BYTES + " bytes, not " + bytes.length);
        }
        ByteBuffer from = ByteBuffer.wrap(bytes);
        return new MemoId(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    }

    /** Parses 64 lower-case hexadecimal digits. */
    public static MemoId parse(String text) {
        if (text.length() != 2 * BYTES || text.chars().anyMatch(c -> (c < '0' || c > '9') && (c < 'a' || c > 'f'))) {
            throw new IllegalArgumentException("\"" + (text.length() > 80 ? text.substring(0, 80) + "…" : text)
                    + "\" is no memo id: expected " + 2 * BYTES + " digits of lower-case hex");
        }
        return of(HexFormat.of().parseHex(text));
    }

    public byte[] bytes() {
        return ByteBuffer.allocate(BYTES)
                .putLong(a)
                .putLong(b)
                .putLong(c)
                .putLong(d)
                .array();
    }

    public void write(BinaryWriter out) {
        out.raw(bytes());
    }

    public static MemoId read(BinaryReader in) {
        ByteBuffer from = in.slice(BYTES).order(ByteOrder.BIG_ENDIAN);
        return new MemoId(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    }

    @Override
    public int compareTo(MemoId other) {
        int order = Long.compareUnsigned(a, other.a);
        order = order != 0 ? order : Long.compareUnsigned(b, other.b);
        order = order != 0 ? order : Long.compareUnsigned(c, other.c);
        return order != 0 ? order : Long.compareUnsigned(d, other.d);
    }

    /** The hash is one already. */
    @Override
    public int hashCode() {
        return Long.hashCode(a);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MemoId that && a == that.a && b == that.b && c == that.c && d == that.d;
    }

    /** Sixty-four hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes());
    }

    /** The first eight digits, for people. */
    public String brief() {
        return toString().substring(0, 8);
    }
}
