package io.thalweg.server.javaviews;

import io.thalweg.directory.View;
import io.thalweg.directory.ViewVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A view in Java as clients see it: what the directory wants, joined with how its partitions are.
 *
 * @param state the worst of its partitions'
 * @param reason why it does not run, null while it does
 */
public record JavaViewStatus(
        UUID viewId,
        String viewName,
        String className,
        String wanted,
        String state,
        @Nullable String reason,
        List<PartitionStatus> partitions,
        List<String> indexes,
        List<QueryForm> queries,
        List<String> logs,
        int activeVersion,
        @Nullable Integer previousVersion,
        List<Version> versions,
        UUID stepsLogId,
        String createdAt) {

    /** A query that it answers, with what it takes and gives in words. */
    public record QueryForm(String query, String arguments, String result) {}

    /** One partition; positions are sequences of the streams that it takes. */
    public record PartitionStatus(
            int partition,
            String state,
            @Nullable String reason,
            long step,
            Map<String, String> position,
            long lag,
            List<ParkedEvent> parked) {}

    /** An event that its stream waits for. */
    public record ParkedEvent(String stream, long sequence, String reason) {}

    /** One deployment. */
    public record Version(
            int version, boolean active, String className, String jarSha256, long jarBytes, String deployedAt) {}

    /** How a view is; from the node that runs it. */
    public static JavaViewStatus of(View view, JavaViews host) {
        RunningView running = host.running(view.id());
        List<PartitionStatus> partitions = new ArrayList<>();
        RunningPartition.State worst = RunningPartition.State.STARTING;
        String reason = host.failure(view.id());
        if (running != null) {
            for (RunningPartition partition : running.partitions()) {
                RunningPartition.Status status = partition.status();
                worst = partitions.isEmpty() || status.state().compareTo(worst) > 0 ? status.state() : worst;
                reason = reason == null ? status.reason() : reason;
                partitions.add(of(running, partition, status));
            }
        }
        return new JavaViewStatus(
                view.id().value(),
                view.name(),
                view.version(view.active()).orElseThrow().code().javaClass(),
                view.wanted().name().toLowerCase(Locale.ROOT),
                (running == null && reason != null ? RunningPartition.State.FAILED : worst)
                        .name()
                        .toLowerCase(Locale.ROOT),
                reason,
                partitions,
                running == null ? List.of() : running.indexes(),
                running == null ? List.of() : queries(running),
                running == null
                        ? List.of()
                        : running.inputs().stream().map(log -> log.name()).toList(),
                view.active(),
                view.previous() == 0 ? null : (Integer) view.previous(),
                view.versions().stream().map(version -> of(view, version)).toList(),
                view.log().value(),
                time(view.createdNs()));
    }

    private static List<QueryForm> queries(RunningView running) {
        return running.queries().stream()
                .map(query -> new QueryForm(
                        query.name(),
                        query.arguments().describe(),
                        query.result().describe()))
                .toList();
    }

    private static PartitionStatus of(RunningView view, RunningPartition partition, RunningPartition.Status status) {
        Map<String, String> position = new TreeMap<>();
        status.taken().forEach((stream, sequence) -> position.put(stream, Long.toString(sequence)));
        long lag = 0;
        for (Map.Entry<String, Long> head : view.heads(partition.number()).entrySet()) {
            lag += Math.max(0, head.getValue() - status.taken().getOrDefault(head.getKey(), 0L));
        }
        return new PartitionStatus(
                partition.number(),
                status.state().name().toLowerCase(Locale.ROOT),
                status.reason(),
                status.step(),
                position,
                lag,
                status.parked().stream()
                        .map(parked -> new ParkedEvent(parked.stream(), parked.sequence(), parked.reason()))
                        .toList());
    }

    private static Version of(View view, ViewVersion version) {
        return new Version(
                version.number(),
                version.number() == view.active(),
                version.code().javaClass(),
                version.code().digest().hex(),
                version.code().sizeBytes(),
                time(version.deployedNs()));
    }

    private static String time(long ns) {
        return Instant.ofEpochSecond(ns / 1_000_000_000L, ns % 1_000_000_000L).toString();
    }
}
