package io.thalweg.server.auth;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits.RateLimit;
import io.thalweg.model.TenantId;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/** A token bucket for each tenant that has a limit; all keys of the tenant draw from it. Thread-safe. */
public final class RateLimits {
    private record Limited(RateLimit limit, Bucket bucket) {}

    private final ConcurrentHashMap<TenantId, Limited> buckets = new ConcurrentHashMap<>();

    /** Takes one token; false when there is none. A changed limit starts with a fresh bucket. */
    public boolean admit(Tenant tenant) {
        RateLimit limit = tenant.limits().rate();
        if (limit == null) {
            return true;
        }
        Limited limited = buckets.get(tenant.id());
        if (limited == null || !limited.limit.equals(limit)) {
            limited = buckets.compute(
                    tenant.id(),
                    (_, known) ->
                            known != null && known.limit.equals(limit) ? known : new Limited(limit, bucket(limit)));
        }
        return limited.bucket.tryConsume(1);
    }

    private static Bucket bucket(RateLimit limit) {
        Bandwidth bandwidth = Bandwidth.builder()
                .capacity(limit.capacity())
                .refillGreedy(limit.refillPerSecond(), Duration.ofSeconds(1))
                .initialTokens(Math.min(limit.capacity(), limit.refillPerSecond() + limit.burst()))
                .build();
        return Bucket.builder().addLimit(bandwidth).build();
    }
}
