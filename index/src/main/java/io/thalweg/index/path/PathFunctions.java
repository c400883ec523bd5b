package io.thalweg.index.path;

import io.thalweg.index.schema.CollectionSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The functions that {@code view} knows by name, since JSON cannot carry others. */
final class PathFunctions {
    static final List<String> NAMES = List.of("size", "is_null", "keys");

    private static final Schema<Boolean> BOOLEAN = Schema.of(Boolean.class);

    private PathFunctions() {}

    /** A function, and what it gives. */
    record View(Nav nav, Schema<?> result) {}

    /** The function of a name on values of a schema, if there is such. */
    static Optional<View> view(String name, Schema<?> on) {
        return switch (name) {
            case "is_null" -> Optional.of(new View(new Nav.View(value -> value == null, BOOLEAN), BOOLEAN));
            case "size" ->
                on.current() instanceof CollectionSchema<?>
                        ? Optional.of(new View(new Nav.Size(), Schema.of(Long.class)))
                        : Optional.empty();
            case "keys" ->
                on.current() instanceof MapSchema<?, ?> map
                        ? Optional.of(keys(Schema.list(map.key())))
                        : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static View keys(Schema<?> result) {
        return new View(
                new Nav.View(
                        value -> value == null ? List.of() : new ArrayList<>(((Map<?, ?>) value).keySet()), result),
                result);
    }
}
