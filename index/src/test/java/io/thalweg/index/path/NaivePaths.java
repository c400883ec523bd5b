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
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What paths mean, on whole values and without places, cells or overlays: a navigator of a change is a function from the old value to
 * the new one that calls another for each part. Null is nothing. As slow and as plain as can be.
 */
final class NaivePaths {
    /** What stands at the end of a navigator, as a change sees it. */
    private interface Change extends BiFunction<@Nullable Object, List<@Nullable Object>, @Nullable Object> {}

    /** What stands at the end of a navigator, as a reader sees it. */
    private interface See {
        void at(Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected);
    }

    private static final Schema<Long> LONG = Schema.of(Long.class);

    private NaivePaths() {}

    /** Everything that a path finds, each behind what was collected. */
    static List<List<@Nullable Object>> select(List<Nav> path, Schema<?> schema, @Nullable Object value) {
        List<List<@Nullable Object>> found = new ArrayList<>();
        see(path, schema, value, List.of(), (_, end, collected) -> {
            List<@Nullable Object> row = new ArrayList<>(collected);
            row.add(end);
            found.add(row);
        });
        return found;
    }

    /** The value after a change. */
    static @Nullable Object write(List<Nav> path, Schema<?> schema, @Nullable Object value) {
        return change(path, schema, value, List.of(), (end, _) -> end);
    }

    private static Map<Object, Object> map(MapSchema<?, ?> schema, @Nullable Object value) {
        Map<Object, Object> map = new TreeMap<>(schema.key().order());
        if (value != null) {
            map.putAll((Map<?, ?>) value);
        }
        return map;
    }

    private static Set<Object> set(SetSchema<?> schema, @Nullable Object value) {
        Set<Object> set = new TreeSet<>(schema.element().order());
        if (value != null) {
            set.addAll((Collection<?>) value);
        }
        return set;
    }

