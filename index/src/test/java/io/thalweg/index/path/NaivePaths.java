package io.thalweg.index.path;

import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SetSchema;
import io.thalweg.index.tree.Bounds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What paths find, on whole values and without places, cells or overlays; {@link NaiveWrites} is what they change. Null is nothing. As
 * slow and as plain as can be.
 */
final class NaivePaths {
    /** What stands at the end of a navigator, as a reader sees it. */
    private interface See {
        void at(Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected);
    }

    static final Schema<Long> LONG = Schema.of(Long.class);

    /** A function of a view that knows what it gives. */
    interface Typed extends Function<@Nullable Object, @Nullable Object> {
        Schema<?> result();
    }

    /** A key with its value, which may have gone by itself. The number of elements is that of a list, and -1 of a map. */
    record Pair(
            Schema<?> keySchema,
            Schema<?> valueSchema,
            Object key,
            @Nullable Object value,
            boolean gone,
            long size) {
        static Pair of(MapSchema<?, ?> map, Object key, @Nullable Object value) {
            return new Pair(map.key(), map.value(), key, value, false, -1);
        }

        static Pair of(ListSchema<?> list, int index, List<Object> all) {
            return new Pair(LONG, list.element(), (long) index, all.get(index), false, all.size());
        }

        /** The key as a path sees it: without its element an index is none. */
        @Nullable
        Object keySeen() {
            return gone || (size >= 0 && value == null) ? null : key;
        }
    }

    /** As it is when it stands nowhere, where an index may be any. */
    static @Nullable Object copy(@Nullable Object value) {
        return value instanceof Pair pair
                ? new Pair(pair.keySchema, pair.valueSchema, pair.key, pair.value, pair.gone, -1)
                : value;
    }

    /** As functions and readers see it. */
    static @Nullable Object shown(@Nullable Object value) {
        return value instanceof Pair pair ? pair.value == null ? null : Map.entry(pair.key, pair.value) : value;
    }

    /** Which part of a pair a navigator goes to, 0 or 1; -1 if it is not about parts. */
    static int part(Nav nav) {
        return switch (nav) {
            case Nav.First _ -> 0;
            case Nav.Last _ -> 1;
            case Nav.Nth nth -> (int) nth.index();
            default -> -1;
        };
    }

    private NaivePaths() {}

    /** Everything that a path finds, each behind what was collected. */
    static List<List<@Nullable Object>> select(List<Nav> path, Schema<?> schema, @Nullable Object value) {
        return select(path, schema, value, List.of());
    }

    private static List<List<@Nullable Object>> select(
            List<Nav> path, Schema<?> schema, @Nullable Object value, List<@Nullable Object> before) {
        List<List<@Nullable Object>> found = new ArrayList<>();
        see(path, schema, value, before, (_, end, collected) -> {
            List<@Nullable Object> row = new ArrayList<>(collected);
            row.add(shown(end));
            found.add(row);
        });
        return found;
    }

    static Map<Object, Object> map(MapSchema<?, ?> schema, @Nullable Object value) {
        Map<Object, Object> map = new TreeMap<>(schema.key().order());
        if (value != null) {
            map.putAll((Map<?, ?>) value);
        }
        return map;
    }

    static Set<Object> set(SetSchema<?> schema, @Nullable Object value) {
        Set<Object> set = new TreeSet<>(schema.element().order());
        if (value != null) {
            set.addAll((Collection<?>) value);
        }
        return set;
    }

    static List<Object> list(@Nullable Object value) {
        return value == null ? new ArrayList<>() : new ArrayList<>((Collection<?>) value);
    }

