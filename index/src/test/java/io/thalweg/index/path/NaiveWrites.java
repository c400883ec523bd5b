package io.thalweg.index.path;

import static io.thalweg.index.path.NaivePaths.LONG;
import static io.thalweg.index.path.NaivePaths.copy;
import static io.thalweg.index.path.NaivePaths.empty;
import static io.thalweg.index.path.NaivePaths.finds;
import static io.thalweg.index.path.NaivePaths.fits;
import static io.thalweg.index.path.NaivePaths.found;
import static io.thalweg.index.path.NaivePaths.list;
import static io.thalweg.index.path.NaivePaths.listOf;
import static io.thalweg.index.path.NaivePaths.map;
import static io.thalweg.index.path.NaivePaths.more;
import static io.thalweg.index.path.NaivePaths.one;
import static io.thalweg.index.path.NaivePaths.part;
import static io.thalweg.index.path.NaivePaths.partOf;
import static io.thalweg.index.path.NaivePaths.runs;
import static io.thalweg.index.path.NaivePaths.set;
import static io.thalweg.index.path.NaivePaths.shown;
import static io.thalweg.index.path.NaivePaths.span;

import io.thalweg.index.path.NaivePaths.Pair;
import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SetSchema;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What paths change, on whole values: a navigator is a function from the old value to the new one that calls another for each part. A
 * pair stays a pair, also when it has gone.
 */
final class NaiveWrites {
    /** What stands at the end of a navigator, and what becomes of it. */
    private interface Change {
        @Nullable
        Object of(Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected);
    }

    private NaiveWrites() {}

    /** The value after a change. */
    static @Nullable Object write(List<Nav> path, Schema<?> schema, @Nullable Object value) {
        return change(path, schema, value, List.of(), (_, end, _) -> end);
    }

    /** What stands where {@code old} stood when {@code value} is written there. */
    private static @Nullable Object written(Schema<?> schema, @Nullable Object old, @Nullable Object value) {
        if (!(old instanceof Pair pair)) {
            return value == null ? null : schema.coerce(value);
        }
        if (value == null) {
            return gone(pair);
        }
        if (pair.gone()) {
            throw new IllegalArgumentException("gone");
        }
        Map.Entry<?, ?> entry = (Map.Entry<?, ?>) value;
        return moved(
                with(pair, pair.valueSchema().coerce(entry.getValue())),
                pair.keySchema().coerce(entry.getKey()));
    }

    private static Pair with(Pair pair, @Nullable Object value) {
        return new Pair(pair.keySchema(), pair.valueSchema(), pair.key(), value, pair.gone(), pair.size());
    }

    private static Pair moved(Pair pair, Object to) {
        if (pair.gone() || (pair.size() >= 0 && (pair.value() == null || (Long) to < 0 || (Long) to >= pair.size()))) {
            throw new IllegalArgumentException("gone, or moved to " + to);
        }
        return pair.value() == null
                ? pair
                : new Pair(pair.keySchema(), pair.valueSchema(), to, pair.value(), false, pair.size());
    }

    private static Object changePart(
            Pair pair, int part, List<Nav> rest, List<@Nullable Object> collected, Change end) {
        if (part == 0) {
            Object to = change(rest, pair.keySchema(), pair.keySeen(), collected, end);
            return to == null
                    ? (pair.keySeen() == null ? pair : gone(pair))
                    : to.equals(pair.keySeen()) ? pair : moved(pair, to);
        }
        Object to = change(rest, pair.valueSchema(), pair.gone() ? null : pair.value(), collected, end);
        if (pair.gone() && to != null) {
            throw new IllegalArgumentException("gone");
        }
        return with(pair, to);
    }

    private static Pair gone(Pair pair) {
        return new Pair(pair.keySchema(), pair.valueSchema(), pair.key(), null, true, pair.size());
    }

    /** The list with one of its elements changed, where a pair of its index and itself became another. */
    private static void settle(List<Object> all, int index, Pair pair) {
        all.remove(index);
        if (pair.value() != null && !pair.gone()) {
            all.add(((Long) pair.key()).intValue(), pair.value());
        }
    }

