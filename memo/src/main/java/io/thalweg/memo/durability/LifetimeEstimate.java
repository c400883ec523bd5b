package io.thalweg.memo.durability;

/**
 * A death rate learned from what was observed, starting from a belief: a Gamma prior worth {@code priorDeaths} in {@code
 * priorSeconds}, to which observed deaths and observed seconds of life are added.
 *
 * @param priorDeaths how much the belief weighs, in deaths, above 0
 * @param priorSeconds lives of slabs, together, in which the belief expects those deaths, above 0
 */
public record LifetimeEstimate(double priorDeaths, double priorSeconds) {
    public LifetimeEstimate {
        Check.positive("weight of a belief in deaths", priorDeaths);
        Check.positive("weight of a belief in seconds", priorSeconds);
    }

    /** A belief worth one death in the mean lifetime of a class. */
    public static LifetimeEstimate of(LifetimeClass lifetime) {
        return new LifetimeEstimate(1, lifetime.seconds());
    }

    /** Deaths a second after having seen so many in so many seconds of life of all slabs together. */
    public double deathRate(long deaths, double slabSeconds) {
        Check.rate("observed life in seconds", slabSeconds);
        return (priorDeaths + deaths) / (priorSeconds + slabSeconds);
    }
}
