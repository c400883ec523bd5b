package io.thalweg.view.java;

import io.thalweg.index.Index;
import io.thalweg.index.path.Path;
import io.thalweg.index.schema.Schema;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A question that a view answers from its indexes, without changing them. Made by {@link Declaration}.
 *
 * @param arguments what it is asked with; over HTTP a JSON object of the record's fields
 * @param result what it answers, also null
 * @param key where it begins; null for a query that begins anywhere
 * @param source what its answer is made from, for who follows it; null if that is not said
 */
public record Query<A, R>(
        String name,
        Schema<A> arguments,
        Schema<R> result,
        @Nullable Function<A, String> key,
        Code<A, R> code,
        @Nullable Source<A, ?> source) {

    /** A query that begins where a key is. */
    public static <A, R> Query<A, R> at(
            String name, Schema<A> arguments, Schema<R> result, Function<A, String> key, Code<A, R> code) {
        return new Query<>(name, arguments, result, key, code, null);
    }

    /** A query that begins anywhere, and goes on at keys or in all partitions. */
    public static <A, R> Query<A, R> anywhere(String name, Schema<A> arguments, Schema<R> result, Code<A, R> code) {
        return new Query<>(name, arguments, result, null, code, null);
    }

    /**
     * The same query with what its answer is made from, so that it can be followed: it is asked again when a step reaches into what the path leads to, and
     * only then. What else it reads is as it is at that moment, and is not waited for. It has a second, each time.
     *
     * @param path into the index, by its arguments; one that begins with a key is of that key's slot, another of the whole index
     */
    public <T> Query<A, R> from(Index<T> index, Function<A, Path<T, ?>> path) {
        return new Query<>(name, arguments, result, key, code, new Source<>(index, path));
    }

    /**
     * What an answer is made from.
     *
     * @param path into the index, by the arguments
     */
    public record Source<A, T>(Index<T> index, Function<A, Path<T, ?>> path) {}

    /** What a query does. Runs on any thread, several at a time, also of the same view object: fields of the view are no place for it. */
    @FunctionalInterface
    public interface Code<A, R> {
        /**
         * Answers.
         *
         * @throws IllegalArgumentException for arguments that cannot be answered; the asker hears its text
         * @throws Exception whatever else goes wrong: the query has failed
         */
        @Nullable
        R answer(Lookup lookup, A arguments) throws Exception;
    }
}
