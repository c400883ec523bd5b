package io.thalweg.view.java.query;

import io.thalweg.index.IndexKeys;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RecordField;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Slots;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.Query;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Queries as those ask them who have no class of the view's: by name, with JSON. */
public final class NamedQueries {
    /** The one argument of a query that takes no record. */
    private static final String ARGUMENT = "argument";

    private NamedQueries() {}

    /**
     * The query of a name.
     *
     * @throws ThalwegException {@code NOT_FOUND} that names those that there are
     */
    public static Query<?, ?> find(List<Query<?, ?>> all, String name) {
        return all.stream()
                .filter(query -> query.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.NOT_FOUND,
                        "the view has no query " + name + "; it has "
                                + all.stream().map(Query::name).toList()));
    }

    /**
     * Answers on this thread.
     *
     * @param arguments a JSON object: the record's fields, or one named {@value #ARGUMENT} where the query takes no record
     * @return the result as JSON
     * @throws ThalwegException as {@link QueryRun#answer} does, and {@code INVALID_REQUEST} for arguments of another form
     */
    public static @Nullable Object answer(QueryRun run, Query<?, ?> query, Map<?, ?> arguments) {
        return ask(run, query, arguments);
    }

    /**
     * What an answer is made from.
     *
     * @param index its name
     * @param slot of the key that the path begins with; empty where it goes to all of them
     */
    public record From(String index, OptionalInt slot) {}

    /**
     * What a query's answer is made from, for arguments; on this thread, instead of an answer.
     *
     * @param arguments as {@link #answer} has them
     * @throws ThalwegException as there, and {@code INVALID_REQUEST} for a query that does not say
     */
    public static From from(QueryRun run, Query<?, ?> query, Map<?, ?> arguments) {
        return look(run, query, arguments);
    }

    private static <A> From look(QueryRun run, Query<A, ?> query, Map<?, ?> arguments) {
        Query.Source<A, ?> source = query.source();
        if (source == null) {
            run.abandon();
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "query " + query.name()
                            + " does not say what its answer is made from, so that nobody can follow it:"
                            + " its view says so with Query.from");
        }
        A typed = arguments(run, query, arguments);
        return run.look(query, () -> {
            Object key = source.path().apply(typed).firstKey();
            return new From(
                    source.index().name(),
                    key != null && source.index().schema().current() instanceof MapSchema<?, ?> map
                            ? OptionalInt.of(Slots.of(IndexKeys.text(map.key(), key)))
                            : OptionalInt.empty());
        });
    }

    /** Arguments as JSON has them, as {@link #answer} takes them. */
    static Map<?, ?> arguments(Object plain) {
        return plain instanceof Map<?, ?> record ? record : Map.of(ARGUMENT, plain);
    }

    private static <A, R> @Nullable Object ask(QueryRun run, Query<A, R> query, Map<?, ?> arguments) {
        return run.answer(
                query,
                arguments(run, query, arguments),
                result -> result == null ? null : query.result().plain(result));
    }

    /** Arguments of a question that is over when they do not fit. */
    private static <A> A arguments(QueryRun run, Query<A, ?> query, Map<?, ?> arguments) {
        try {
            return typed(query.arguments(), arguments);
        } catch (SchemaException e) {
            run.abandon();
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "arguments of query " + query.name() + ": " + e.getMessage(), e);
        } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError e) {
            run.abandon();
            throw new ThalwegException(
                    ErrorCode.VIEW_FAILED, "arguments of query " + query.name() + " cannot be made: " + e, e);
        }
    }

    private static <A> A typed(Schema<A> schema, Map<?, ?> arguments) {
        if (!(schema.current() instanceof RecordSchema<?> record)) {
            if (arguments.size() != 1 || arguments.get(ARGUMENT) == null) {
                throw new SchemaException("{\"" + ARGUMENT + "\": …} with " + schema.describe() + " was expected");
            }
            return schema.typed(arguments.get(ARGUMENT));
        }
        for (Object field : arguments.keySet()) {
            if (record.fieldAt(String.valueOf(field)) < 0) {
                throw new SchemaException("there is no field " + field + "; there are "
                        + record.fields().stream().map(RecordField::jsonName).toList());
            }
        }
        return schema.typed(arguments);
    }
}
