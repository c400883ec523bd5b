package io.thalweg.view.java;

import java.util.Collection;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How many values become one, in two phases: each partition adds its own to a part, and the parts are merged, in the order of the partitions.
 * {@link Aggregates} has the usual ones.
 *
 * @param <V> a value
 * @param <P> what is known of some values; may be changed by {@link #add} and {@link #merge}, which give it back
 * @param <R> what comes of all
 */
public interface Aggregate<V, P, R> {
    /** Of no values; a new one each time, if it can be changed. */
    P none();

    P add(P part, V value);

    /** Of the values of both, those of {@code one} first. */
    P merge(P one, P other);

    R result(P part);

    /** One of four functions. */
    static <V, P, R> Aggregate<V, P, R> of(
            Supplier<P> none, BiFunction<P, V, P> add, BinaryOperator<P> merge, Function<P, R> result) {
        return new Aggregate<>() {
            @Override
            public P none() {
                return none.get();
            }

            @Override
            public P add(P part, V value) {
                return add.apply(part, value);
            }

            @Override
            public P merge(P one, P other) {
                return merge.apply(one, other);
            }

            @Override
            public R result(P part) {
                return result.apply(part);
            }
        };
    }

    /** The same over what a function makes of each value. */
    default <W> Aggregate<W, P, R> over(Function<? super W, ? extends V> function) {
        return of(this::none, (part, value) -> add(part, function.apply(value)), this::merge, this::result);
    }

    /** The same over the elements of each value. */
    default Aggregate<Collection<? extends V>, P, R> overElements() {
        return of(
                this::none,
                (part, values) -> {
                    P all = part;
                    for (V value : values) {
                        all = add(all, value);
                    }
                    return all;
                },
                this::merge,
                this::result);
    }

    /** The same, with a function of what comes of it. */
    default <S> Aggregate<V, P, S> then(Function<? super R, ? extends S> function) {
        return of(this::none, this::add, this::merge, part -> function.apply(result(part)));
    }
}
