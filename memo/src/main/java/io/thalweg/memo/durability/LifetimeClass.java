package io.thalweg.memo.durability;

/** How long a slab expects to live, in the classes that slabs report to each other. */
public enum LifetimeClass {
    /** A worker that may be gone in a minute. */
    EPHEMERAL(60),
    /** As long as somebody works with it. */
    SESSION(3600),
    /** A laptop, an edge node. */
    LONG(30 * 86_400L),
    /** A server in a rack. */
    VERY_LONG(3 * 365 * 86_400L),
    /** Never said: taken for the shortest. */
    UNKNOWN(60);

    private final long seconds;

    LifetimeClass(long seconds) {
        this.seconds = seconds;
    }

    /** The mean lifetime of the class. */
    public long seconds() {
        return seconds;
    }

    /** Permanent deaths a second. */
    public double deathRate() {
        return 1.0 / seconds;
    }

    /** The longest class whose mean is not above {@code seconds}; below the shortest it is {@link #UNKNOWN}. */
    public static LifetimeClass of(double seconds) {
        LifetimeClass found = UNKNOWN;
        for (LifetimeClass each : new LifetimeClass[] {EPHEMERAL, SESSION, LONG, VERY_LONG}) {
            if (seconds >= each.seconds) {
                found = each;
            }
        }
        return found;
    }
}
