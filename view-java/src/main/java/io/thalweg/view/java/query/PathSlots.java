package io.thalweg.view.java.query;

import io.thalweg.index.IndexKeys;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.PathException;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.model.Slots;
import java.util.List;
import java.util.OptionalInt;

/** Where paths from outside lead: to the slot of a key, or to all of them. */
public final class PathSlots {
    private PathSlots() {}

    /**
     * The slot that a path in JSON's form leads to, as its first navigator says by a key; empty where it goes to all keys.
     *
     * @throws PathException for one that does neither
     */
    public static OptionalInt slot(OpenIndex<?> index, List<?> path) {
        Object first = path.isEmpty() ? null : path.getFirst();
        if (!(first instanceof List<?> navigator) || navigator.isEmpty()) {
            throw new PathException(
                    "a path is a list of navigators, such as [\"key\",\"alice\"]; this one begins with " + first);
        }
        return switch (String.valueOf(navigator.getFirst())) {
            case "key", "must", "map_key" -> {
                if (!(index.declaration().schema().current() instanceof MapSchema<?, ?> map) || navigator.size() < 2) {
                    throw new PathException(
                            "index " + index.declaration().name() + " is no map, or the key is missing");
                }
                yield OptionalInt.of(Slots.of(IndexKeys.text(map.key(), navigator.get(1))));
            }
            case "all", "map_keys", "map_vals" -> OptionalInt.empty();
            default ->
                throw new PathException("a path begins with " + navigator.getFirst()
                        + ", but an index is spread by its keys: it begins with key, must or map_key, or with all,"
                        + " map_keys or map_vals for all of them");
        };
    }
}
