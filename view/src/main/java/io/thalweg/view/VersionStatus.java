package io.thalweg.view;

import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.EventId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one version of a view is doing; a moment's picture.
 *
 * @param active answers the view's queries
 * @param position up to where the state reflects the stream; start sequence - 1 in the beginning
 * @param head where the stream ends
 * @param gaps events before the position that the state does not reflect
 * @param eventsPerSecond over the last seconds, for people only
 * @param reason why it is parked or failed
 * @param blockedAt the event at which it is parked
 * @param lastSnapshot the newest durable state, if this process took or loaded one
 * @param snapshotProblem what was wrong with a snapshot file that had to be passed over
 * @param computeNs wall-clock time spent in the code since the host started, queries included
 * @param memoryBytes memory in use by the code
 * @param world of the loaded program
 * @param digests what the state came to at places where all replicas look at it, oldest first
 */
public record VersionStatus(
        TenantId tenant,
        ViewId view,
        int version,
        boolean active,
        StreamId stream,
        ViewState state,
        Position position,
        Position head,
        List<Gap> gaps,
        double eventsPerSecond,
        @Nullable String reason,
        @Nullable EventId blockedAt,
        @Nullable Snapshot lastSnapshot,
        @Nullable String snapshotProblem,
        long computeNs,
        long memoryBytes,
        @Nullable String world,
        List<StateDigest> digests) {

    /** One durable state: up to where, when, and how many bytes of the code's own. */
    public record Snapshot(Position position, Instant takenAt, long bytes) {}

    /** Events that are there and not yet processed. */
    public long lag() {
        return head.sequences().entrySet().stream()
                .mapToLong(end -> Math.max(0, end.getValue() - position.of(end.getKey())))
                .sum();
    }
}
