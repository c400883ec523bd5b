package io.thalweg.server.views;

import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.EventId;
import io.thalweg.view.Gap;
import io.thalweg.view.StateDigest;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewState;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link VersionStatus} of a view that follows one stream, in words that travel between nodes as JSON; positions are sequences of the stream. */
public record ReplicaStatus(
        int version,
        boolean active,
        String state,
        long position,
        long head,
        List<Missing> gaps,
        double eventsPerSecond,
        @Nullable String reason,
        @Nullable Long blockedAt,
        @Nullable Stored snapshot,
        @Nullable String snapshotProblem,
        long computeNs,
        long memoryBytes,
        @Nullable String world,
        @Nullable List<StateDigest> digests) {

    /** Events that the state does not reflect. */
    public record Missing(long from, long to) {}

    /** The newest durable state. */
    public record Stored(long sequence, long takenAtMs, long bytes) {}

    /** How a version is here. */
    public static ReplicaStatus of(VersionStatus status) {
        StreamId stream = status.stream();
        EventId blocked = status.blockedAt();
        VersionStatus.Snapshot snapshot = status.lastSnapshot();
        return new ReplicaStatus(
                status.version(),
                status.active(),
                status.state().text(),
                status.position().of(stream),
                status.head().of(stream),
                status.gaps().stream()
                        .map(gap -> new Missing(gap.from(), gap.to()))
                        .toList(),
                status.eventsPerSecond(),
                status.reason(),
                blocked == null ? null : (Long) blocked.sequence(),
                snapshot == null
                        ? null
                        : new Stored(
                                snapshot.position().of(stream),
                                snapshot.takenAt().toEpochMilli(),
                                snapshot.bytes()),
                status.snapshotProblem(),
                status.computeNs(),
                status.memoryBytes(),
                status.world(),
                status.digests());
    }

    /** What the state came to; nothing from a release that does not say so. */
    List<StateDigest> known() {
        return digests == null ? List.of() : digests;
    }

    /** A state that another release knows is as good as none. */
    private static ViewState known(String text) {
        return Arrays.stream(ViewState.values())
                .filter(state -> state.text().equals(text))
                .findFirst()
                .orElse(ViewState.STARTING);
    }

    /** The same in the words of the host. */
    public VersionStatus of(TenantId tenant, ViewId view, StreamId stream) {
        return new VersionStatus(
                tenant,
                view,
                version,
                active,
                stream,
                known(state),
                Position.of(stream, position),
                Position.of(stream, head),
                gaps.stream().map(gap -> new Gap(stream, gap.from, gap.to)).toList(),
                eventsPerSecond,
                reason,
                blockedAt == null ? null : new EventId(stream, blockedAt),
                snapshot == null
                        ? null
                        : new VersionStatus.Snapshot(
                                Position.of(stream, snapshot.sequence),
                                Instant.ofEpochMilli(snapshot.takenAtMs),
                                snapshot.bytes),
                snapshotProblem,
                computeNs,
                memoryBytes,
                world,
                known());
    }
}
