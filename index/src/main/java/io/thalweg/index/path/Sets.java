package io.thalweg.index.path;

import io.thalweg.index.tree.Bounds;
import java.util.List;
import java.util.Set;

/** Navigators for sets; {@link Lists#elements} goes to every element. */
public final class Sets {
    private Sets() {}

    /** An element, if it is there; writing another replaces it. */
    public static <E> Path<Set<E>, E> setElem(E element) {
        return Path.of(new Nav.SetElem(element));
    }

    /** The void in a set: writing adds an element. */
    public static <E> Path<Set<E>, E> addTo() {
        return Path.of(new Nav.VoidSetElem());
    }

    /** Those of some elements that are there, as one set. */
    @SafeVarargs
    @SuppressWarnings("varargs") // read at once
    public static <E> Path<Set<E>, Set<E>> subset(E... elements) {
        return Path.of(new Nav.Subset(List.of(elements)));
    }

    /** The set from {@code start} to before {@code end}. */
    public static <E> Path<Set<E>, Set<E>> setRange(E start, E end) {
        return setRange(start, true, end, false);
    }

    /** The set from {@code start} to {@code end}, each with or without itself. */
    public static <E> Path<Set<E>, Set<E>> setRange(E start, boolean withStart, E end, boolean withEnd) {
        return range("sorted_set_range", new Bounds(start, withStart, end, withEnd, Long.MAX_VALUE, false));
    }

    /** At most {@code max} elements from {@code start} on. */
    public static <E> Path<Set<E>, Set<E>> setRangeFrom(E start, long max) {
        return range("sorted_set_range_from", new Bounds(start, true, null, true, max, false));
    }

    /** The first {@code max} elements. */
    public static <E> Path<Set<E>, Set<E>> setRangeFromStart(long max) {
        return range("sorted_set_range_from_start", new Bounds(null, true, null, true, max, false));
    }

    /** The last {@code max} elements before {@code end}. */
    public static <E> Path<Set<E>, Set<E>> setRangeTo(E end, long max) {
        return range("sorted_set_range_to", new Bounds(null, true, end, false, max, true));
    }

    /** The last {@code max} elements. */
    public static <E> Path<Set<E>, Set<E>> setRangeToEnd(long max) {
        return range("sorted_set_range_to_end", new Bounds(null, true, null, true, max, true));
    }

    private static <E> Path<Set<E>, Set<E>> range(String name, Bounds bounds) {
        return Path.of(new Nav.Range(name, bounds));
    }
}
