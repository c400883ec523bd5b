package io.thalweg.index.path;

import io.thalweg.index.schema.Getter;
import io.thalweg.index.tree.Bounds;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Navigators for maps, their entries, and records. */
public final class Maps {
    private Maps() {}

    /** The value of a key, null where there is none. */
    public static <K, V> Path<Map<K, V>, V> key(K key) {
        return Path.of(new Nav.Key(key));
    }

    /** The value of a key that is there. */
    public static <K, V> Path<Map<K, V>, V> must(K key) {
        return Path.of(new Nav.Must(key));
    }

    /** A key itself, if it is there; writing renames it. */
    public static <K, V> Path<Map<K, V>, K> mapKey(K key) {
        return Path.of(new Nav.MapKey(key));
    }

    /** Every key; writing renames. */
    public static <K, V> Path<Map<K, V>, K> keys() {
        return Path.of(new Nav.MapKeys());
    }

    /** Every value. */
    public static <K, V> Path<Map<K, V>, V> values() {
        return Path.of(new Nav.MapVals());
    }

    /** Every entry; in JSON {@code all}. */
    public static <K, V> Path<Map<K, V>, Map.Entry<K, V>> entries() {
        return Path.of(new Nav.All());
    }

    /** How many entries there are. */
    public static <K, V> Path<Map<K, V>, Long> mapSize() {
        return Path.of(new Nav.Size());
    }

    /** An entry's key; writing renames it. */
    public static <K, V> Path<Map.Entry<K, V>, K> entryKey() {
        return Path.of(new Nav.Nth(0));
    }

    /** An entry's value. */
    public static <K, V> Path<Map.Entry<K, V>, V> entryValue() {
        return Path.of(new Nav.Nth(1));
    }

    /** Those of some keys that are there, with their values, as one map. */
    @SafeVarargs
    @SuppressWarnings("varargs") // read at once
    public static <K, V> Path<Map<K, V>, Map<K, V>> subMap(K... keys) {
        return Path.of(new Nav.SubMap(List.of(keys)));
    }

    /** The map from {@code start} to before {@code end}. */
    public static <K, V> Path<Map<K, V>, Map<K, V>> range(K start, K end) {
        return range(start, true, end, false);
    }

    /** The map from {@code start} to {@code end}, each with or without itself. */
    public static <K, V> Path<Map<K, V>, Map<K, V>> range(K start, boolean withStart, K end, boolean withEnd) {
        return range("sorted_map_range", new Bounds(start, withStart, end, withEnd, Long.MAX_VALUE, false));
    }

    /** At most {@code max} entries from {@code start} on. */
    public static <K, V> Path<Map<K, V>, Map<K, V>> rangeFrom(K start, long max) {
        return range("sorted_map_range_from", new Bounds(start, true, null, true, max, false));
    }

    /** All from {@code start} on. */
    public static <K, V> Path<Map<K, V>, Map<K, V>> rangeFrom(K start) {
        return rangeFrom(start, Long.MAX_VALUE);
    }

    /** The first {@code max} entries. */
    public static <K, V> Path<Map<K, V>, Map<K, V>> rangeFromStart(long max) {
        return range("sorted_map_range_from_start", new Bounds(null, true, null, true, max, false));
    }

    /** The last {@code max} entries before {@code end}. */
    public static <K, V> Path<Map<K, V>, Map<K, V>> rangeTo(K end, long max) {
        return range("sorted_map_range_to", new Bounds(null, true, end, false, max, true));
    }

    /** All before {@code end}. */
    public static <K, V> Path<Map<K, V>, Map<K, V>> rangeTo(K end) {
        return rangeTo(end, Long.MAX_VALUE);
    }

    /** The last {@code max} entries. */
    public static <K, V> Path<Map<K, V>, Map<K, V>> rangeToEnd(long max) {
        return range("sorted_map_range_to_end", new Bounds(null, true, null, true, max, true));
    }

    private static <K, V> Path<Map<K, V>, Map<K, V>> range(String name, Bounds bounds) {
        return Path.of(new Nav.Range(name, bounds));
    }

    /** A field of a record, by its accessor: {@code field(Profile::name)}. */
    public static <R, F extends @Nullable Object> Path<R, F> field(Getter<R, F> getter) {
        return Path.of(new Nav.Field(Getter.nameOf(getter)));
    }
}
