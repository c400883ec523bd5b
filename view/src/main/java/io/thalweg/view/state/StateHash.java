package io.thalweg.view.state;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** 64 bits of the SHA-256 of byte strings, each with its length before it. */
final class StateHash {
    private final MessageDigest sha;
    private final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);

    StateHash() {
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    StateHash add(byte[] bytes) {
        sha.update(length.clear().putInt(bytes.length).flip());
        sha.update(bytes);
        return this;
    }

    long value() {
        return ByteBuffer.wrap(sha.digest()).getLong();
    }
}
