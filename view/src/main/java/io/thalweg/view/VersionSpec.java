package io.thalweg.view;

import io.thalweg.model.event.EventId;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One version of a view as it should run on every node. All but {@code paused}, {@code takesOver} and
 * {@code skipped} are fixed for good when the version is deployed.
 *
 * @param version 1 or more, rising with each deployment of a view
 * @param componentHash says whether stored state was made by this code, e.g. its SHA-256; at most 255 bytes
 * @param startSequence the first sequence to process, 1 or more
 * @param paused follows no more, but answers stale queries
 * @param takesOver asks for its {@link Takeover} once it has caught up; false for a version that was replaced or rolled back
 * @param skipped events that an operator decided to pass over; one is added only while the version is parked at it
 * @param program loads the code; called on one of the host's threads whenever the version starts, may be slow and may throw;
 *     the host closes what it returns
 */
public record VersionSpec(
        int version,
        byte[] componentHash,
        long startSequence,
        ViewLimits limits,
        SnapshotPolicy snapshots,
        PoisonPolicy poison,
        boolean paused,
        boolean takesOver,
        Set<EventId> skipped,
        Supplier<ViewProgram> program) {
    public VersionSpec {
        if (version < 1 || startSequence < 1 || componentHash.length > 255) {
            throw new IllegalArgumentException("version " + version + ", start sequence " + startSequence
                    + " must be at least 1, and a hash of " + componentHash.length + " bytes at most 255");
        }
        skipped = Set.copyOf(skipped);
    }

    /** When the watchdog ends one call for one event or query, in nanoseconds. */
    public long eventNs() {
        return ViewLimits.PATIENCE * limits.maxEventTime().toNanos();
    }

    /** When it ends init, restore and snapshot. */
    public long wholeStateNs() {
        return ViewLimits.PATIENCE * limits.wholeStateTime().toNanos();
    }
}