    private static <E> List<E> within(Collection<E> sorted, Bounds bounds, Comparator<Object> order, Schema<?> schema) {
        List<E> some = new ArrayList<>();
        for (E key : sorted) {
            int low = bounds.from() == null ? 1 : order.compare(key, schema.coerce(bounds.from()));
            int high = bounds.to() == null ? -1 : order.compare(key, schema.coerce(bounds.to()));
            if ((low > 0 || (low == 0 && bounds.withFrom())) && (high < 0 || (high == 0 && bounds.withTo()))) {
                some.add(key);
            }
        }
        int max = (int) Math.min(some.size(), bounds.max());
        return bounds.last() ? some.subList(some.size() - max, some.size()) : some.subList(0, max);
    }

    /** The keys that a navigator for a part of a map or set is about. */
    static List<Object> partOf(Nav nav, Collection<Object> sorted, Schema<?> key) {
        return switch (nav) {
            case Nav.Range range -> within(sorted, range.bounds(), key.order(), key);
            case Nav.SubMap some ->
                sorted.stream().filter(each -> some.keys().contains(each)).toList();
            case Nav.Subset some ->
                sorted.stream().filter(each -> some.elements().contains(each)).toList();
            default -> throw new AssertionError(nav);
        };
    }

    static int[] span(Nav nav, List<?> list) {
        if (nav instanceof Nav.Sublist part) {
            int from = Math.clamp(part.from(), 0, list.size());
            return new int[] {from, Math.clamp(part.to(), from, list.size())};
        }
        if (nav instanceof Nav.SublistDynamic part) {
            long from = part.from().applyAsLong(list);
            return span(new Nav.Sublist(from, part.to().applyAsLong(list, from)), list);
        }
        return nav instanceof Nav.Beginning ? new int[] {0, 0} : new int[] {list.size(), list.size()};
    }

    static boolean fits(Nav.Compare compare, Schema<?> schema, @Nullable Object value) {
        if (value == null) {
            return compare.name().equals("filter_not_equal");
        }
        Object with = schema.coerce(compare.with());
        return compare.fits().test(schema.keyable() ? schema.order().compare(value, with) : value.equals(with) ? 0 : 1);
    }

    /** The first that was found: whoever asks whether there is one goes no further. */
    private static final class First extends RuntimeException {
        First() {
            super(null, null, false, false);
        }
    }

    static boolean finds(List<Nav> path, Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected) {
        try {
            see(path, schema, value, collected, (_, _, _) -> {
                throw new First();
            });
            return false;
        } catch (First e) {
            return true;
        }
    }

    /** What a path finds, without what was collected for it. */
    static List<@Nullable Object> values(
            List<Nav> path, Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected) {
        List<@Nullable Object> values = new ArrayList<>();
        select(path, schema, value, collected).forEach(row -> values.add(row.getLast()));
        return values;
    }

    static @Nullable Object one(
            List<Nav> path, Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected) {
        List<@Nullable Object> values = values(path, schema, value, collected);
        if (values.size() != 1) {
            throw new IllegalArgumentException("not one but " + values);
        }
        return values.getFirst();
    }

    /** From where to where the elements fit. */
    static List<int[]> runs(Nav.ContinuousSubseqs runs, List<Object> all) {
        List<int[]> found = new ArrayList<>();
        int from = -1;
        for (int i = 0; i <= all.size(); i++) {
            boolean fits = i < all.size() && runs.fits().test(all.get(i));
            if (fits && from < 0) {
                from = i;
            } else if (!fits && from >= 0) {
                found.add(new int[] {from, i});
                from = -1;
            }
        }
        return found;
    }

    static Object empty(Nav.NullToEmpty nav, Schema<?> schema) {
        return nav.name().equals("null_to_set") ? set((SetSchema<?>) schema.current(), null) : List.of();
    }

    static List<Object> found(
            List<Nav> path, Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected) {
        List<Object> found = new ArrayList<>();
        for (List<@Nullable Object> row : select(path, schema, value, collected)) {
            if (row.getLast() != null) {
                found.add(row.getLast());
            }
        }
        return found;
    }

    static List<@Nullable Object> more(List<@Nullable Object> collected, @Nullable Object value) {
        List<@Nullable Object> all = new ArrayList<>(collected);
        all.add(value);
        return all;
    }

