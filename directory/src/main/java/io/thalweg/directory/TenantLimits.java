package io.thalweg.directory;

import org.jspecify.annotations.Nullable;

/**
 * What one tenant may use. The directory enforces the counts; doors enforce rate and storage.
 *
 * @param rate requests, all keys of the tenant together; null for no limit
 * @param storageBytes bytes of kept events and of what is booked in ledgers; {@link Long#MAX_VALUE} for no limit
 * @param maxLogs logs, those of the platform's own not counted
 * @param maxViews views over all logs
 */
public record TenantLimits(@Nullable RateLimit rate, long storageBytes, int maxLogs, int maxViews) {

    /** What a tenant gets unless the operator says otherwise. */
    public static final TenantLimits DEFAULT = new TenantLimits(RateLimit.DEFAULT, 100L << 30, 10_000, 100);

    /** For the tenant of a development node. */
    public static final TenantLimits UNLIMITED =
            new TenantLimits(null, Long.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

    /**
     * A token bucket.
     *
     * @param refillPerSecond tokens that come back each second
     * @param burst tokens that a tenant has at first beyond one second's refill
     * @param capacity most tokens that the bucket holds
     */
    public record RateLimit(int refillPerSecond, int burst, int capacity) {
        public static final RateLimit DEFAULT = new RateLimit(100, 50, 150);
    }
}
