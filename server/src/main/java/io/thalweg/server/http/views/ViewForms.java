package io.thalweg.server.http.views;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.thalweg.directory.Log;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewSettings;
import io.thalweg.directory.ViewVersion;
import io.thalweg.model.event.EventId;
import io.thalweg.server.form.Times;
import io.thalweg.server.views.ReplicaStatus;
import io.thalweg.server.views.ViewReplicas;
import io.thalweg.server.views.WholeView;
import io.thalweg.view.Gap;
import io.thalweg.view.VersionStatus;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Views as JSON: what the directory wants, joined with what the host sees. */
final class ViewForms {
    private ViewForms() {}

    record Deployed(
            boolean success, UUID viewId, String viewName, int version, String world, List<String> stubbedImports) {}

    record Views(List<One> views) {}

    /**
     * A view; state, position, head, lag and reason are those of its active version, where the shard is led that it follows.
     *
     * @param leader whether this node answers its queries
     * @param replicas the nodes on which it runs, as far as they answer; none in a list of views
     */
    record One(
            UUID viewId,
            String viewName,
            UUID logId,
            String wanted,
            boolean leader,
            String state,
            long position,
            long head,
            long lag,
            double eventsPerSecond,
            @Nullable String reason,
            @Nullable Long blockedAt,
            List<String> missing,
            int activeVersion,
            @Nullable Integer candidateVersion,
            @Nullable Integer previousVersion,
            List<Long> skipped,
            String createdAt,
            List<Version> versions,
            List<Replica> replicas) {}

    /** The active version on one node. */
    record Replica(
            String node,
            boolean leads,
            String state,
            long position,
            long lag,
            @Nullable String reason,
            @Nullable Long blockedAt) {}

    record Version(
            int version,
            boolean active,
            @JsonUnwrapped @Nullable Status status,
            String world,
            List<String> stubbedImports,
            String componentSha256,
            long componentBytes,
            long startSequence,
            Settings settings,
            String deployedAt) {}

    /** How a version that is kept running is doing; the position is the sequence up to which its state reflects the log. */
    record Status(
            String state,
            long position,
            long lag,
            double eventsPerSecond,
            @Nullable String reason,
            @Nullable Long blockedAt,
            List<String> missing,
            @Nullable Snapshot snapshot,
            @Nullable String snapshotProblem,
            double computeMs,
            long memoryBytes) {}

    record Snapshot(long sequence, String takenAt, long bytes) {}

    record Settings(
            long maxMemoryBytes,
            int maxEventMs,
            int maxResultBytes,
            long snapshotEvents,
            long snapshotSeconds,
            long snapshotBytes,
            String onError) {}

    static One of(Log log, View view, WholeView whole) {
        List<VersionStatus> statuses = whole.statuses();
        VersionStatus active = statuses.stream()
                .filter(status -> status.version() == view.active())
                .findFirst()
                .orElse(null);
        return new One(
                view.id().value(),
                view.name(),
                log.id().value(),
                view.wanted().name().toLowerCase(Locale.ROOT),
                whole.runsHere(),
                active == null ? "starting" : active.state().text(),
                active == null ? 0 : active.position().of(active.stream()),
                active == null ? 0 : active.head().of(active.stream()),
                active == null ? 0 : active.lag(),
                active == null ? 0 : active.eventsPerSecond(),
                active == null ? null : active.reason(),
                active == null ? null : sequence(active.blockedAt()),
                active == null ? List.of() : missing(active),
                view.active(),
                orNull(view.candidate()),
                orNull(view.previous()),
                view.skipped().stream().map(View.Skip::sequence).toList(),
                Times.text(view.createdNs()),
                view.versions().stream()
                        .map(version -> of(view, version, statuses))
                        .toList(),
                whole.replicas().stream()
                        .flatMap(replica -> replica.versions().stream()
                                .filter(status -> status.version() == view.active())
                                .map(status -> of(replica, status)))
                        .toList());
    }

    private static Replica of(ViewReplicas.Replica replica, ReplicaStatus active) {
        return new Replica(
                replica.node(),
                replica.leads(),
                active.state(),
                active.position(),
                Math.max(0, active.head() - active.position()),
                active.reason(),
                active.blockedAt());
    }

    private static Version of(View view, ViewVersion version, List<VersionStatus> statuses) {
        Status status = statuses.stream()
                .filter(candidate -> candidate.version() == version.number())
                .findFirst()
                .map(ViewForms::of)
                .orElse(null);
        return new Version(
                version.number(),
                version.number() == view.active(),
                status,
                version.code().world(),
                version.code().stubs(),
                version.code().digest().hex(),
                version.code().sizeBytes(),
                version.code().startSequence(),
                of(version.code().settings()),
                Times.text(version.deployedNs()));
    }

    private static Status of(VersionStatus status) {
        return new Status(
                status.state().text(),
                status.position().of(status.stream()),
                status.lag(),
                status.eventsPerSecond(),
                status.reason(),
                sequence(status.blockedAt()),
                missing(status),
                snapshot(status.lastSnapshot()),
                status.snapshotProblem(),
                status.computeNs() / 1e6,
                status.memoryBytes());
    }

    private static @Nullable Snapshot snapshot(VersionStatus.@Nullable Snapshot snapshot) {
        return snapshot == null
                ? null
                : new Snapshot(
                        snapshot.position().sequences().firstEntry().getValue(),
                        snapshot.takenAt().toString(),
                        snapshot.bytes());
    }

    private static Settings of(ViewSettings settings) {
        return new Settings(
                settings.maxMemoryBytes(),
                settings.maxEventMs(),
                settings.maxResultBytes(),
                settings.snapshotEvents(),
                settings.snapshotSeconds(),
                settings.snapshotBytes(),
                settings.onError().text());
    }

    /** Events that the state does not reflect because retention had removed them, or the view begins behind them: {@code 1-82}. */
    static List<String> missing(VersionStatus status) {
        return status.gaps().stream().map(Gap::text).toList();
    }

    private static @Nullable Long sequence(@Nullable EventId event) {
        return event == null ? null : (Long) event.sequence();
    }

    private static @Nullable Integer orNull(int value) {
        return value == 0 ? null : (Integer) value;
    }
}