    private static @Nullable Object change(
            List<Nav> path, Schema<?> schema, @Nullable Object value, List<@Nullable Object> collected, Change end) {
        if (path.isEmpty()) {
            return end.of(schema, value, collected);
        }
        Nav nav = path.getFirst();
        List<Nav> rest = path.subList(1, path.size());
        Schema<?> now = schema.current();
        if (value instanceof Pair pair && part(nav) >= 0) {
            return changePart(pair, part(nav), rest, collected, end);
        }
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
            when now instanceof MapSchema<?, ?> map -> {
                Map<Object, Object> entries = map(map, value);
                for (Object key : new ArrayList<>(entries.keySet())) {
                    Pair before = Pair.of(map, key, entries.get(key));
                    Object changed = change(rest, map.value(), before, collected, end);
                    entries.remove(key);
                    if (changed instanceof Pair pair && pair.value() != null && !pair.gone()) {
                        entries.put(pair.key(), pair.value());
                    }
                }
                yield value == null ? null : entries;
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
            case Nav.IndexedVals _
            when now instanceof ListSchema<?> list -> {
                List<Object> all = list(value);
                for (int i = 0; i < all.size(); ) {
                    int size = all.size();
                    settle(all, i, (Pair) present(change(rest, list.element(), Pair.of(list, i, all), collected, end)));
                    i += all.size() < size ? 0 : 1;
                }
                yield value == null ? null : all;
            }
            case Nav.ContinuousSubseqs runs -> {
                List<Object> all = list(value);
                for (int[] run : runs(runs, all).reversed()) {
                    List<Object> part = List.copyOf(all.subList(run[0], run[1]));
                    List<Object> changed = list(change(rest, schema, part, collected, end));
                    all.subList(run[0], run[1]).clear();
                    all.addAll(run[0], changed);
                }
                yield value == null ? null : all;
            }
            case Nav.Sublist _, Nav.SublistDynamic _, Nav.Beginning _, Nav.End _ -> {
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
                finds(filter.path(), schema, value, collected) == filter.found()
                        ? change(rest, schema, value, collected, end)
                        : value;
            case Nav.NullToVal standIn -> change(rest, schema, value == null ? standIn.value() : value, collected, end);
            case Nav.Stay _ -> change(rest, schema, value, collected, end);
            case Nav.Stop _ -> value;
            case Nav.CondPath cond ->
                cond.branches().stream()
                        .filter(branch -> finds(branch.condition(), schema, value, collected))
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
                List<Object> places = found(sub.path(), schema, value, collected);
                List<Object> back = list(change(rest, listOf(Ends.of(sub.path(), schema)), places, collected, end));
                if (back.size() > places.size()) {
                    throw new IllegalArgumentException("more than there are places");
                }
                yield change(
                        sub.path(),
                        schema,
                        value,
                        collected,
                        (_, old, _) -> old == null || back.isEmpty() ? null : back.removeFirst());
            }
            case Nav.PutCollected put -> change(rest, schema, value, more(collected, put.value()), end);
            case Nav.Val _ -> change(rest, schema, value, more(collected, shown(value)), end);
            case Nav.DispenseCollected _ -> change(rest, schema, value, List.of(), end);
            case Nav.WithFreshCollected sub ->
                change(sub.path(), schema, value, List.of(), (to, part, _) -> change(rest, to, part, collected, end));
            case Nav.ContinueThenStay sub ->
                change(rest, schema, change(both(sub.path(), rest), schema, value, collected, end), collected, end);
            case Nav.IsCollected test ->
                test.fits().test(collected) ? change(rest, schema, value, collected, end) : value;
            case Nav.Filter filter ->
                filter.fits().test(shown(value)) ? change(rest, schema, value, collected, end) : value;
            case Nav.Collect sub ->
                change(
                        rest,
                        schema,
                        value,
                        more(collected, NaivePaths.values(sub.path(), schema, value, collected)),
                        end);
            case Nav.CollectOne sub ->
                change(rest, schema, value, more(collected, one(sub.path(), schema, value, collected)), end);
            case Nav.NullToEmpty nothing ->
                change(rest, schema, value == null ? empty(nothing, schema) : value, collected, end);
            case Nav.View view -> change(rest, schema, view.function().apply(value), collected, end);
            case Nav.Transformed transformed -> {
                // What is written there is written to a copy.
                var _ = change(rest, schema, write(transformed.write(), schema, copy(value)), collected, end);
                yield value;
            }
            case Nav.Custom custom -> {
                Object changed =
                        custom.navigator().transform(value, each -> change(rest, custom.to(), each, collected, end));
                yield changed == null ? null : schema.coerce(changed);
            }
            case Nav.TermVal term -> written(schema, value, term.value());
            case Nav.TermVoid _ -> written(schema, value, null);
            case Nav.Term term -> written(schema, value, term.function().apply(collected, shown(value)));
            default -> throw new AssertionError("the model knows no " + nav + " on " + schema);
        };
    }

    private static List<Nav> both(List<Nav> one, List<Nav> other) {
        List<Nav> both = new ArrayList<>(one);
        both.addAll(other);
        return both;
    }

    private static Object present(@Nullable Object value) {
        if (value == null) {
            throw new AssertionError("a pair stays a pair");
        }
        return value;
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
