package io.thalweg.ledger.store.id;

import java.security.SecureRandom;

/**
 * Hashes ids of 128 bits for tables in memory, in a way that is another in each process: clients choose ids, and whoever could tell
 * which of them share a cell could make one search as slow as a table is long, for all tenants of the shard. Nothing that a table
 * answers depends on the hash, and nothing on disk. Each round is a multiplication to 128 bits whose halves are folded, as in
 * Wang Yi's wyhash: its factors are secret, so what collides cannot be computed.
 */
public final class IdHash {
    private static final long LOW;
    private static final long HIGH;
    private static final long SECOND;

    static {
        SecureRandom random = new SecureRandom();
        LOW = random.nextLong();
        HIGH = random.nextLong();
        SECOND = random.nextLong();
    }

    private IdHash() {}

    /** A hash in whose every bit all bits of the id have a part. */
    public static long of(long low, long high) {
        return folded(folded(low ^ LOW, high ^ HIGH) ^ SECOND, 0x9E3779B97F4A7C15L);
    }

    private static long folded(long a, long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ (a * b);
    }
}
