package io.thalweg.model.change;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One change of a document. Its path leads from the root to what changes: a {@code String} into a map, an {@code Integer} into a list.
 * Immutable; values are shared and not to be changed.
 */
public sealed interface Change {
    /** Where it changes. */
    List<Object> path();

    /** Something stands there now, in the place of what stood there, if anything did. */
    record Set(List<Object> path, @Nullable Object value) implements Change {
        public Set {
            path = List.copyOf(path);
        }
    }

    /** Something is there now; what stood there and behind stands one further on. */
    record Insert(List<Object> path, @Nullable Object value) implements Change {
        public Insert {
            path = List.copyOf(path);
        }
    }

    /** What stood there is gone; in a list what stood behind is one nearer. */
    record Remove(List<Object> path) implements Change {
        public Remove {
            path = List.copyOf(path);
        }
    }

    /**
     * Makes this change in a document whose maps and lists can be changed.
     *
     * @return the document, another one only where the path is empty
     * @throws IllegalArgumentException when there is no such place: the copy is not what the change was made for
     */
    default @Nullable Object apply(@Nullable Object document) {
        if (path().isEmpty()) {
            if (this instanceof Set set) {
                return copy(set.value());
            }
            throw new IllegalArgumentException("the whole document is neither inserted nor removed");
        }
        Object place = document;
        for (Object step : path().subList(0, path().size() - 1)) {
            place = child(place, step);
        }
        Object last = path().get(path().size() - 1);
        if (place instanceof Map<?, ?> && last instanceof String key) {
            change(map(place), key);
        } else if (place instanceof List<?> && last instanceof Integer index) {
            change(list(place), index);
        } else {
            throw nowhere();
        }
        return document;
    }

    private void change(Map<String, @Nullable Object> map, String key) {
        if (this instanceof Set set) {
            map.put(key, copy(set.value()));
        } else if (this instanceof Remove && map.containsKey(key)) {
            map.remove(key);
        } else {
            throw nowhere();
        }
    }

    private void change(List<@Nullable Object> list, int index) {
        if (index < 0 || index >= list.size() + (this instanceof Insert ? 1 : 0)) {
            throw nowhere();
        }
        if (this instanceof Insert insert) {
            list.add(index, copy(insert.value()));
        } else if (this instanceof Set set) {
            list.set(index, copy(set.value()));
        } else {
            list.remove(index);
        }
    }

    private @Nullable Object child(@Nullable Object place, Object step) {
        if (place instanceof Map<?, ?> map && map.containsKey(step)) {
            return map.get(step);
        }
        if (place instanceof List<?> list && step instanceof Integer index && index >= 0 && index < list.size()) {
            return list.get(index);
        }
        throw nowhere();
    }

    private IllegalArgumentException nowhere() {
        return new IllegalArgumentException("nothing stands at " + path() + " that could become different so");
    }

    /** A copy of a document whose maps and lists can be changed. */
    static @Nullable Object copy(@Nullable Object document) {
        if (document instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((key, value) -> copy.put(String.valueOf(key), copy(value)));
            return copy;
        }
        if (document instanceof List<?> list) {
            List<@Nullable Object> copy = new ArrayList<>();
            list.forEach(value -> copy.add(copy(value)));
            return copy;
        }
        return document;
    }

    @SuppressWarnings("unchecked") // documents have names for keys
    private static Map<String, @Nullable Object> map(Object place) {
        return (Map<String, @Nullable Object>) place;
    }

    @SuppressWarnings("unchecked") // elements of a document may be anything
    private static List<@Nullable Object> list(Object place) {
        return (List<@Nullable Object>) place;
    }
}
