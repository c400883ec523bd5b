package io.thalweg.index.path;

import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongBiFunction;
import java.util.function.ToLongFunction;

/** Navigators for lists. */
public final class Lists {
    private Lists() {}

    /** Every element of a list or a set; in JSON {@code all}. */
    public static <C extends Collection<E>, E> Path<C, E> elements() {
        return Path.of(new Nav.All());
    }

    /** How many elements a list or a set has. */
    public static <C extends Collection<?>> Path<C, Long> size() {
        return Path.of(new Nav.Size());
    }

    /** The element at an index; null where there is none, which is not written. */
    public static <E> Path<List<E>, E> nth(long index) {
        return Path.of(new Nav.Nth(index));
    }

    /** The first element, if there is one. */
    public static <E> Path<List<E>, E> first() {
        return Path.of(new Nav.First());
    }

    /** The last element, if there is one. */
    public static <E> Path<List<E>, E> last() {
        return Path.of(new Nav.Last());
    }

    /** An index itself, if there is an element; writing another moves the element there. */
    public static <E> Path<List<E>, Long> index(long index) {
        return Path.of(new Nav.Index(index));
    }

    /** Every element with its index. */
    public static <E> Path<List<E>, java.util.Map.Entry<Long, E>> indexed() {
        return Path.of(new Nav.IndexedVals());
    }

    /** The elements from {@code from} to before {@code to}, of those that there are, as one list; writing puts others in their place. */
    public static <E> Path<List<E>, List<E>> sublist(long from, long to) {
        return Path.of(new Nav.Sublist(from, to));
    }

    /** The same with bounds that follow from the list; the second also gets the first. */
    @SuppressWarnings("unchecked") // the list is of this path's type
    public static <E> Path<List<E>, List<E>> sublist(ToLongFunction<List<E>> from, ToLongBiFunction<List<E>, Long> to) {
        return Path.of(new Nav.SublistDynamic(
                list -> from.applyAsLong((List<E>) list), (list, start) -> to.applyAsLong((List<E>) list, start)));
    }

    /** The elements from which {@code path} finds something, as one list; writing puts them back at their places. */
    public static <E> Path<List<E>, List<E>> filtered(Path<E, ?> path) {
        return Path.of(new Nav.Subselect(List.of(new Nav.All(), new Nav.FilterSelected(path.navs(), true))));
    }

    /** Every run of neighbours that fit, as a list. */
    @SuppressWarnings("unchecked") // elements are of this path's type
    public static <E> Path<List<E>, List<E>> runs(Predicate<E> fits) {
        return Path.of(new Nav.ContinuousSubseqs(element -> fits.test((E) element)));
    }

    /** The empty part at the start: writing a list inserts it. */
    public static <E> Path<List<E>, List<E>> beginning() {
        return Path.of(new Nav.Beginning());
    }

    /** The empty part at the end: writing a list appends it. */
    public static <E> Path<List<E>, List<E>> end() {
        return Path.of(new Nav.End());
    }

    /** The void before the first element: writing inserts one. */
    public static <E> Path<List<E>, E> beforeElem() {
        return Path.of(new Nav.BeforeElem());
    }

    /** The void behind the last element: writing appends one. */
    public static <E> Path<List<E>, E> afterElem() {
        return Path.of(new Nav.AfterElem());
    }

    /** The void before an index: writing inserts one. */
    public static <E> Path<List<E>, E> beforeIndex(long index) {
        return Path.of(new Nav.BeforeIndex(index));
    }
}
