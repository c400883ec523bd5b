package io.thalweg.view;

import java.time.Duration;

/**
 * When a view's state is made durable, so that a restart need not replay from the beginning: whichever bound is reached first
 * since the last snapshot. A view that is stopped in order takes one as well.
 *
 * @param everyEvents events processed, at least 1
 * @param everyTime wall-clock time, once there is anything new, at least a millisecond
 * @param everyBytes bytes of payload processed, at least 1
 */
public record SnapshotPolicy(long everyEvents, Duration everyTime, long everyBytes) {
    public static final SnapshotPolicy DEFAULT = new SnapshotPolicy(1_000_000, Duration.ofMinutes(1), 1L << 30);

    public SnapshotPolicy {
        if (everyEvents < 1 || everyBytes < 1 || everyTime.toMillis() < 1) {
            throw new IllegalArgumentException("snapshot policy needs at least 1 event, 1 byte and 1 ms, but is "
                    + everyEvents + " events, " + everyBytes + " bytes, " + everyTime);
        }
    }
}
