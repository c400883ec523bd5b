package io.thalweg.server.http;

import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits;
import io.thalweg.directory.TenantLimits.RateLimit;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import org.jspecify.annotations.Nullable;

/** A tenant's limits between the directory's form, where a largest number means none, and JSON's, where null does. */
final class LimitForms {
    private LimitForms() {}

    static MemberRoutes.LimitsView view(Tenant tenant) {
        TenantLimits limits = tenant.limits();
        RateLimit rate = limits.rate();
        return new MemberRoutes.LimitsView(
                rate == null ? null : (Integer) rate.refillPerSecond(),
                rate == null ? null : (Integer) rate.burst(),
                limits.storageBytes() == Long.MAX_VALUE ? null : (Long) limits.storageBytes(),
                limits.maxLogs() == Integer.MAX_VALUE ? null : (Integer) limits.maxLogs(),
                limits.maxViews() == Integer.MAX_VALUE ? null : (Integer) limits.maxViews());
    }

    /** Limits as wanted; what is null has no limit. */
    static TenantLimits of(MemberRoutes.LimitsView wanted) {
        Integer perSecond = wanted.requestsPerSecond();
        RateLimit rate = null;
        if (perSecond != null) {
            int refill = (int) positive("requests_per_second", perSecond, 1_000_000);
            int burst = wanted.burst() == null ? refill / 2 : (int) positive("burst", wanted.burst(), 1_000_000);
            rate = new RateLimit(refill, burst, refill + burst);
        }
        return new TenantLimits(
                rate,
                bound("storage_bytes", wanted.storageBytes(), Long.MAX_VALUE),
                (int) bound("max_logs", wanted.maxLogs(), Integer.MAX_VALUE),
                (int) bound("max_views", wanted.maxViews(), Integer.MAX_VALUE));
    }

    private static long bound(String name, @Nullable Number value, long none) {
        return value == null ? none : positive(name, value.longValue(), none);
    }

    private static long positive(String name, long value, long max) {
        if (value < 1 || value > max) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    name + " is " + value + ", expected 1 to " + max + ", or null for no limit");
        }
        return value;
    }
}