    private static List<Object> list(@Nullable Object value) {
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
    private static List<Object> partOf(Nav nav, Collection<Object> sorted, Schema<?> key) {
        return switch (nav) {
            case Nav.Range range -> within(sorted, range.bounds(), key.order(), key);
            case Nav.SubMap some ->
                sorted.stream().filter(each -> some.keys().contains(each)).toList();
            case Nav.Subset some ->
                sorted.stream().filter(each -> some.elements().contains(each)).toList();
            default -> throw new AssertionError(nav);
        };
    }

    private static int[] span(Nav nav, List<?> list) {
        if (nav instanceof Nav.Sublist part) {
            int from = Math.clamp(part.from(), 0, list.size());
            return new int[] {from, Math.clamp(part.to(), from, list.size())};
        }
        return nav instanceof Nav.Beginning ? new int[] {0, 0} : new int[] {list.size(), list.size()};
    }

    private static boolean fits(Nav.Compare compare, Schema<?> schema, @Nullable Object value) {
        return value == null
                ? compare.name().equals("filter_not_equal")
                : compare.fits().test(schema.order().compare(value, schema.coerce(compare.with())));
    }

    private static boolean finds(List<Nav> path, Schema<?> schema, @Nullable Object value) {
        return !select(path, schema, value).isEmpty();
    }

    private static List<Object> found(List<Nav> path, Schema<?> schema, @Nullable Object value) {
        List<Object> found = new ArrayList<>();
        for (List<@Nullable Object> row : select(path, schema, value)) {
            if (row.getLast() != null) {
                found.add(row.getLast());
            }
        }
        return found;
    }

    private static List<@Nullable Object> more(List<@Nullable Object> collected, @Nullable Object value) {
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
                map(map, value).forEach((key, each) -> {
                    switch (rest.isEmpty() ? new Nav.Stay() : rest.getFirst()) {
                        case Nav.First _ -> see(rest.subList(1, rest.size()), map.key(), key, collected, end);
                        case Nav.Last _ -> see(rest.subList(1, rest.size()), map.value(), each, collected, end);
                        default -> next.at(map.value(), Map.entry(key, each), collected);
                    }
                });
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
                    next.at(list.element(), Map.entry((long) i, list(value).get(i)), collected);
                }
            }
            case Nav.Sublist _, Nav.Beginning _, Nav.End _ -> {
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
                if (finds(filter.path(), schema, value) == filter.found()) {
                    next.at(schema, value, collected);
                }
            }
            case Nav.NullToVal standIn -> next.at(schema, value == null ? standIn.value() : value, collected);
            case Nav.Stay _ -> next.at(schema, value, collected);
            case Nav.Stop _ -> {}
            case Nav.CondPath cond ->
                cond.branches().stream()
                        .filter(branch -> finds(branch.condition(), schema, value))
                        .findFirst()
                        .ifPresent(branch -> see(branch.then(), schema, value, collected, next));
            case Nav.MultiPath multi -> multi.paths().forEach(each -> see(each, schema, value, collected, next));
            case Nav.Subselect sub -> {
                List<Schema<?>> of = new ArrayList<>();
                see(sub.path(), schema, value, List.of(), (to, _, _) -> of.add(to));
                Schema<?> element = of.isEmpty() ? Ends.of(sub.path(), schema) : of.getFirst();
                next.at(listOf(element), found(sub.path(), schema, value), collected);
            }
            case Nav.ContinueThenStay sub -> {
                see(sub.path(), schema, value, collected, next);
                next.at(schema, value, collected);
            }
            case Nav.Collect sub -> {
                List<@Nullable Object> all = new ArrayList<>();
                select(sub.path(), schema, value).forEach(row -> all.add(row.getLast()));
                next.at(schema, value, more(collected, all));
            }
            case Nav.PutCollected put -> next.at(schema, value, more(collected, put.value()));
            case Nav.Val _ -> next.at(schema, value, more(collected, value));
            case Nav.DispenseCollected _ -> next.at(schema, value, List.of());
            default -> throw new AssertionError("the model knows no " + nav + " on " + schema);
        }
    }

    private static <E> Schema<List<E>> listOf(Schema<E> schema) {
        return Schema.list(schema);
    }

    private static @Nullable Object change(
            List<Nav> path, Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected, Change end) {
        if (path.isEmpty()) {
            return end.apply(value, collected);
        }
        Nav nav = path.getFirst();
        List<Nav> rest = path.subList(1, path.size());
        Schema<?> now = schema.current();
        return switch (nav) {
            case Nav.Key _, Nav.Must _
            when now instanceof MapSchema<?, ?> map -> {
                Object key = nav instanceof Nav.Key plain ? plain.key() : ((Nav.Must) nav).key();
                Map<Object, Object> entries = map(map, value);
                if (nav instanceof Nav.Must && !entries.containsKey(key)) {
                    yield value;
                }
                yield put(map, value, entries, key, change(rest, map.value(), entries.get(key), collected, end));
            }
            case Nav.MapKey one
            when now instanceof MapSchema<?, ?> map ->
                rename(map, value, List.of(one.key()), key -> change(rest, map.key(), key, collected, end));
            case Nav.MapKeys _
            when now instanceof MapSchema<?, ?> map ->
                rename(
                        map,
                        value,
                        new ArrayList<>(map(map, value).keySet()),
                        key -> change(rest, map.key(), key, collected, end));
            case Nav.MapVals _
            when now instanceof MapSchema<?, ?> map -> {
                Object result = value;
                for (Object key : new ArrayList<>(map(map, value).keySet())) {
                    Map<Object, Object> entries = map(map, result);
                    result =
                            put(map, result, entries, key, change(rest, map.value(), entries.get(key), collected, end));
                }
                yield result;
            }
            case Nav.All _
            when now instanceof MapSchema<?, ?> && rest.getFirst() instanceof Nav.Last -> {
                List<Nav> more = new ArrayList<>(List.of(new Nav.MapVals(), rest.get(1)));
                more.addAll(rest.subList(2, rest.size()));
                yield change(more, schema, value, collected, end);
            }
            case Nav.All _
            when now instanceof SetSchema<?> set -> {
                Object result = value;
                for (Object each : new ArrayList<>(set(set, value))) {
                    result = element(set, result, each, old -> change(rest, set.element(), old, collected, end));
                }
                yield result;
            }
            case Nav.All _
            when now instanceof ListSchema<?> list -> {
                List<Object> all = new ArrayList<>();
                for (Object each : list(value)) {
                    Object changed = change(rest, list.element(), each, collected, end);
                    if (changed != null) {
                        all.add(changed);
                    }
                }
                yield value == null ? null : all;
            }
            case Nav.SubMap _, Nav.Subset _, Nav.Range _
            when now instanceof MapSchema<?, ?> map -> {
                Map<Object, Object> entries = map(map, value);
                Map<Object, Object> part = map(map, null);
                partOf(nav, entries.keySet(), map.key()).forEach(key -> part.put(key, entries.get(key)));
                Object changed = change(rest, schema, part, collected, end);
                part.keySet().forEach(entries::remove);
                entries.putAll(map(map, changed));
                yield value == null && entries.isEmpty() ? null : entries;
            }
            case Nav.SubMap _, Nav.Subset _, Nav.Range _
            when now instanceof SetSchema<?> set -> {
                Set<Object> elements = set(set, value);
                List<Object> part = partOf(nav, elements, set.element());
                Object changed = change(rest, schema, new LinkedHashSet<>(part), collected, end);
                elements.removeAll(part);
                elements.addAll(set(set, changed));
                yield value == null && elements.isEmpty() ? null : elements;
            }
            case Nav.Field field
            when now instanceof RecordSchema<?> record -> {
                int at = record.fieldAt(field.field());
                @Nullable
                Object[] parts = value == null ? new Object[record.fields().size()] : record.parts(value);
                Object old = parts[at];
                Object changed = change(rest, record.fields().get(at).schema(), old, collected, end);
                parts[at] = changed;
                yield value == null && changed == null ? null : record.whole(parts);
            }
            case Nav.Nth nth
            when now instanceof ListSchema<?> list ->
                nth(value, nth.index(), old -> change(rest, list.element(), old, collected, end));
            case Nav.First _
            when now instanceof ListSchema<?> list ->
                list(value).isEmpty() ? value : nth(value, 0, old -> change(rest, list.element(), old, collected, end));
            case Nav.Last _
            when now instanceof ListSchema<?> list ->
                list(value).isEmpty()
                        ? value
                        : nth(value, list(value).size() - 1, old -> change(rest, list.element(), old, collected, end));
            case Nav.Index index -> {
                List<Object> all = list(value);
                if (index.index() < 0 || index.index() >= all.size()) {
                    yield value;
                }
                Object to = change(rest, LONG, index.index(), collected, end);
                Object moved = all.remove((int) index.index());
                if (to != null) {
                    if ((Long) to < 0 || (Long) to > all.size()) {
                        throw new IllegalArgumentException("move to " + to);
                    }
                    all.add(((Long) to).intValue(), moved);
                }
                yield all;
            }
            case Nav.IndexedVals _ -> {
                List<Nav> more = new ArrayList<>(List.of(new Nav.All(), rest.get(1)));
                more.addAll(rest.subList(2, rest.size()));
                yield change(more, schema, value, collected, end);
            }
            case Nav.Sublist _, Nav.Beginning _, Nav.End _ -> {
                List<Object> all = list(value);
                int[] span = span(nav, all);
                List<Object> part = List.copyOf(all.subList(span[0], span[1]));
                Object changed = change(rest, schema, part, collected, end);
                all.subList(span[0], span[1]).clear();
                all.addAll(span[0], list(changed));
                yield value == null && all.isEmpty() ? null : all;
            }
            case Nav.BeforeElem _, Nav.AfterElem _, Nav.BeforeIndex _
            when now instanceof ListSchema<?> list -> {
                List<Object> all = list(value);
                Object more = change(rest, list.element(), null, collected, end);
                long at = nav instanceof Nav.BeforeIndex before
                        ? before.index()
                        : nav instanceof Nav.AfterElem ? all.size() : 0;
                if (more != null) {
                    all.add(Math.clamp(at, 0, all.size()), more);
                }
                yield value == null && all.isEmpty() ? null : all;
            }
            case Nav.SetElem elem
            when now instanceof SetSchema<?> set ->
                element(set, value, elem.element(), old -> change(rest, set.element(), old, collected, end));
            case Nav.VoidSetElem _
            when now instanceof SetSchema<?> set -> {
                Object more = change(rest, set.element(), null, collected, end);
                Set<Object> elements = set(set, value);
                if (more != null) {
                    elements.add(more);
                }
                yield value == null && elements.isEmpty() ? null : elements;
            }
            case Nav.Compare compare ->
                fits(compare, schema, value) ? change(rest, schema, value, collected, end) : value;
            case Nav.FilterSelected filter ->
                finds(filter.path(), schema, value) == filter.found()
                        ? change(rest, schema, value, collected, end)
                        : value;
            case Nav.NullToVal standIn -> change(rest, schema, value == null ? standIn.value() : value, collected, end);
            case Nav.Stay _ -> change(rest, schema, value, collected, end);
            case Nav.Stop _ -> value;
            case Nav.CondPath cond ->
                cond.branches().stream()
                        .filter(branch -> finds(branch.condition(), schema, value))
                        .findFirst()
                        .map(branch -> both(branch.then(), rest))
                        .map(all -> new Object[] {change(all, schema, value, collected, end)})
                        .orElse(new Object[] {value})[0];
            case Nav.MultiPath multi -> {
                Object result = value;
                for (List<Nav> each : multi.paths()) {
                    result = change(both(each, rest), schema, result, collected, end);
                }
                yield result;
            }
            case Nav.Subselect sub -> {
                List<Object> places = found(sub.path(), schema, value);
                List<Object> back = list(
                        change(rest, now instanceof ListSchema<?> ? schema : listOf(schema), places, collected, end));
                if (back.size() > places.size()) {
                    throw new IllegalArgumentException("more than there are places");
                }
                yield change(
                        sub.path(),
                        schema,
                        value,
                        collected,
                        (old, _) -> old == null || back.isEmpty() ? null : back.removeFirst());
            }
            case Nav.PutCollected put -> change(rest, schema, value, more(collected, put.value()), end);
            case Nav.Val _ -> change(rest, schema, value, more(collected, value), end);
            case Nav.DispenseCollected _ -> change(rest, schema, value, List.of(), end);
            case Nav.TermVal term -> term.value();
            case Nav.TermVoid _ -> null;
            case Nav.Term term -> schema.coerce(term.function().apply(collected, value));
            default -> throw new AssertionError("the model knows no " + nav + " on " + schema);
        };
    }

    private static List<Nav> both(List<Nav> one, List<Nav> other) {
        List<Nav> both = new ArrayList<>(one);
        both.addAll(other);
        return both;
    }

    private interface Part {
        @Nullable
        Object of(@Nullable Object old);
    }

    private static @Nullable Object put(
            MapSchema<?, ?> schema,
            @Nullable Object before,
            Map<Object, Object> entries,
            Object key,
            @Nullable Object part) {
        Map<Object, Object> changed = map(schema, entries);
        if (part == null) {
            changed.remove(key);
        } else {
            changed.put(key, part);
        }
        return before == null && changed.isEmpty() ? null : changed;
    }

    private static @Nullable Object rename(
            MapSchema<?, ?> schema, @Nullable Object value, List<Object> keys, Part part) {
        if (value == null) {
            return null;
        }
        Map<Object, Object> entries = map(schema, value);
        for (Object key : keys) {
            if (entries.containsKey(key) || keys.size() > 1) {
                Object to = part.of(key);
                Object moved = entries.get(key);
                if (to == null) {
                    entries.remove(key);
                } else if (moved != null && !to.equals(key)) {
                    entries.remove(key);
                    entries.put(to, moved);
                }
            }
        }
        return entries;
    }

    private static @Nullable Object element(SetSchema<?> schema, @Nullable Object value, Object element, Part part) {
        Set<Object> elements = set(schema, value);
        if (!elements.contains(element)) {
            return value;
        }
        Object to = part.of(element);
        if (!element.equals(to)) {
            elements.remove(element);
        }
        if (to != null) {
            elements.add(to);
        }
        return elements;
    }

    private static @Nullable Object nth(@Nullable Object value, long index, Part part) {
        List<Object> all = list(value);
        boolean there = index >= 0 && index < all.size();
        Object changed = part.of(there ? all.get((int) index) : null);
        if (!there) {
            if (changed != null) {
                throw new IllegalArgumentException("no element " + index);
            }
            return value;
        }
        if (changed == null) {
            all.remove((int) index);
        } else {
            all.set((int) index, changed);
        }
        return all;
    }
}
