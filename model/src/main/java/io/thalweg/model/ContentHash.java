package io.thalweg.model;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The SHA-256 of some bytes, as a value: its 32 bytes in four words, most significant first. It is what two parties who do not trust
 * each other's disks compare; against a disk's own errors there is {@link Checksum}.
 */
public record ContentHash(long a, long b, long c, long d) {
    public static final int BYTES = 32;

    /** The hash of {@code bytes}. */
    public static ContentHash of(byte[] bytes) {
        return ofDigest(begin().digest(bytes));
    }

    /** The hash of what remains in {@code pieces}, one after the other; their positions do not move. */
    public static ContentHash of(List<ByteBuffer> pieces) {
        MessageDigest digest = begin();
        for (ByteBuffer piece : pieces) {
            digest.update(piece.duplicate());
        }
        return ofDigest(digest.digest());
    }

    /** The 32 bytes of a digest that was computed elsewhere. */
    public static ContentHash ofDigest(byte[] digest) {
        if (digest.length != BYTES) {
            throw new IllegalArgumentException("digest has " + digest.length + " bytes, expected " + BYTES);
        }
        ByteBuffer words = ByteBuffer.wrap(digest);
        return new ContentHash(words.getLong(), words.getLong(), words.getLong(), words.getLong());
    }

    /** Begins a hash over bytes that come piece by piece; {@link #ofDigest} ends it. */
    public static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES)
                .putLong(a)
                .putLong(b)
                .putLong(c)
                .putLong(d)
                .array();
    }

    /** 64 lower-case hexadecimal digits. */
    public String hex() {
        return HexFormat.of().formatHex(toBytes());
    }

    /** Compares in a time that does not depend on where the hashes differ. */
    public boolean matches(ContentHash other) {
        return ((a ^ other.a) | (b ^ other.b) | (c ^ other.c) | (d ^ other.d)) == 0;
    }

    public void write(BinaryWriter out) {
        out.raw(toBytes());
    }

    public static ContentHash read(BinaryReader in) {
        return ofDigest(in.raw(BYTES));
    }

    @Override
    public String toString() {
        return hex();
    }
}
