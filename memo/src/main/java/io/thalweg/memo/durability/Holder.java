package io.thalweg.memo.durability;

import org.jspecify.annotations.Nullable;

/**
 * One verified copy, as far as the score cares. Who does not certainly have the memo (asked, on its way, a hint, anyone with
 * another status than resident) is no holder.
 *
 * @param domain path of failure domains, outermost first, e.g. {@code global/dc1/r1}; null when nobody said
 * @param deathRate permanent deaths a second
 * @param silentSeconds since its last beat was heard
 * @param error the probability that the copy cannot be read although its holder lives
 */
public record Holder(@Nullable String domain, double deathRate, double silentSeconds, double error) {
    public Holder {
        Check.positive("death rate", deathRate);
        if (deathRate < 1 / Check.SECONDS_MAX) {
            throw new IllegalArgumentException("a lifetime of " + 1 / deathRate + " seconds is more than the "
                    + Check.SECONDS_MAX + " that anyone may expect");
        }
        Check.rate("silence in seconds", silentSeconds);
        Check.probability("error of a copy", error);
    }

    /** A copy on a slab of a class, heard this very moment. */
    public static Holder of(@Nullable String domain, LifetimeClass lifetime) {
        return new Holder(domain, lifetime.deathRate(), 0, 0);
    }

    public Holder silentFor(double seconds) {
        return new Holder(domain, deathRate, seconds, error);
    }
}
