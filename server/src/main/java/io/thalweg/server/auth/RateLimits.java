package io.thalweg.server.auth;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits.RateLimit;
import io.thalweg.model.TenantId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * A token bucket for each tenant that has a limit; all keys of the tenant draw from it.
 *
 * <p>In a cluster the limit is of all nodes together. Each tells the others how many calls a second it was asked for, and lets in the part
 * of the limit that its calls are of all: a call costs as many tokens as its node's calls are rarer than all, on credit if the bucket has
 * one but not so many. So whatever way a tenant spreads its calls it gets its limit, once the nodes have heard of each other; until then, for the time
 * between two exchanges, a node believes to be alone. Thread-safe.
 */
public final class RateLimits {
    /** Tokens of a call that is all that a tenant asks for, while so many fit a bucket. */
    private static final int CALL_MAX = 1_000;

    /** A bucket's library takes no faster refill than a token a nanosecond. */
    private static final long TOKENS_A_SECOND_MAX = 1_000_000_000;

    /** Weight of what was measured last; the rest is what was known before. */
    private static final double NEWEST = 0.5;

    /** Of the limit, what all nodes together may let in beyond it. */
    private static final double SHARE_MIN = 0.1;

    /** Below this a tenant asks for nothing. */
    private static final double RATE_MIN = 0.01;

    private static final class Limited {
        final RateLimit limit;
        final Bucket bucket;
        final LongAdder asked = new LongAdder();
        final long call;
        double callsPerSecond;
        volatile double share = 1;

        Limited(RateLimit limit, Bucket bucket, long call) {
            this.limit = limit;
            this.bucket = bucket;
            this.call = call;
        }
    }

    private final ConcurrentHashMap<TenantId, Limited> buckets = new ConcurrentHashMap<>();
    private final int nodes;
    private final LongSupplier clockNs;
    private long measuredNs;

    /** Of a node alone. */
    public RateLimits() {
        this(1, System::nanoTime);
    }

    /**
     * Of a node of a cluster.
     *
     * @param nodes of the cluster
     * @param clockNs a clock that only goes forwards
     */
    public RateLimits(int nodes, LongSupplier clockNs) {
        this.nodes = nodes;
        this.clockNs = clockNs;
        this.measuredNs = clockNs.getAsLong();
    }

    /** Takes a call's tokens; false when there are not so many. A changed limit starts with a fresh bucket. */
    public boolean admit(Tenant tenant) {
        RateLimit limit = tenant.limits().rate();
        return limit == null || admit(tenant.id(), limit);
    }

    boolean admit(TenantId tenant, RateLimit limit) {
        Limited limited = buckets.get(tenant);
        if (limited == null || !limited.limit.equals(limit)) {
            limited = buckets.compute(
                    tenant,
                    (_, known) -> known != null && known.limit.equals(limit)
                            ? known
                            : new Limited(limit, bucket(limit), call(limit)));
        }
        limited.asked.increment();
        if (!limited.bucket.tryConsume(limited.call)) {
            return false;
        }
        long more = Math.round(limited.call / limited.share) - limited.call;
        if (more > 0) {
            long _ = limited.bucket.consumeIgnoringRateLimits(more);
        }
        return true;
    }

    /** Tokens of a call under this limit: fewer for large ones, whose shares need not be as fine. */
    private static long call(RateLimit limit) {
        return Math.clamp(TOKENS_A_SECOND_MAX / limit.refillPerSecond(), 1, CALL_MAX);
    }

    private Bucket bucket(RateLimit limit) {
        long call = call(limit);
        Bandwidth bandwidth = Bandwidth.builder()
                .capacity(call * limit.capacity())
                .refillGreedy(Math.min(TOKENS_A_SECOND_MAX, call * limit.refillPerSecond()), Duration.ofSeconds(1))
                .initialTokens(call * Math.min(limit.capacity(), (long) limit.refillPerSecond() + limit.burst()))
                .build();
        return Bucket.builder()
                .withCustomTimePrecision(new Meter(clockNs))
                .addLimit(bandwidth)
                .build();
    }

    private record Meter(LongSupplier clockNs) implements TimeMeter {
        @Override
        public long currentTimeNanos() {
            return clockNs.getAsLong();
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }

    /** Calls a second that tenants with a limit have asked for here of late, let in or not; forgets who asks for nothing any more. */
    public synchronized Map<TenantId, Double> measure() {
        long nowNs = clockNs.getAsLong();
        double seconds = Math.max(1, nowNs - measuredNs) / 1e9;
        measuredNs = nowNs;
        Map<TenantId, Double> rates = new HashMap<>();
        buckets.forEach((tenant, limited) -> {
            double newest = limited.asked.sumThenReset() / seconds;
            limited.callsPerSecond = NEWEST * newest + (1 - NEWEST) * limited.callsPerSecond;
            if (limited.callsPerSecond > RATE_MIN) {
                rates.put(tenant, limited.callsPerSecond);
            }
        });
        return rates;
    }

    /** Calls a second that were last measured here. */
    public synchronized Map<TenantId, Double> measured() {
        Map<TenantId, Double> rates = new HashMap<>();
        buckets.forEach((tenant, limited) -> rates.put(tenant, limited.callsPerSecond));
        return rates;
    }

    /** Takes over what all other nodes together were asked for, calls a second by tenant. */
    public synchronized void others(Map<TenantId, Double> elsewhere) {
        buckets.forEach((tenant, limited) -> {
            double all = limited.callsPerSecond + elsewhere.getOrDefault(tenant, 0.0);
            // Not less: a tenant whose calls move here would pay for long for the first one.
            limited.share = all <= RATE_MIN ? 1 : Math.max(limited.callsPerSecond / all, SHARE_MIN / nodes);
        });
    }
}
