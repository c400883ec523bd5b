package io.thalweg.server.auth;

import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Passwords as PBKDF2 with HMAC-SHA-512, in the form {@code pbkdf2-sha512$rounds$salt$hash}. A check costs a tenth of a second
 * of one core on purpose; so that nobody can use that to take the node's cores away, checks run on a few threads of their own, fewer than the cores where
 * there are several, and when too many wait already, more are refused. Thread-safe.
 */
public final class Passwords {
    private static final String SCHEME = "pbkdf2-sha512";
    private static final int ROUNDS = 210_000;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int MIN_CHARACTERS = 8;
    private static final int MAX_CHARACTERS = 1_024;
    private static final int THREADS_MAX = 4;

    /** About two seconds of waiting for each thread. */
    private static final int WAITING_MAX = 32;

    private final SecureRandom random = new SecureRandom();
    private final ThreadPoolExecutor threads;

    public Passwords() {
        this(Math.clamp(Runtime.getRuntime().availableProcessors() - 1, 1, THREADS_MAX), WAITING_MAX);
    }

    /** @param waitingMax checks that wait for a thread; more are refused */
    Passwords(int count, int waitingMax) {
        threads = new ThreadPoolExecutor(
                count,
                count,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(waitingMax),
                Thread.ofPlatform().daemon().name("passwords-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** A hash with a fresh salt; refuses passwords that are too short or absurdly long. */
    public PasswordHash hash(String password) {
        if (password.length() < MIN_CHARACTERS || password.length() > MAX_CHARACTERS) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "a password has " + MIN_CHARACTERS + " to " + MAX_CHARACTERS + " characters, not "
                            + password.length());
        }
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        byte[] hash = derive(password, salt, ROUNDS);
        return new PasswordHash(String.join("$", SCHEME, Integer.toString(ROUNDS), encode(salt), encode(hash)));
    }

    /** Whether the hash is of this password. */
    public boolean matches(String password, PasswordHash stored) {
        List<String> parts = List.of(stored.text().split("\\$", -1));
        if (password.length() > MAX_CHARACTERS
                || parts.size() != 4
                || !parts.get(0).equals(SCHEME)) {
            return false;
        }
        byte[] salt = Base64.getDecoder().decode(parts.get(2));
        byte[] wanted = Base64.getDecoder().decode(parts.get(3));
        return MessageDigest.isEqual(wanted, derive(password, salt, Integer.parseInt(parts.get(1))));
    }

    /** Takes as long as {@link #matches}, so that a login's time does not tell whether there is such a user. */
    public void waste(String password) {
        if (password.length() <= MAX_CHARACTERS) {
            derive(password, new byte[SALT_BYTES], ROUNDS);
        }
    }

    private byte[] derive(String password, byte[] salt, int rounds) {
        try {
            return threads.submit(() -> deriveHere(password, salt, rounds)).get();
        } catch (RejectedExecutionException e) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED, "too many passwords are being checked at the moment: try again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the node is stopping", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a password could not be hashed", e.getCause());
        }
    }

    private static byte[] deriveHere(String password, byte[] salt, int rounds) {
        try {
            PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, rounds, HASH_BYTES * 8);
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has PBKDF2 with HMAC-SHA-512", e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getEncoder().withoutPadding().encodeToString(bytes);
    }
}
