package io.thalweg.view.java;

import io.thalweg.index.Index;
import io.thalweg.index.IndexReader;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.schema.Schema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch of a view as it is declared: it takes a range of its logs on all partitions, and what comes of it is seen everywhere at once. Made by
 * {@link Declaration#batch}.
 *
 * <p>Its logs' handlers {@link Sender#send send} values to keys of its stages. What is sent to a key is made one by the stage's
 * {@link Aggregate}: first where it was sent, then, with what the other partitions have sent, where the key lies; there the stage's code gets
 * it, writes indexes of the batch, and may send on. Stages run one after the other, each on all partitions, those that were declared last first:
 * a stage sends to stages that were declared before it, as its code can name no others.
 */
public final class Batch {
    /** Most stages of a batch. */
    public static final int STAGES_MAX = 16;

    private final String name;
    private final Declaration view;
    private final List<Input<?>> inputs = new ArrayList<>();
    private final List<Stage<?, ?, ?>> stages = new ArrayList<>();
    private final List<Index<?>> indexes = new ArrayList<>();

    Batch(String name, Declaration view) {
        this.name = name;
        this.view = view;
    }

    public String name() {
        return name;
    }

    public List<Input<?>> inputs() {
        return inputs;
    }

    /** In the order in which they were declared. */
    public List<Stage<?, ?, ?>> stages() {
        return stages;
    }

    /** Those that it writes. */
    public List<Index<?>> indexes() {
        return indexes;
    }

    /** The phase in which a stage runs: the events of the logs are phase 0. */
    public int phase(Stage<?, ?, ?> stage) {
        return stages.size() - stage.number();
    }

    /** A log that it takes events of. */
    public record Input<E>(String log, Codec<E> codec, Take<E> take) {}

    /**
     * Where values of a batch come together, by keys.
     *
     * @param number in the order of declaration, from 0
     * @param part what is known of some values, as it travels between partitions
     * @param <V> a value that is sent
     * @param <P> what is known of some values
     * @param <R> what comes of all values of a key
     */
    public record Stage<V, P, R>(String name, int number, Schema<P> part, Aggregate<V, P, R> how, Then<R> then) {}

    /** What becomes of an event of a log: mostly some values under keys. Runs where the event was appended, whatever its key. */
    @FunctionalInterface
    public interface Take<E> {
        /** @throws Exception whatever goes wrong: the batch is tried again, then it is parked, or the event put aside */
        void take(Sender sender, E event) throws Exception;
    }

    /** What becomes of all that was sent to a key. */
    @FunctionalInterface
    public interface Then<R> {
        /** @throws Exception whatever goes wrong: the batch is tried again, then it is parked, or what was sent to the key put aside */
        void then(At at, R result) throws Exception;
    }

    /** What code of a batch can do. Valid while it runs, on its thread. */
    public interface Sender {
        /**
         * The batch's number: the same however often it is tried, and with the same events; larger than that of the batch before it. Events of a
         * batch that is too large, or that another version of the view gives up, come again under another number.
         */
        long number();

        /** When the batch began; the same however often it is tried. */
        Instant begun();

        /** The key of the event, or at which the stage runs; empty for an event without a key. */
        String key();

        /** Sends a value to a key of a stage. */
        <V> void send(Stage<V, ?, ?> to, String key, V value);
    }

    /** What code of a stage can do, at a key. */
    public interface At extends Sender {
        /** The part of one of the batch's indexes that lies with the key: as the batch before left it, with what this one wrote. */
        <T> IndexWriter<T> index(Index<T> index);

        /** The same of any index of the view, to read; those of other handlers as they are just now. */
        <T> IndexReader<T> look(Index<T> index);

        /**
         * The part that lies with the key of what the batch keeps for itself, in the shape of an index that need not be declared: empty when the batch
         * begins, read and written by all its stages, also when another node goes on with it, and gone when it counts or is given up.
         */
        <T> IndexWriter<T> temporary(Index<T> index);
    }

    /** Keeps an index that this batch alone writes. */
    public <T> Index<T> index(Index<T> index) {
        indexes.add(view.index(index));
        return index;
    }

    /** Takes events of a log, which no other handler of the view follows. */
    public <E> void log(String log, Codec<E> codec, Take<E> take) {
        inputs.add(view.named("log", log, new Input<>(log, codec, take)));
    }

    /** Makes a stage, which runs before those that were declared before it. */
    public <V, P, R> Stage<V, P, R> stage(String stage, Schema<P> part, Aggregate<V, P, R> how, Then<R> then) {
        if (stages.size() == STAGES_MAX) {
            throw new DeclarationException(
                    "batch " + name + " has more than " + STAGES_MAX + " stages" + Declaration.line());
        }
        Stage<V, P, R> made = new Stage<>(stage, stages.size(), part, how, then);
        stages.add(view.named("stage of batch " + name, stage, made));
        return made;
    }

    /**
     * Makes a stage whose values are accumulated where their key lies, once all are there.
     *
     * @param value as it travels between partitions
     */
    public <V, S, R> Stage<V, List<V>, R> stage(String stage, Schema<V> value, Accumulator<V, S, R> how, Then<R> then) {
        Aggregate<V, List<V>, List<V>> all = Aggregates.list();
        return stage(
                stage,
                Schema.list(value).inline(),
                all.then(values -> {
                    S known = how.init();
                    for (V each : values) {
                        known = how.accumulate(known, each);
                    }
                    return how.finish(known);
                }),
                then);
    }

    void requireWhole() {
        if (inputs.isEmpty() || stages.isEmpty()) {
            throw new DeclarationException("batch " + name + " has " + inputs.size() + " logs and " + stages.size()
                    + " stages: it takes events of at least one log to at least one stage" + Declaration.line());
        }
    }
}
