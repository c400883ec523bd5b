package io.thalweg.view;

import java.time.Duration;

/**
 * What one view may use.
 *
 * @param maxMemoryBytes linear memory of one instance
 * @param maxEventTime wall-clock time of one call before the watchdog interrupts it; a fuse for operations, never a reason to skip
 * @param maxResultBytes size of one query answer or snapshot
 */
public record ViewLimits(long maxMemoryBytes, Duration maxEventTime, int maxResultBytes) {
    public static final ViewLimits DEFAULT = new ViewLimits(256L << 20, Duration.ofSeconds(5), 64 << 20);
}
