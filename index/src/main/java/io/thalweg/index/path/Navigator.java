package io.thalweg.index.path;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A navigator of one's own, for what {@link Maps}, {@link Lists}, {@link Sets} and their like have none for: a part of a text, say. It goes into
 * a path by {@link Control#custom}. Stateless; any thread.
 *
 * @param <A> what it stands on
 * @param <B> what it leads to
 */
public interface Navigator<A, B> {
    /** Shows {@code each} of the values that it leads to; {@code at} is null where nothing stands. */
    void select(@Nullable A at, Consumer<B> each);

    /**
     * What becomes of {@code at} when each of the values that it leads to becomes what {@code change} makes of it.
     *
     * @param change gives null for what is removed
     * @return what is to stand in the place of {@code at}; null for nothing
     */
    @Nullable
    A transform(@Nullable A at, UnaryOperator<@Nullable B> change);
}
