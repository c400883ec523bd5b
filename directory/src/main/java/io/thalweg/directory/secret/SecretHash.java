package io.thalweg.directory.secret;

import io.thalweg.model.ContentHash;

/**
 * The SHA-256 of a secret with at least 128 bits of entropy (an API key, an invitation's token). Only such secrets may be
 * stored so; a person's password goes through {@link PasswordHash}. Its text form says nothing, so that no log line tells it.
 */
public record SecretHash(ContentHash digest) {

    /** The hash of a secret as the client holds it, in UTF-8. */
    public static SecretHash ofSecret(String secret) {
        return new SecretHash(ContentHash.of(secret.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    /** Compares in constant time. */
    public boolean matches(SecretHash other) {
        return digest.matches(other.digest);
    }

    /** What indexes search by: the first word only, so that a search's time tells nothing about the rest. */
    public long prefix() {
        return digest.a();
    }

    @Override
    public String toString() {
        return "SecretHash[hidden]";
    }
}
