package io.thalweg.server.http.tenants;

import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits;
import io.thalweg.directory.TenantLimits.RateLimit;
import io.thalweg.directory.User;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.Times;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tenants and their people as JSON. Of limits, the directory's form has a largest number where there is none, and JSON's has
 * null.
 */
final class TenantForms {
    private TenantForms() {}

    record LimitsView(
            @Nullable Integer requestsPerSecond,
            @Nullable Integer burst,
            @Nullable Long storageBytes,
            @Nullable Integer maxLogs,
            @Nullable Integer maxViews) {}

    record TenantView(UUID tenantId, String name, String createdAt, LimitsView limits) {
        static TenantView of(Tenant tenant) {
            return new TenantView(
                    tenant.id().value(), tenant.name(), Times.text(tenant.createdNs()), TenantForms.limits(tenant));
        }
    }

    record MemberView(UUID userId, String email, String role, String createdAt) {
        static MemberView of(User user) {
            return new MemberView(user.id().value(), user.email(), user.role().text(), Times.text(user.createdNs()));
        }
    }

    static Role role(@Nullable String text) {
        try {
            return text == null ? Role.MEMBER : Role.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "role is '" + Numbers.shorten(String.valueOf(text)) + "', expected member, admin or owner",
                    e);
        }
    }

    static LimitsView limits(Tenant tenant) {
        TenantLimits limits = tenant.limits();
        RateLimit rate = limits.rate();
        return new LimitsView(
                rate == null ? null : (Integer) rate.refillPerSecond(),
                rate == null ? null : (Integer) rate.burst(),
                limits.storageBytes() == Long.MAX_VALUE ? null : (Long) limits.storageBytes(),
                limits.maxLogs() == Integer.MAX_VALUE ? null : (Integer) limits.maxLogs(),
                limits.maxViews() == Integer.MAX_VALUE ? null : (Integer) limits.maxViews());
    }

    /** Limits as wanted; what is null has no limit. */
    static TenantLimits limits(LimitsView wanted) {
        Integer perSecond = wanted.requestsPerSecond();
        RateLimit rate = null;
        if (perSecond == null && wanted.burst() != null) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "'burst' is for a limit: give 'requests_per_second', too");
        }
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
