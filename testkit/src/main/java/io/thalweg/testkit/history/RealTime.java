package io.thalweg.testkit.history;

import java.util.function.Consumer;

/**
 * Checks an order against real time, in one walk: what stands later may not have been over before something that stands earlier began.
 * It is enough to compare with the latest beginning of all that stands earlier.
 */
final class RealTime {
    /** An operation whose outcome nobody knows is never over. */
    static final long NEVER = Long.MAX_VALUE;

    private final Consumer<Violation> found;
    private long latestBegin = Long.MIN_VALUE;
    private String latest = "";

    RealTime(Consumer<Violation> found) {
        this.found = found;
    }

    /** The next in the order. */
    void next(String name, long begunNs, long endedNs) {
        if (endedNs < latestBegin) {
            found.accept(new Violation(
                    Violation.Rule.REORDERED,
                    name + " was over at " + endedNs + ", before " + latest + " began at " + latestBegin
                            + ", and stands behind it"));
        }
        if (begunNs > latestBegin) {
            latestBegin = begunNs;
            latest = name;
        }
    }
}
