package io.thalweg.index.path;

import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.tree.Place;
import io.thalweg.index.tree.Shape;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a function made of a value. Its schema is that of the place that the function looked at where it fits it, and otherwise seen by
 * what it is; nobody knows what null would have been. Writing it writes that place.
 */
final class ResultPlace extends Place {
    private @Nullable Object result;
    private final Place origin;
    private final boolean known;

    ResultPlace(@Nullable Object result, Place origin) {
        this(result, origin, null);
    }

    /** @param schema of the result, if that is known */
    ResultPlace(@Nullable Object result, Place origin, @Nullable Schema<?> schema) {
        super(
                schema != null
                        ? Shape.whole(schema)
                        : result == null || fits(result, origin.schema())
                                ? origin.shape()
                                : Shape.whole(schemaOf(result)));
        this.result = result;
        this.origin = origin;
        this.known = schema != null
                || (!(origin instanceof ResultPlace from && from.isUnknown())
                        && result != null
                        && fits(result, origin.schema()));
    }

    /** An empty list does not tell of what it is one. */
    private static boolean fits(Object result, Schema<?> schema) {
        if (!(result instanceof Collection<?> || result instanceof Map<?, ?>)) {
            return false;
        }
        try {
            return schema.coerce(result).equals(result);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether it is null or empty, of whatever the path goes on with: nothing tells what would be in it. */
    boolean isUnknown() {
        return !known
                && (result == null
                        || (result instanceof Collection<?> some && some.isEmpty())
                        || (result instanceof Map<?, ?> map && map.isEmpty()));
    }

    static Schema<?> schemaOf(Object value) {
        return switch (value) {
            case Map<?, ?> map ->
                map.isEmpty()
                        ? Schema.map(String.class, String.class)
                        : Schema.map(
                                schemaOf(map.keySet().iterator().next()),
                                schemaOf(map.values().iterator().next()));
            case Set<?> set -> Schema.set(first(set));
            case Collection<?> list -> Schema.list(first(list));
            default -> {
                try {
                    Class<?> type = value instanceof Enum<?> one ? one.getDeclaringClass() : value.getClass();
                    yield Schema.of(type);
                } catch (SchemaException e) {
                    throw new PathException(
                            "view: the function gave a " + value.getClass().getSimpleName()
                                    + ", which no index can hold",
                            e);
                }
            }
        };
    }

    private static Schema<?> first(Collection<?> elements) {
        return elements.isEmpty()
                ? Schema.of(String.class)
                : schemaOf(elements.iterator().next());
    }

    @Override
    public @Nullable Object value() {
        return result;
    }

    @Override
    public void set(Object any) {
        origin.set(any);
        result = origin instanceof EntryPlace ? any : origin.schema().coerce(any);
    }

    @Override
    protected void put(Object value) {
        set(value);
    }

    @Override
    public void remove() {
        origin.remove();
        result = null;
    }
}
