package io.thalweg.index.path;

import io.thalweg.index.schema.Schema;
import io.thalweg.index.tree.Bounds;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongBiFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** One element of a path. What each means is said where it is made, in {@link Maps}, {@link Lists}, {@link Sets} and their like. */
public sealed interface Nav {
    /** As JSON and errors have it. */
    default String name() {
        return getClass().getSimpleName().replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    record Key(Object key) implements Nav {}

    record Must(Object key) implements Nav {}

    record MapKey(Object key) implements Nav {}

    record MapKeys() implements Nav {}

    record MapVals() implements Nav {}

    /** Every entry of a map, every element of a list or set. */
    record All() implements Nav {}

    record SubMap(List<?> keys) implements Nav {}

    record Subset(List<?> elements) implements Nav {}

    /** A range of a map or set, called by what JSON calls it. */
    record Range(String name, Bounds bounds) implements Nav {}

    /** How many elements a collection has, without reading them. */
    record Size() implements Nav {
        @Override
        public String name() {
            return "view size";
        }
    }

    record Field(String field) implements Nav {}

    record Nth(long index) implements Nav {}

    record First() implements Nav {}

    record Last() implements Nav {}

    record Index(long index) implements Nav {}

    record IndexedVals() implements Nav {}

    record Sublist(long from, long to) implements Nav {}

    record SublistDynamic(ToLongFunction<List<?>> from, ToLongBiFunction<List<?>, Long> to) implements Nav {}

    /** Every run of elements that fit. */
    record ContinuousSubseqs(Predicate<Object> fits) implements Nav {}

    record Beginning() implements Nav {}

    record End() implements Nav {}

    record BeforeElem() implements Nav {}

    record AfterElem() implements Nav {}

    record BeforeIndex(long index) implements Nav {}

    record SetElem(Object element) implements Nav {}

    record VoidSetElem() implements Nav {}

    /** Stays where the value fits; null never does, unless the predicate is asked for it. */
    record Filter(String name, Predicate<@Nullable Object> fits) implements Nav {}

    /** Compares with a value in the order of their type. */
    record Compare(String name, Object with, Predicate<Integer> fits) implements Nav {}

    record FilterSelected(List<Nav> path, boolean found) implements Nav {
        @Override
        public String name() {
            return found ? "filter_selected" : "filter_not_selected";
        }
    }

    record NullToVal(Object value) implements Nav {}

    /** An empty list or set where nothing is. */
    record NullToEmpty(String name) implements Nav {}

    /**
     * What a function makes of the value.
     *
     * @param result what that is, where it is known
     */
    record View(
            Function<@Nullable Object, @Nullable Object> function,
            @Nullable Schema<?> result) implements Nav {
        View(Function<@Nullable Object, @Nullable Object> function) {
            this(function, null);
        }
    }

    record Transformed(List<Nav> write) implements Nav {}

    /**
     * A navigator of somebody's own.
     *
     * @param to what it leads to
     */
    record Custom(Schema<?> to, Navigator<Object, Object> navigator) implements Nav {}

    record Stay() implements Nav {}

    record Stop() implements Nav {}

    /** The first branch whose condition finds something. */
    record CondPath(List<Branch> branches) implements Nav {}

    /** A condition and what to do where it finds something. */
    record Branch(List<Nav> condition, List<Nav> then) {}

    record MultiPath(List<List<Nav>> paths) implements Nav {}

    record Subselect(List<Nav> path) implements Nav {}

    record ContinueThenStay(List<Nav> path) implements Nav {}

    record Collect(List<Nav> path) implements Nav {}

    record CollectOne(List<Nav> path) implements Nav {}

    record PutCollected(Object value) implements Nav {}

    /** Collects the value here. */
    record Val() implements Nav {}

    record IsCollected(Predicate<List<@Nullable Object>> fits) implements Nav {}

    record DispenseCollected() implements Nav {}

    record WithFreshCollected(List<Nav> path) implements Nav {}

    record TermVal(Object value) implements Nav {}

    record TermVoid() implements Nav {}

    /** Replaces by a function of what was collected and of the value. */
    record Term(BiFunction<List<@Nullable Object>, @Nullable Object, @Nullable Object> function) implements Nav {}
}
