package io.thalweg.directory;

import io.thalweg.directory.View.Skip;
import io.thalweg.model.LogId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One deployment of a view.
 *
 * @param number 1 for the first, never reused within the view
 * @param skipped events that this version does not process, sorted, at most {@link #MAX_SKIPPED}: those that the view skipped
 *     when this version was deployed, and those at which this version was parked
 * @param deployedNs nanoseconds since 1970
 * @param state of a view in Java: the log of the steps that made the indexes on which it runs; null for that of the view, see {@link View#state}
 * @param copied whether that state begins as a copy of the one that the active version had when this one was deployed
 */
public record ViewVersion(
        int number,
        ViewCode code,
        List<Skip> skipped,
        long deployedNs,
        @Nullable LogId state,
        boolean copied) {
    /** Events that one version may skip. */
    public static final int MAX_SKIPPED = 10_000;

    public ViewVersion {
        skipped = List.copyOf(skipped);
    }

    /** One on the state of the view. */
    public ViewVersion(int number, ViewCode code, List<Skip> skipped, long deployedNs) {
        this(number, code, skipped, deployedNs, null, false);
    }

    public ViewVersion withSkipped(List<Skip> changed) {
        return new ViewVersion(number, code, changed, deployedNs, state, copied);
    }

    /** The same on another state, which begins with the logs. */
    ViewVersion withState(@Nullable LogId other) {
        return new ViewVersion(number, code, skipped, deployedNs, other, false);
    }

    /** The same whose state begins as a copy. */
    public ViewVersion asCopy() {
        return new ViewVersion(number, code, skipped, deployedNs, state, true);
    }
}
