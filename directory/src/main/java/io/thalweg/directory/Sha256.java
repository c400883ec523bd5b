package io.thalweg.directory;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 digest as a value: its 32 bytes in four words, most significant first. */
public record Sha256(long a, long b, long c, long d) {
    public static final int BYTES = 32;

    /** The digest of {@code bytes}. */
    public static Sha256 of(byte[] bytes) {
        try {
            return ofDigest(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** The 32 bytes of a digest that was computed elsewhere. */
    public static Sha256 ofDigest(byte[] digest) {
        if (digest.length != BYTES) {
            throw new IllegalArgumentException("digest has " + digest.length + " bytes, expected " + BYTES);
        }
        ByteBuffer words = ByteBuffer.wrap(digest);
        return new Sha256(words.getLong(), words.getLong(), words.getLong(), words.getLong());
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

    /** Compares in a time that does not depend on where the digests differ. */
    boolean matches(Sha256 other) {
        return ((a ^ other.a) | (b ^ other.b) | (c ^ other.c) | (d ^ other.d)) == 0;
    }

    public void write(BinaryWriter out) {
        out.raw(toBytes());
    }

    public static Sha256 read(BinaryReader in) {
        return ofDigest(in.raw(BYTES));
    }

    @Override
    public String toString() {
        return hex();
    }
}
