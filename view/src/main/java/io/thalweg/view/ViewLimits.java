package io.thalweg.view;

import java.time.Duration;

/**
 * What one view may use.
 *
 * @param maxMemoryBytes linear memory of one instance
 * @param maxEventTime of one call for one event or query, by the clock of an ordinary machine: code that counts what it does ends by that count, which
 *     is the same everywhere; a watchdog on the wall clock gives it {@link #PATIENCE} times as long
 * @param maxResultBytes size of one query answer or snapshot
 */
public record ViewLimits(long maxMemoryBytes, Duration maxEventTime, int maxResultBytes) {
    /** How much longer than it should take a call may hold up a machine: one that is slow or busy ends nothing that would end elsewhere. */
    public static final int PATIENCE = 20;

    public static final ViewLimits DEFAULT = new ViewLimits(256L << 20, Duration.ofSeconds(5), 64 << 20);

    private static final Duration WHOLE_STATE = Duration.ofMinutes(1);

    /** The same for init, restore and snapshot: they handle all of the state, not one event. */
    public Duration wholeStateTime() {
        return maxEventTime.compareTo(WHOLE_STATE) < 0 ? WHOLE_STATE : maxEventTime;
    }
}
