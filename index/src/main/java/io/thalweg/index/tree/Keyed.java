package io.thalweg.index.tree;

import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.schema.SetSchema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A map or a set from within; a set is a map whose elements stand at themselves. Keys are of the schema. */
public abstract class Keyed {
    /** Most elements of a stored collection that are read as one value. */
    public static final int MAX_WHOLE = 10_000;

    private final Shape shape;
    private @Nullable Shape keyShape;

    Keyed(Shape shape) {
        this.shape = shape;
    }

    /** Sees one element; false ends the walk. */
    public interface Visitor {
        boolean at(Object key, Place value);
    }

    public final Shape shape() {
        return shape;
    }

    public final boolean isMap() {
        return shape.schema() instanceof MapSchema<?, ?>;
    }

    /** The schema of the keys, or of a set's elements. */
    public final Schema<?> keySchema() {
        return switch (shape.schema()) {
            case MapSchema<?, ?> map -> map.key();
            case SetSchema<?> set -> set.element();
            default -> throw new IllegalStateException(shape.schema().describe() + " has no keys");
        };
    }

    /** What a key is, standing alone; made once for all that somebody walks over. */
    public final Shape keyShape() {
        Shape known = keyShape;
        if (known == null) {
            known = Shape.whole(keySchema());
            keyShape = known;
        }
        return known;
    }

    public final Comparator<Object> order() {
        return keySchema().order();
    }

    public abstract boolean has(Object key);

    /** The place of a key; for a set that of the element. */
    public abstract Place at(Object key);

    public abstract long size();

    /** Whether it counts its elements, and so has to know of each whether it is there. */
    public boolean sized() {
        return true;
    }

    /**
     * Shows elements in ascending order of their keys. What is visited must not be changed; see {@link #keys}.
     *
     * @return false if the visitor ended it
     */
    public abstract boolean each(Bounds bounds, Visitor visitor);

    /** Removes all elements, and stays. */
    abstract void clear();

    /** Writes back what was written to an inline collection; to be called by whoever opened it. */
    public void flush() {
        // Stored collections are written at once.
    }

    /** The keys as of now, for those who change what they walk over. */
    public final List<Object> keys(Bounds bounds) {
        List<Object> keys = new ArrayList<>();
        each(bounds, (key, _) -> {
            keys.add(key);
            return true;
        });
        return keys;
    }

    /** All of it as one value. */
    public final Object value() {
        Map<Object, Object> entries = new LinkedHashMap<>();
        each(Bounds.ALL, (key, place) -> {
            if (entries.size() == MAX_WHOLE) {
                throw new SchemaException("a " + shape.schema().describe() + " has more than " + MAX_WHOLE
                        + " elements and is not read whole: navigate into it with all, or take a range of it");
            }
            Object value = place.value();
            entries.put(key, value == null ? key : value);
            return true;
        });
        return isMap()
                ? Collections.unmodifiableMap(entries)
                : Collections.unmodifiableSet(new LinkedHashSet<>(entries.keySet()));
    }

    /** Puts {@code value}, a map or a set of the schema, in the place of all elements. */
    void replace(Object value) {
        clear();
        putAll(value);
    }

    final void putAll(Object value) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, each) -> at(key).put(each));
        } else {
            ((Collection<?>) value).forEach(each -> at(each).put(each));
        }
    }

    /** Those of its elements whose keys are within bounds, as a place with a map or set of its own. */
    public final Place range(Bounds bounds) {
        return new Window(this, bounds, null);
    }

    /** Those of its elements whose keys are named, as a place with a map or set of its own. */
    public final Place only(Set<Object> keys) {
        return new Window(this, Bounds.ALL, keys);
    }
}
