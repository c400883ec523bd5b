package io.thalweg.server.javaviews;

import io.thalweg.directory.View;
import io.thalweg.directory.ViewOptions;
import io.thalweg.directory.ViewVersion;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
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
        @Nullable Integer candidateVersion,
        @Nullable Integer previousVersion,
        @Nullable Candidate candidate,
        Options options,
        List<Version> versions,
        UUID stepsLogId,
        String createdAt) {

    /** A query that it answers, with what it takes and gives in words. */
    public record QueryForm(String query, String arguments, String result) {}

    /**
     * A version that is to take over: with a state of its own, or one that comes to one partition after the other.
     *
     * @param state the worst of its partitions'
     * @param partitions those that have it
     * @param reason what keeps it from taking over; null while nothing is known to
     */
    public record Candidate(
            int version,
            String className,
            String state,
            @Nullable String reason,
            List<PartitionStatus> partitions,
            UUID stepsLogId) {}

    /** What somebody has changed of it, in the words of {@link ViewOptions}; null for what nobody has. */
    public record Options(
            @Nullable String onPoison,
            @Nullable Integer attempts,
            @Nullable Integer stepInputs,
            @Nullable Integer patienceMs,
            @Nullable Long stepsKept,
            @Nullable String takeOver) {

        static Options of(ViewOptions options) {
            ViewOptions.OnPoison poison = options.onPoison();
            ViewOptions.TakeOver takeOver = options.takeOver();
            return new Options(
                    poison == null ? null : poison.text(),
                    options.attempts(),
                    options.stepInputs(),
                    options.patienceMs(),
                    options.stepsKept(),
                    takeOver == null ? null : takeOver.text());
        }

        /** As the directory has them; refused with {@code INVALID_REQUEST} where a word is none of those. */
        public ViewOptions toOptions() {
            return new ViewOptions(
                    choice("on_poison", onPoison, ViewOptions.OnPoison.values(), ViewOptions.OnPoison::text),
                    attempts,
                    stepInputs,
                    patienceMs,
                    stepsKept,
                    choice("take_over", takeOver, ViewOptions.TakeOver.values(), ViewOptions.TakeOver::text));
        }

        private static <E> @Nullable E choice(
                String option, @Nullable String said, E[] values, Function<E, String> text) {
            if (said == null) {
                return null;
            }
            for (E value : values) {
                if (text.apply(value).equals(said)) {
                    return value;
                }
            }
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    option + " is one of " + Arrays.stream(values).map(text).collect(Collectors.joining(", "))
                            + ", not " + said);
        }
    }

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
        RunningPartition.State worst = worst(running);
        String reason = host.failure(view.id());
        reason = reason == null && running != null ? reason(running) : reason;
        List<PartitionStatus> partitions = partitions(running);
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
                view.candidate() == 0 ? null : (Integer) view.candidate(),
                view.previous() == 0 ? null : (Integer) view.previous(),
                candidate(view, running, host),
                Options.of(view.options()),
                view.versions().stream().map(version -> of(view, version)).toList(),
                view.log().value(),
                time(view.createdNs()));
    }

    private static RunningPartition.State worst(@Nullable RunningView running) {
        return worst(running == null ? List.of() : running.partitions());
    }

    private static RunningPartition.State worst(List<RunningPartition> partitions) {
        return partitions.stream()
                .map(partition -> partition.status().state())
                .max(Comparator.naturalOrder())
                .orElse(RunningPartition.State.STARTING);
    }

    private static @Nullable String reason(RunningView running) {
        return running.partitions().stream()
                .map(partition -> partition.status().reason())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static List<PartitionStatus> partitions(@Nullable RunningView running) {
        return running == null ? List.of() : partitions(running, running.partitions());
    }

    private static List<PartitionStatus> partitions(RunningView running, List<RunningPartition> partitions) {
        return partitions.stream()
                .map(partition -> of(running, partition, partition.status()))
                .toList();
    }

    /** The version that is to take over; from when it is deployed to when its state answers. */
    private static @Nullable Candidate candidate(View view, @Nullable RunningView running, JavaViews host) {
        int rolling = view.candidate();
        if (running != null && rolling != 0 && rolling != running.version() && view.sharesState(rolling)) {
            return new Candidate(
                    rolling,
                    view.version(rolling).orElseThrow().code().javaClass(),
                    worst(running.rolled()).name().toLowerCase(Locale.ROOT),
                    host.obstacle(view.id()),
                    partitions(running, running.rolled()),
                    view.state(rolling).value());
        }
        RunningView beside = host.beside(view.id());
        boolean decided = running != null && running.version() != view.active();
        int version = beside != null ? beside.version() : decided ? view.active() : view.candidate();
        if (version == 0 || view.version(version).isEmpty()) {
            return null;
        }
        String reason = host.obstacle(view.id());
        return new Candidate(
                version,
                view.version(version).orElseThrow().code().javaClass(),
                worst(beside).name().toLowerCase(Locale.ROOT),
                reason == null && beside != null ? reason(beside) : reason,
                partitions(beside),
                view.state(version).value());
    }

    private static List<QueryForm> queries(RunningView running) {
        return running.wiring().queries().stream()
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
