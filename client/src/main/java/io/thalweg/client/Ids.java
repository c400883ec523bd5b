package io.thalweg.client;

import java.security.SecureRandom;

/**
 * Makes ids for accounts and transfers: 48 bits of milliseconds since 1970, then 80 random bits. Ids of one process only ever
 * grow, which the ledger's index rewards; within a millisecond, and when the clock stands or goes back, the next is the one before
 * plus one. Thread-safe.
 */
public final class Ids {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int RANDOM_HIGH_BITS = 16;

    private static long lastMs = -1;
    private static long high;
    private static long low;

    private Ids() {}

    /** An id that nobody had before. */
    public static U128 next() {
        return next(System.currentTimeMillis());
    }

    static synchronized U128 next(long nowMs) {
        if (nowMs > lastMs) {
            lastMs = nowMs;
            high = (nowMs << RANDOM_HIGH_BITS) | (RANDOM.nextInt() & 0xffff);
            low = RANDOM.nextLong();
        } else if (++low == 0) {
            high++;
            lastMs = high >>> RANDOM_HIGH_BITS;
        }
        return new U128(high, low);
    }
}
