package io.thalweg.index.path;

import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.tree.Place;
import io.thalweg.index.tree.Shape;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a function made of a value. Its schema is seen by what it is. Writing it writes the place that the function looked at. */
final class ResultPlace extends Place {
    private final @Nullable Object result;
    private final Place origin;

    ResultPlace(@Nullable Object result, Place origin) {
        super(result == null ? origin.shape() : Shape.whole(schemaOf(result)));
        this.result = result;
        this.origin = origin;
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
    }

    @Override
    protected void put(Object value) {
        origin.set(value);
    }

    @Override
    public void remove() {
        origin.remove();
    }
}
