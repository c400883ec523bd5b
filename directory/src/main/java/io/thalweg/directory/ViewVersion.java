package io.thalweg.directory;

import io.thalweg.directory.View.Skip;
import java.util.List;

/**
 * One deployment of a view.
 *
 * @param number 1 for the first, never reused within the view
 * @param skipped events that this version does not process, sorted, at most {@link #MAX_SKIPPED}: those that the view skipped
 *     when this version was deployed, and those at which this version was parked
 * @param deployedNs nanoseconds since 1970
 */
public record ViewVersion(int number, ViewCode code, List<Skip> skipped, long deployedNs) {
    /** Events that one version may skip. */
    public static final int MAX_SKIPPED = 10_000;

    public ViewVersion {
        skipped = List.copyOf(skipped);
    }

    public ViewVersion withSkipped(List<Skip> changed) {
        return new ViewVersion(number, code, changed, deployedNs);
    }
}
