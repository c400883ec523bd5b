package io.thalweg.view;

import java.time.Duration;

/**
 * When a view's state is made durable, so that a restart need not replay from the beginning: whichever bound is reached first
 * since the last snapshot. A view that is stopped in order takes one as well.
 *
 * @param everyEvents events processed; 0 for never by count
 * @param everyTime wall-clock time, once there is anything new; 0 for never by time
 * @param everyBytes bytes of payload processed; 0 for never by size
 */
public record SnapshotPolicy(long everyEvents, Duration everyTime, long everyBytes) {
    private static final Duration FOREVER = Duration.ofDays(365_000);

    public static final SnapshotPolicy DEFAULT = new SnapshotPolicy(1_000_000, Duration.ofMinutes(1), 1L << 30);

    public SnapshotPolicy {
        if (everyEvents < 0 || everyBytes < 0 || everyTime.isNegative()) {
            throw new IllegalArgumentException(
                    "snapshot policy is negative: " + everyEvents + " events, " + everyBytes + " bytes, " + everyTime);
        }
        everyEvents = everyEvents == 0 ? Long.MAX_VALUE : everyEvents;
        everyBytes = everyBytes == 0 ? Long.MAX_VALUE : everyBytes;
        everyTime = everyTime.toMillis() == 0 ? FOREVER : everyTime;
    }
}
