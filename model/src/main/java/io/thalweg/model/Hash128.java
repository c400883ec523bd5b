package io.thalweg.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** The first 16 bytes of a SHA-256: short enough to keep by the million, long enough that nobody finds two alike by chance. */
public record Hash128(long high, long low) {

    /** The hash of a text's UTF-8 bytes. */
    public static Hash128 of(String text) {
        return of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** The hash of what remains in {@code bytes}; its position does not move. */
    public static Hash128 of(ByteBuffer bytes) {
        MessageDigest digest = ContentHash.begin();
        digest.update(bytes.duplicate());
        ByteBuffer result = ByteBuffer.wrap(digest.digest()).order(ByteOrder.LITTLE_ENDIAN);
        return new Hash128(result.getLong(), result.getLong());
    }
}