    private static void see(
            List<Nav> path, Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected, See end) {
        if (path.isEmpty()) {
            end.at(schema, value, collected);
            return;
        }
        Nav nav = path.getFirst();
        List<Nav> rest = path.subList(1, path.size());
        See next = (to, part, now) -> see(rest, to, part, now, end);
        Schema<?> now = schema.current();
        if (value instanceof Pair pair && part(nav) >= 0) {
            next.at(
                    part(nav) == 0 ? pair.keySchema : pair.valueSchema,
                    part(nav) == 0 ? pair.keySeen() : pair.gone ? null : pair.value,
                    collected);
            return;
        }
        switch (nav) {
            case Nav.Key key
            when now instanceof MapSchema<?, ?> map ->
                next.at(map.value(), map(map, value).get(key.key()), collected);
            case Nav.Must must
            when now instanceof MapSchema<?, ?> map -> {
                if (map(map, value).containsKey(must.key())) {
                    next.at(map.value(), map(map, value).get(must.key()), collected);
                }
            }
            case Nav.MapKey key
            when now instanceof MapSchema<?, ?> map -> {
                if (map(map, value).containsKey(key.key())) {
                    next.at(map.key(), key.key(), collected);
                }
            }
            case Nav.MapKeys _
            when now instanceof MapSchema<?, ?> map ->
                map(map, value).keySet().forEach(key -> next.at(map.key(), key, collected));
            case Nav.MapVals _
            when now instanceof MapSchema<?, ?> map ->
                map(map, value).values().forEach(each -> next.at(map.value(), each, collected));
            case Nav.All _
            when now instanceof MapSchema<?, ?> map ->
                map(map, value).forEach((key, each) -> next.at(map.value(), Pair.of(map, key, each), collected));
            case Nav.All _
            when now instanceof SetSchema<?> set ->
                set(set, value).forEach(each -> next.at(set.element(), each, collected));
            case Nav.All _
            when now instanceof ListSchema<?> list ->
                list(value).forEach(each -> next.at(list.element(), each, collected));
            case Nav.SubMap _, Nav.Subset _, Nav.Range _
            when now instanceof MapSchema<?, ?> map -> {
                Map<Object, Object> part = new LinkedHashMap<>();
                partOf(nav, map(map, value).keySet(), map.key())
                        .forEach(key -> part.put(key, map(map, value).get(key)));
                next.at(map, part, collected);
            }
            case Nav.SubMap _, Nav.Subset _, Nav.Range _
            when now instanceof SetSchema<?> set ->
                next.at(set, new LinkedHashSet<>(partOf(nav, set(set, value), set.element())), collected);
            case Nav.Size _ ->
                next.at(
                        LONG,
                        value instanceof Map<?, ?> map
                                ? (long) map.size()
                                : value == null ? 0L : ((Collection<?>) value).size(),
                        collected);
            case Nav.Field field
            when now instanceof RecordSchema<?> record -> {
                int at = record.fieldAt(field.field());
                next.at(record.fields().get(at).schema(), value == null ? null : record.parts(value)[at], collected);
            }
            case Nav.Nth nth
            when now instanceof ListSchema<?> list -> {
                boolean there = nth.index() >= 0 && nth.index() < list(value).size();
                next.at(list.element(), there ? list(value).get((int) nth.index()) : null, collected);
            }
            case Nav.First _
            when now instanceof ListSchema<?> list -> {
                if (!list(value).isEmpty()) {
                    next.at(list.element(), list(value).getFirst(), collected);
                }
            }
            case Nav.Last _
            when now instanceof ListSchema<?> list -> {
                if (!list(value).isEmpty()) {
                    next.at(list.element(), list(value).getLast(), collected);
                }
            }
            case Nav.Index index -> {
                if (index.index() >= 0 && index.index() < list(value).size()) {
                    next.at(LONG, index.index(), collected);
                }
            }
            case Nav.IndexedVals _
            when now instanceof ListSchema<?> list -> {
                for (int i = 0; i < list(value).size(); i++) {
                    next.at(list.element(), Pair.of(list, i, list(value)), collected);
                }
            }
            case Nav.Sublist _, Nav.SublistDynamic _, Nav.Beginning _, Nav.End _ -> {
                int[] span = span(nav, list(value));
                next.at(schema, List.copyOf(list(value).subList(span[0], span[1])), collected);
            }
            case Nav.SetElem elem
            when now instanceof SetSchema<?> set -> {
                if (set(set, value).contains(elem.element())) {
                    next.at(set.element(), elem.element(), collected);
                }
            }
            case Nav.Compare compare -> {
                if (fits(compare, schema, value)) {
                    next.at(schema, value, collected);
                }
            }
            case Nav.FilterSelected filter -> {
                if (finds(filter.path(), schema, value, collected) == filter.found()) {
                    next.at(schema, value, collected);
                }
            }
            case Nav.NullToVal standIn -> next.at(schema, value == null ? standIn.value() : value, collected);
            case Nav.Stay _ -> next.at(schema, value, collected);
            case Nav.Stop _ -> {}
            case Nav.CondPath cond ->
                cond.branches().stream()
                        .filter(branch -> finds(branch.condition(), schema, value, collected))
                        .findFirst()
                        .ifPresent(branch -> see(branch.then(), schema, value, collected, next));
            case Nav.MultiPath multi -> multi.paths().forEach(each -> see(each, schema, value, collected, next));
            case Nav.Subselect sub -> {
                List<Schema<?>> of = new ArrayList<>();
                see(sub.path(), schema, value, collected, (to, _, _) -> of.add(to));
                Schema<?> element = of.isEmpty() ? Ends.of(sub.path(), schema) : of.getFirst();
                next.at(listOf(element), found(sub.path(), schema, value, collected), collected);
            }
            case Nav.ContinueThenStay sub -> {
                see(sub.path(), schema, value, collected, next);
                next.at(schema, value, collected);
            }
            case Nav.Collect sub ->
                next.at(schema, value, more(collected, values(sub.path(), schema, value, collected)));
            case Nav.CollectOne sub ->
                next.at(schema, value, more(collected, one(sub.path(), schema, value, collected)));
            case Nav.PutCollected put -> next.at(schema, value, more(collected, put.value()));
            case Nav.Val _ -> next.at(schema, value, more(collected, shown(value)));
            case Nav.DispenseCollected _ -> next.at(schema, value, List.of());
            case Nav.WithFreshCollected sub ->
                see(sub.path(), schema, value, List.of(), (to, part, _) -> next.at(to, part, collected));
            case Nav.IsCollected test -> {
                if (test.fits().test(collected)) {
                    next.at(schema, value, collected);
                }
            }
            case Nav.Filter filter -> {
                if (filter.fits().test(shown(value))) {
                    next.at(schema, value, collected);
                }
            }
            case Nav.NullToEmpty nothing -> next.at(schema, value == null ? empty(nothing, schema) : value, collected);
            case Nav.View view ->
                next.at(((Typed) view.function()).result(), view.function().apply(shown(value)), collected);
            case Nav.Transformed transformed ->
                next.at(schema, NaiveWrites.write(transformed.write(), schema, copy(value)), collected);
            case Nav.Custom custom -> custom.navigator().select(value, each -> next.at(custom.to(), each, collected));
            case Nav.ContinuousSubseqs runs ->
                runs(runs, list(value))
                        .forEach(run -> next.at(schema, List.copyOf(list(value).subList(run[0], run[1])), collected));
            default -> throw new AssertionError("the model knows no " + nav + " on " + schema);
        }
    }

    static <E> Schema<List<E>> listOf(Schema<E> schema) {
        return Schema.list(schema);
    }
}
