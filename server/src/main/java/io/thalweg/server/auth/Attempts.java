package io.thalweg.server.auth;

import io.thalweg.model.ContentHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * How often something was tried under a name, for more names than anybody could remember: a table of fixed size in which each
 * name has a place that a secret of this process decides. Nothing is ever cleared, so nobody can have their tries forgotten by making
 * up names; names that share a place share its tries, which only makes it stricter. Thread-safe.
 *
 * <p>Each place holds one number, the time at which its bucket would be full again (the generic cell rate algorithm): a try
 * moves it on by one interval, and is refused when it lies further ahead than the whole burst.
 */
public final class Attempts {
    private static final int PLACES = 1 << 16;

    private final AtomicLongArray fullAtNs = new AtomicLongArray(PLACES);
    private final byte[] secret = new byte[32];
    private final long intervalNs;
    private final long burstNs;
    private final LongSupplier nanoTime;
    private final long startNs;

    /**
     * Tries in a time, all at once or spread over it.
     *
     * @param tries at least 1
     * @param nanoTime a clock that only goes on
     */
    public Attempts(int tries, Duration time, LongSupplier nanoTime) {
        this.intervalNs = time.toNanos() / tries;
        this.burstNs = time.toNanos();
        this.nanoTime = nanoTime;
        this.startNs = nanoTime.getAsLong();
        new SecureRandom().nextBytes(secret);
    }

    /** Counts a try; false when there were too many, and then it is not counted. */
    public boolean tryOnce(String name) {
        int place = place(name);
        while (true) {
            long nowNs = nanoTime.getAsLong() - startNs;
            long known = fullAtNs.get(place);
            long next = Math.max(known, nowNs) + intervalNs;
            if (next - nowNs > burstNs) {
                return false;
            }
            if (fullAtNs.compareAndSet(place, known, next)) {
                return true;
            }
        }
    }

    /** Whether a try would be let pass; counts nothing. */
    public boolean mayTry(String name) {
        long nowNs = nanoTime.getAsLong() - startNs;
        return Math.max(fullAtNs.get(place(name)), nowNs) + intervalNs - nowNs <= burstNs;
    }

    private int place(String name) {
        MessageDigest digest = ContentHash.begin();
        digest.update(secret);
        byte[] hash = digest.digest(name.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(hash).getInt() & (PLACES - 1);
    }
}
