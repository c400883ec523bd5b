package io.thalweg.view.java;

import io.thalweg.index.Index;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Collects what a view declares, and refuses at once what does not fit, with the line of user code that said it. */
public final class Declaration {
    private final List<Index<?>> indexes = new ArrayList<>();
    private final List<Source> sources = new ArrayList<>();
    private final List<Output<?>> outputs = new ArrayList<>();
    private final List<Query<?, ?>> queries = new ArrayList<>();
    private final List<Batch> batches = new ArrayList<>();
    private final List<Other> others = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final Map<String, Start> starts = new HashMap<>();
    private Poison poison = Poison.PARK;

    /** What becomes of an event that fails again and again. */
    public enum Poison {
        /** The partition stops before it until somebody retries, skips, or deploys a fix. */
        PARK,
        /** It goes to the view's dead letters, with the reason. */
        DEAD_LETTERS
    }

    /** What the declaration of a view class says. */
    public static Declaration of(View view) {
        Declaration declaration = new Declaration();
        view.declare(declaration);
        if (declaration.sources.isEmpty() && declaration.batches.isEmpty()) {
            throw new DeclarationException(view.getClass().getName() + " follows nothing: declare a log or a tick");
        }
        for (String log : declaration.starts.keySet()) {
            if (!declaration.names.contains("log " + log)) {
                throw new DeclarationException(view.getClass().getName() + " says where it begins in log " + log
                        + ", which it does not follow");
            }
        }
        for (Query<?, ?> query : declaration.queries) {
            Query.Source<?, ?> from = query.source();
            if (from != null && !declaration.indexes.contains(from.index())) {
                throw new DeclarationException("query " + query.name() + " of "
                        + view.getClass().getName() + " is made from index "
                        + from.index().name()
                        + ", which the view does not declare");
            }
        }
        return declaration;
    }

    public List<Index<?>> indexes() {
        return indexes;
    }

    public List<Source> sources() {
        return sources;
    }

    public List<Output<?>> outputs() {
        return outputs;
    }

    public List<Query<?, ?>> queries() {
        return queries;
    }

    public List<Batch> batches() {
        return batches;
    }

    /** The other views that it reads. */
    public List<Other> others() {
        return others;
    }

    /** The batch that alone writes an index; null if handlers do. */
    public @Nullable Batch writer(Index<?> index) {
        for (Batch batch : batches) { // for each event: no stream
            if (batch.indexes().contains(index)) {
                return batch;
            }
        }
        return null;
    }

    public Start start(String log) {
        return starts.getOrDefault(log, new Start.Beginning());
    }

    public Poison poison() {
        return poison;
    }

    static String line() {
        return StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> !frame.getClassName().equals(Declaration.class.getName())
                                && !frame.getClassName().equals(Batch.class.getName())
                                && !frame.getClassName().equals(Kinds.class.getName())
                                && !frame.getClassName().equals(Other.class.getName()))
                        .findFirst()
                        .map(frame -> " (" + frame.getFileName() + ":" + frame.getLineNumber() + ")")
                        .orElse(""));
    }

    <S> S named(String kind, String name, S what) {
        if (!name.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}")) {
            throw new DeclarationException("name of a " + kind + " is \"" + name
                    + "\", expected letters, digits, _ . - and at most 64 of them" + line());
        }
        if (!names.add(kind + " " + name)) {
            throw new DeclarationException("there are two of " + kind + " " + name + line());
        }
        return what;
    }

    /** Keeps an index. */
    public <T> Index<T> index(Index<T> index) {
        indexes.add(named("index", index.name(), index));
        return index;
    }

    /** Follows a log whose events are about the key that they were appended with. */
    public <E> void log(String name, Codec<E> codec, Handler<E> handler) {
        log(name, codec, _ -> null, handler);
    }

    /** Follows a log; {@code key} says what an event is about where it was appended without a key. */
    public <E> void log(String name, Codec<E> codec, Function<E, @Nullable String> key, Handler<E> handler) {
        sources.add(named("log", name, new Source.Log<>(name, codec, key, handler)));
    }

    /**
     * Follows a log whose events are JSON objects of several types, each with a handler of its own: {@code view.log("accounts", "type").on("opened",
     * Opened.class, …).on("closed", Closed.class, …)}.
     *
     * @param member of each event that names its type
     */
    public Kinds log(String name, String member) {
        Kinds kinds = new Kinds(member);
        sources.add(named(
                "log",
                name,
                new Source.Log<>(
                        name,
                        kinds.codec(),
                        event -> event.map(Kinds.Event::key).orElse(null),
                        (step, event) -> {
                            if (event.isPresent()) {
                                event.get().handle(step);
                            }
                        })));
        return kinds;
    }

    /** Says where the view begins in a log that it follows; with the oldest event that is kept unless said. */
    public void from(String log, Start start) {
        if (starts.put(log, start) != null) {
            throw new DeclarationException("the view begins in log " + log + " twice" + line());
        }
    }

    /** Makes a way for the view to go on under another key. */
    public <E> Source.Hop<E> hop(String name, Codec<E> codec, Function<E, String> key, Handler<E> handler) {
        Source.Hop<E> hop = named("hop", name, new Source.Hop<>(name, codec, key, handler));
        sources.add(hop);
        return hop;
    }

    /** Makes timers, which a step sets and which come as events of the same key, at their time or soon after it. */
    public <E> Source.Timer<E> timer(String name, Codec<E> codec, Handler<E> handler) {
        Source.Timer<E> timer = named("timer", name, new Source.Timer<>(name, codec, handler));
        sources.add(timer);
        return timer;
    }

    /** Has every partition hear of the time. */
    public void tick(String name, Duration every, Handler<Integer> handler) {
        if (every.isNegative() || every.isZero()) {
            throw new DeclarationException("tick " + name + " comes every " + every + line());
        }
        sources.add(named("tick", name, new Source.Tick(name, every, handler)));
    }

    /**
     * Makes calls to the outside, which a step asks for and whose ends come as events of the same key.
     *
     * @param outside what is called; runs after the step counts, and may take its time
     * @param handler hears what came of it
     */
    public <Q, A> Source.Call<Q, A> call(
            String name,
            Codec<Q> question,
            Codec<A> answer,
            CallOptions options,
            Outside<Q, A> outside,
            Handler<Completed<Q, A>> handler) {
        Source.Call<Q, A> call =
                named("call", name, new Source.Call<>(name, question, answer, options, outside, handler));
        sources.add(call);
        return call;
    }

    /** Names a log to emit to. */
    public <E> Output<E> output(String name, Codec<E> codec) {
        Output<E> output = named("output", name, new Output<>(name, codec));
        outputs.add(output);
        return output;
    }

    /** Answers a query. */
    public <A, R> Query<A, R> query(Query<A, R> query) {
        queries.add(named("query", query.name(), query));
        return query;
    }

    /**
     * Takes ranges of logs on all partitions as one batch after the other, each of which is seen everywhere at once.
     *
     * @param declare says what it takes and keeps; called at once
     */
    public void batch(String name, Consumer<Batch> declare) {
        Batch batch = named("batch", name, new Batch(name, this));
        declare.accept(batch);
        batch.requireWhole();
        batches.add(batch);
    }

    /** Reads another view of the tenant, which is there before this one is deployed and is not deleted before it. */
    public Other other(String view) {
        Other other = named("other view", view, new Other(view, this));
        others.add(other);
        return other;
    }

    /** Says what becomes of events that fail; {@link Poison#PARK} unless said. */
    public void onPoison(Poison policy) {
        poison = policy;
    }
}
