package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.Start;
import io.thalweg.view.java.View;
import io.thalweg.view.java.batch.Sendings;
import io.thalweg.view.java.query.QueryGround;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a partition of a view is called, and what its streams are. Immutable. */
public final class Wiring {
    private static final Set<Package> OURS = Set.of(
            Wiring.class.getPackage(),
            View.class.getPackage(),
            QueryGround.class.getPackage(),
            Sendings.class.getPackage());

    /** One append has so many parts at most, some of which are the step's own. */
    private static final int BATCH_PARTITIONS_MAX = 1_000;

    /** Each hop asks for one of these. */
    static final String HOPS_PREFIX = "@hops/";

    private static final String[] HOPS =
            IntStream.range(0, 64).mapToObj(partition -> "@hops/" + partition).toArray(String[]::new);

    private final Declaration declaration;
    private final int partition;
    private final int partitions;
    private final List<String> batchLogs;
    private final List<String> logs;

    /** @throws DeclarationException if the view declares what does not fit */
    public Wiring(View view, int partition, int partitions) {
        this.declaration = Declaration.of(view);
        this.partition = partition;
        this.partitions = partitions;
        if (partitions > BATCH_PARTITIONS_MAX && !declaration.batches().isEmpty()) {
            throw new DeclarationException("a view with batches has at most " + BATCH_PARTITIONS_MAX
                    + " partitions, not " + partitions + ": one step tells all of them");
        }
        this.batchLogs = declaration.batches().stream()
                .flatMap(batch -> batch.inputs().stream())
                .map(Batch.Input::log)
                .toList();
        this.logs = Stream.concat(
                        declaration.sources().stream()
                                .filter(Source.Log.class::isInstance)
                                .map(Source::name),
                        batchLogs.stream())
                .toList();
    }

    /** Names of the logs that the view follows. */
    public List<String> logs() {
        return logs;
    }

    /** Where the view begins in a log that it follows. */
    public Start start(String log) {
        return declaration.start(log);
    }

    /** Names of those among them that batches take. */
    public List<String> batchLogs() {
        return batchLogs;
    }

    /** Names of its hops. */
    public List<String> hops() {
        return declaration.sources().stream()
                .filter(Source.Hop.class::isInstance)
                .map(Source::name)
                .toList();
    }

    /** Whether it has batches. */
    public boolean hasBatches() {
        return !declaration.batches().isEmpty();
    }

    /** Names of the logs that the view emits to. */
    public List<String> outputs() {
        return declaration.outputs().stream().map(Output::name).toList();
    }

    /** Names of the indexes that it keeps. */
    public List<String> indexes() {
        return declaration.indexes().stream().map(Index::name).toList();
    }

    /** The indexes that it keeps. */
    public List<Index<?>> declared() {
        return declaration.indexes();
    }

    /** The other views that it reads. */
    public List<Other> others() {
        return declaration.others();
    }

    /** The queries that it answers. */
    public List<Query<?, ?>> queries() {
        return declaration.queries();
    }

    /** How many hops there may be behind an event, that home included. */
    public int hopsMax() {
        return 1
                + (int) declaration.sources().stream()
                        .filter(Source.Hop.class::isInstance)
                        .count();
    }

    /** Whether time alone gives it something to do. */
    public boolean looksAtTheClock() {
        return declaration.sources().stream()
                .anyMatch(source -> source instanceof Source.Timer<?> || source instanceof Source.Tick);
    }

    /** Names of the calls that it makes. */
    public List<String> calls() {
        return declaration.sources().stream()
                .filter(Source.Call.class::isInstance)
                .map(Source::name)
                .toList();
    }

    /** Names of its timers. */
    public List<String> timers() {
        return declaration.sources().stream()
                .filter(Source.Timer.class::isInstance)
                .map(Source::name)
                .toList();
    }

    /** Why something that is under way would not go on in this version; null if it would. Runs codecs of users. */
    public @Nullable String fault(Handover.UnderWay what) {
        for (Source source : declaration.sources()) {
            Codec<?> codec = source.name().equals(what.name()) ? codec(source, what.kind()) : null;
            if (codec != null) {
                try {
                    var _ = codec.decode(what.payload());
                    return null;
                } catch (RuntimeException | LinkageError | StackOverflowError e) {
                    return "cannot be read any more: " + e;
                }
            }
        }
        return "is of a kind that the version does not declare";
    }

    private static @Nullable Codec<?> codec(Source source, String kind) {
        return switch (source) {
            case Source.Timer<?> timer -> kind.equals("timer") ? timer.codec() : null;
            case Source.Call<?, ?> call -> kind.equals("call") ? call.question() : null;
            case Source.Hop<?> hop -> kind.equals("hop") ? hop.codec() : null;
            case Source.Log<?> log -> kind.equals("hop") ? log.codec() : null;
            case Source.Tick _ -> null;
        };
    }

    /** The logs that it follows. */
    List<Source.Log<?>> followed() {
        List<Source.Log<?>> followed = new ArrayList<>();
        for (Source source : declaration.sources()) {
            if (source instanceof Source.Log<?> log) {
                followed.add(log);
            }
        }
        return followed;
    }

    /** All indexes that a partition has, those of its own among them. */
    List<Index<?>> kept() {
        List<Index<?>> kept = new ArrayList<>(declaration.indexes());
        kept.addAll(Clockwork.INDEXES);
        kept.add(OpenCalls.CALLS);
        return kept;
    }

    Declaration declaration() {
        return declaration;
    }

    /** The partition whose these are. */
    public int partition() {
        return partition;
    }

    /** How many partitions the view has. */
    public int partitions() {
        return partitions;
    }

    /** The stream of a partition's steps. No log's name begins as those of a view's own streams. */
    public static String changes(int partition) {
        return "@changes/" + partition;
    }

    /** The stream of what hops to a partition. */
    public static String hops(int partition) {
        return partition < HOPS.length ? HOPS[partition] : HOPS_PREFIX + partition;
    }

    /** As what the messages of batches among a partition's hops have a position. */
    public static String messages(int partition) {
        return "@batch/" + partition;
    }

    /** The stream of a partition's dead letters. */
    public static String deadLetters(int partition) {
        return "@dead/" + partition;
    }

    /** The stream of a partition of a log. */
    public static String log(String name, int partition) {
        return name + "/" + partition;
    }

    /** Whether something that it emits goes to another shard than its steps. */
    boolean sendsBeyond(Streams streams) {
        return declaration.outputs().stream().anyMatch(output -> !streams.isBeside(log(output.name(), partition)));
    }

    String changes() {
        return changes(partition);
    }

    /** Whether a slot is at home in this partition. */
    boolean owns(int slot) {
        return Slots.partition(slot, partitions) == partition;
    }

    /** A slot of this partition's own, for what is about no key. */
    int slot() {
        return Slots.first(partition, partitions);
    }

    /** The stream of a log that a key's events go to. */
    String output(String log, String key) {
        return log(log, Slots.partition(Slots.of(key), partitions));
    }

    /** The innermost line that is the user's own, for errors. */
    static String userLine() {
        return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                .walk(frames -> frames.filter(frame ->
                                !OURS.contains(frame.getDeclaringClass().getPackage())
                                        && !frame.getClassName().startsWith("io.thalweg.index.")
                                        && !frame.getClassName().startsWith("java."))
                        .findFirst()
                        .map(frame -> " (" + frame.getFileName() + ":" + frame.getLineNumber() + ")")
                        .orElse(""));
    }
}
