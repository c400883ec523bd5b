package io.thalweg.view.java;

import io.thalweg.index.schema.Schema;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A question that a view answers from its indexes, without changing them. Made by {@link Declaration}.
 *
 * @param arguments what it is asked with; over HTTP a JSON object of the record's fields
 * @param result what it answers, also null
 * @param key where it begins; null for a query that begins anywhere
 */
public record Query<A, R>(
        String name,
        Schema<A> arguments,
        Schema<R> result,
        @Nullable Function<A, String> key,
        Code<A, R> code) {

    /** A query that begins where a key is. */
    public static <A, R> Query<A, R> at(
            String name, Schema<A> arguments, Schema<R> result, Function<A, String> key, Code<A, R> code) {
        return new Query<>(name, arguments, result, key, code);
    }

    /** A query that begins anywhere, and goes on at keys or in all partitions. */
    public static <A, R> Query<A, R> anywhere(String name, Schema<A> arguments, Schema<R> result, Code<A, R> code) {
        return new Query<>(name, arguments, result, null, code);
    }

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
