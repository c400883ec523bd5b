package io.thalweg.view.follow;

import io.thalweg.model.Position;
import io.thalweg.model.event.EventId;
import io.thalweg.view.Gap;
import io.thalweg.view.VersionStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a follower's worker lets others see, published as one value after each piece of work.
 *
 * @param processed events processed since the host started
 * @param durable the last sequence that is safe on disk
 * @param trouble what went wrong with the event that it is trying again
 * @param problem what was wrong with a stored state
 * @param wakeAtMs when the worker is to be woken; {@link Phase#NEVER} for not by time
 */
record Report(
        Phase phase,
        Position position,
        long processed,
        long durable,
        List<Gap> gaps,
        @Nullable String trouble,
        VersionStatus.@Nullable Snapshot lastSnapshot,
        @Nullable String problem,
        long computeNs,
        long memoryBytes,
        @Nullable String world,
        long wakeAtMs) {

    /** The event at which it is parked, also while it is paused there. */
    @Nullable
    EventId blockedAt() {
        Phase.Parked parked = parked(phase);
        return parked == null ? null : parked.at();
    }

    /** Why it does not go on. */
    @Nullable
    String reason() {
        if (phase instanceof Phase.Failed failed) {
            return failed.why();
        }
        Phase.Parked parked = parked(phase);
        return parked == null ? trouble : parked.why();
    }

    private static Phase.@Nullable Parked parked(Phase phase) {
        return switch (phase) {
            case Phase.Parked parked -> parked;
            case Phase.Paused(Phase held) -> parked(held);
            case Phase.Failed failed -> parked(failed.before());
            case Phase.Starting _, Phase.Following _, Phase.Ended _ -> null;
        };
    }
}
