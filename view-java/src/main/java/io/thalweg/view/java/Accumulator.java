package io.thalweg.view.java;

import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How many values become one where two halves of them cannot be merged: in one phase, once all are where their key lies. An {@link Aggregate} sends
 * less, since each partition makes one of its own values first.
 *
 * @param <V> a value
 * @param <S> what is known of some values; may be changed by {@link #accumulate}, which gives it back
 * @param <R> what comes of all
 */
public interface Accumulator<V, S, R> {
    /** Of no values; a new one each time, if it can be changed. */
    S init();

    /** The values of a key come in the order of the partitions that have sent them, and those of one partition in the order in which it sent them. */
    S accumulate(S known, V value);

    R finish(S known);

    /** One of three functions. */
    static <V, S, R> Accumulator<V, S, R> of(Supplier<S> init, BiFunction<S, V, S> accumulate, Function<S, R> finish) {
        return new Accumulator<>() {
            @Override
            public S init() {
                return init.get();
            }

            @Override
            public S accumulate(S known, V value) {
                return accumulate.apply(known, value);
            }

            @Override
            public R finish(S known) {
                return finish.apply(known);
            }
        };
    }
}
