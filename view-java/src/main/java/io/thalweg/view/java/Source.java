package io.thalweg.view.java;

import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where events of a view come from, with their handlers. Made by {@link Declaration}. */
public sealed interface Source {
    String name();

    /** A log of the tenant's. */
    record Log<E>(String name, Codec<E> codec, Function<E, @Nullable String> key, Handler<E> handler)
            implements Source {}

    /** The view's own events to itself, under another key. */
    record Hop<E>(String name, Codec<E> codec, Function<E, String> key, Handler<E> handler) implements Source {}

    /** Events that the view asked for at a time. */
    record Timer<E>(String name, Codec<E> codec, Handler<E> handler) implements Source {}

    /** An event of each partition every so often; the handler gets its partition. */
    record Tick(String name, Duration every, Handler<Integer> handler) implements Source {}

    /** Calls to the outside, whose ends come as events. */
    record Call<Q, A>(
            String name,
            Codec<Q> question,
            Codec<A> answer,
            CallOptions options,
            Outside<Q, A> outside,
            Handler<Completed<Q, A>> handler)
            implements Source {}
}
