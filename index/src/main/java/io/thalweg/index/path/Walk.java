package io.thalweg.index.path;

import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SetSchema;
import io.thalweg.index.tree.Bounds;
import io.thalweg.index.tree.Keyed;
import io.thalweg.index.tree.Place;
import io.thalweg.index.tree.Sequence;
import io.thalweg.index.tree.ValuePlace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Goes a path from a place, and tells each place where it ends. One walk serves reading and writing, whose difference is small: who
 * writes fixes what it walks over before the first change, and writes inline collections back when it leaves them.
 *
 * <p>Where many ways go on (all elements, all branches) the walk keeps a {@link Trail} of marks, so that a reader who stopped can go on
 * from there with a fresh walk, by one seek for each mark.
 */
final class Walk {
    private final boolean writing;
    private final Trail trail;
    private final ReadBudget budget;
    private List<@Nullable Object> collected = List.of();

    /** Collections that a write left, while places in them wait to be written; null when none wait. */
    private @Nullable List<Runnable> waiting;

    /** What comes next at a place; false ends the walk. */
    interface Then {
        boolean at(Place place);
    }

    Walk(boolean writing, Trail trail) {
        this(writing, trail, ReadBudget.NONE);
    }

    Walk(boolean writing, Trail trail, ReadBudget budget) {
        this.writing = writing;
        this.trail = trail;
        this.budget = budget;
    }

    /** What was collected on the way to where the walk stands. */
    List<@Nullable Object> collected() {
        return collected;
    }

    boolean go(List<Nav> path, Place from, Then then) {
        return go(path, 0, from, then);
    }

    private boolean go(List<Nav> path, int at, Place place, Then then) {
        budget.step();
        if (at == path.size()) {
            return then.at(place);
        }
        Nav nav = path.get(at);
        if (nav instanceof Nav.SetElem elem && at + 2 == path.size() && path.get(at + 1) instanceof Nav.TermVoid) {
            // Need not know whether it is there.
            return inSet(place, nav, set -> {
                set.at(key(set, nav, elem.element())).remove();
                return then.at(place);
            });
        }
        return step(nav, place, next -> go(path, at + 1, next, then));
    }

    private boolean step(Nav nav, Place place, Then then) {
        if (!writing && place instanceof ResultPlace result && result.isUnknown()) {
            @Nullable Boolean on = ofNothing(nav, place, then);
            if (on != null) {
                return on;
            }
        }
        return switch (nav) {
            case Nav.Key key
            when place.schema() instanceof ListSchema<?> ->
                inList(place, nav, list -> then.at(list.at(index(key.key()))));
            case Nav.Key key -> inMap(place, nav, map -> then.at(map.at(key(map, nav, key.key()))));
            case Nav.Must must ->
                inMap(place, nav, map -> {
                    Object key = key(map, nav, must.key());
                    return !map.has(key) || then.at(map.at(key));
                });
            case Nav.MapKey each ->
                inMap(place, nav, map -> {
                    Object key = key(map, nav, each.key());
                    return !map.has(key) || then.at(new EntryPlace.Key(map, key));
                });
            case Nav.MapKeys _ ->
                inMap(place, nav, map -> each(map, (key, _) -> then.at(new EntryPlace.Key(map, key))));
            case Nav.MapVals _ -> inMap(place, nav, map -> each(map, (_, value) -> then.at(value)));
            case Nav.All _
            when place.schema() instanceof ListSchema<?> ->
                inList(place, nav, list -> each(list, (_, value) -> then.at(value)));
            case Nav.All _
            when place.schema() instanceof SetSchema<?> ->
                inSet(place, nav, set -> each(set, (_, value) -> then.at(value)));
            case Nav.All _ ->
                inMap(place, nav, map -> each(map, (key, value) -> then.at(new EntryPlace(map, key, value))));
            case Nav.SubMap some -> inMap(place, nav, map -> then.at(map.only(keys(map, nav, some.keys()))));
            case Nav.Subset some -> inSet(place, nav, set -> then.at(set.only(keys(set, nav, some.elements()))));
            case Nav.Range range -> {
                boolean ofMap = range.name().startsWith("sorted_map");
                Within<Keyed> within = keyed -> then.at(keyed.range(bounds(keyed, range)));
                yield ofMap ? inMap(place, nav, within) : inSet(place, nav, within);
            }
            case Nav.Size _
            when place.schema() instanceof ListSchema<?> ->
                inList(place, nav, list -> then.at(new ResultPlace(list.size(), place)));
            case Nav.Size _
            when place.schema() instanceof SetSchema<?> ->
                inSet(place, nav, set -> then.at(new ResultPlace(size(set), place)));
            case Nav.Size _ -> inMap(place, nav, map -> then.at(new ResultPlace(size(map), place)));
            case Nav.Field field -> {
                if (!(place.schema() instanceof RecordSchema<?> record)) {
                    throw misfit(nav, place.schema(), "a record");
                }
                int index = record.fieldAt(field.field());
                if (index < 0) {
                    throw new PathException("field: there is no " + field.field() + " in " + record.describe());
                }
                yield then.at(place.field(index));
            }
            case Nav.Nth nth when place instanceof EntryPlace entry -> then.at(entry.part(nth.index()));
            case Nav.First _ when place instanceof EntryPlace entry -> then.at(entry.part(0));
            case Nav.Last _ when place instanceof EntryPlace entry -> then.at(entry.part(1));
            case Nav.Nth nth -> inList(place, nav, list -> then.at(list.at(nth.index())));
            case Nav.First _ -> inList(place, nav, list -> list.size() == 0 || then.at(list.at(0)));
            case Nav.Last _ -> inList(place, nav, list -> list.size() == 0 || then.at(list.at(list.size() - 1)));
            case Nav.Index index ->
                inList(
                        place,
                        nav,
                        list -> index.index() < 0
                                || index.index() >= list.size()
                                || then.at(new EntryPlace.Index(list, index.index())));
            case Nav.IndexedVals _ ->
                inList(place, nav, list -> each(list, (index, value) -> then.at(new EntryPlace(list, index, value))));
            case Nav.Sublist part -> inList(place, nav, list -> then.at(list.part(part.from(), part.to())));
            case Nav.SublistDynamic part ->
                inList(place, nav, list -> {
                    List<?> values = (List<?>) list.value();
                    long from = part.from().applyAsLong(values);
                    return then.at(list.part(from, part.to().applyAsLong(values, from)));
                });
            case Nav.ContinuousSubseqs runs -> inList(place, nav, list -> runs(list, runs, then));
            case Nav.Beginning _ -> inList(place, nav, list -> then.at(list.part(0, 0)));
            case Nav.End _ -> inList(place, nav, list -> then.at(list.part(list.size(), list.size())));
            case Nav.BeforeElem _ -> inList(place, nav, list -> then.at(list.before(0)));
            case Nav.AfterElem _ -> inList(place, nav, list -> then.at(list.before(list.size())));
            case Nav.BeforeIndex before -> inList(place, nav, list -> then.at(list.before(before.index())));
            case Nav.SetElem elem ->
                inSet(place, nav, set -> {
                    Place element = set.at(key(set, nav, elem.element()));
                    return !element.exists() || then.at(element);
                });
            case Nav.VoidSetElem _ -> inSet(place, nav, set -> then.at(new EntryPlace.NewElement(set)));
            case Nav.Filter filter -> !filter.fits().test(place.value()) || then.at(place);
            case Nav.Compare compare -> !compares(compare, place) || then.at(place);
            case Nav.FilterSelected filter -> finds(filter.path(), place) != filter.found() || then.at(place);
            case Nav.NullToVal standIn -> orElse(place, standIn.value(), then);
            case Nav.NullToEmpty _ -> orElse(place, List.of(), then);
            case Nav.View view -> then.at(new ResultPlace(view.function().apply(place.value()), place, view.result()));
            case Nav.Transformed transformed -> {
                Place scratch = place instanceof EntryPlace entry
                        ? entry.copy()
                        : new ValuePlace(place.schema(), place.value());
                new Walk(true, Trail.NONE).go(transformed.write(), scratch, _ -> true);
                yield then.at(scratch);
            }
            case Nav.Custom custom -> writing ? transform(custom, place, then) : select(custom, place, then);
            case Nav.Stay _ -> then.at(place);
            case Nav.Stop _ -> true;
            case Nav.CondPath cond -> {
                for (Nav.Branch branch : cond.branches()) {
                    if (finds(branch.condition(), place)) {
                        yield go(branch.then(), place, then);
                    }
                }
                yield true;
            }
            case Nav.MultiPath multi -> {
                int first = trail.enter() ? (int) trail.longMark() : 0;
                for (int i = first; i < multi.paths().size(); i++) {
                    trail.mark(i);
                    if (!go(multi.paths().get(i), place, then)) {
                        yield false;
                    }
                }
                yield trail.leave();
            }
            case Nav.Subselect sub -> subselect(sub.path(), place, then);
            case Nav.ContinueThenStay sub -> {
                boolean begun = trail.enter() && trail.longMark() > 0;
                if (!begun) {
                    trail.mark(0);
                    if (!go(sub.path(), place, then)) {
                        yield false;
                    }
                }
                trail.mark(1);
                yield then.at(place) && trail.leave();
            }
            case Nav.Collect sub -> collecting(values(sub.path(), place), place, then);
            case Nav.CollectOne sub -> {
                List<@Nullable Object> values = values(sub.path(), place);
                if (values.size() != 1) {
                    throw new PathException("collect_one: the path found " + values.size() + " values, not one");
                }
                yield collecting(values.getFirst(), place, then);
            }
            case Nav.PutCollected put -> collecting(put.value(), place, then);
            case Nav.Val _ -> collecting(place.value(), place, then);
            case Nav.IsCollected test -> !test.fits().test(collected) || then.at(place);
            case Nav.DispenseCollected _ -> with(List.of(), () -> then.at(place));
            case Nav.WithFreshCollected sub -> {
                List<@Nullable Object> before = collected;
                yield with(List.of(), () -> go(sub.path(), place, next -> with(before, () -> then.at(next))));
            }
            case Nav.TermVal term -> {
                place.set(term.value());
                yield then.at(place);
            }
            case Nav.TermVoid _ -> {
                place.remove();
                yield then.at(place);
            }
            case Nav.Term term -> {
                Object value = term.function().apply(collected, place.value());
                if (value == null) {
                    throw new PathException(
                            "term: the function gave null, which is not stored; remove the place instead");
                }
                place.set(value);
                yield then.at(place);
            }
        };
    }

    /** Where a function gave null: as in an empty collection or record of whichever kind the path is for; null for other navigators. */
    private static @Nullable Boolean ofNothing(Nav nav, Place place, Then then) {
        return switch (nav) {
            case Nav.Key _, Nav.Nth _, Nav.Field _ -> then.at(new ResultPlace(null, place));
            case Nav.Must _,
                    Nav.MapKey _,
                    Nav.MapKeys _,
                    Nav.MapVals _,
                    Nav.All _,
                    Nav.First _,
                    Nav.Last _,
                    Nav.Index _,
                    Nav.IndexedVals _,
                    Nav.ContinuousSubseqs _,
                    Nav.SetElem _ -> true;
            case Nav.SubMap _ -> then.at(new ResultPlace(Map.of(), place));
            case Nav.Subset _ -> then.at(new ResultPlace(Set.of(), place));
            case Nav.Range range ->
                then.at(new ResultPlace(range.name().startsWith("sorted_map") ? Map.of() : Set.of(), place));
            case Nav.Sublist _, Nav.Beginning _, Nav.End _ -> then.at(new ResultPlace(List.of(), place));
            case Nav.SublistDynamic _ -> then.at(new ResultPlace(List.of(), place));
            case Nav.Size _ -> then.at(new ResultPlace(0L, place));
            case Nav.NullToVal standIn when place.value() == null -> then.at(new ResultPlace(standIn.value(), place));
            case Nav.NullToEmpty empty
            when place.value() == null ->
                then.at(new ResultPlace(empty.name().equals("null_to_set") ? Set.of() : List.of(), place));
            default -> null;
        };
    }

    private long size(Keyed keyed) {
        budget.count(true);
        try {
            return keyed.size();
        } finally {
            budget.count(false);
        }
    }

    private interface Within<C> {
        boolean in(C collection);
    }

    private boolean inMap(Place place, Nav nav, Within<Keyed> then) {
        if (!(place.schema() instanceof MapSchema<?, ?>) || place instanceof EntryPlace) {
            throw misfit(nav, place.schema(), "a map");
        }
        return inKeyed(place, then);
    }

    private boolean inSet(Place place, Nav nav, Within<Keyed> then) {
        if (!(place.schema() instanceof SetSchema<?>)) {
            throw misfit(nav, place.schema(), "a set");
        }
        return inKeyed(place, then);
    }

    private boolean inKeyed(Place place, Within<Keyed> then) {
        Keyed keyed = place.keyed();
        boolean on = then.in(keyed);
        left(keyed::flush);
        return on;
    }

    private boolean inList(Place place, Nav nav, Within<Sequence> then) {
        if (!(place.schema() instanceof ListSchema<?>) || place instanceof EntryPlace) {
            throw misfit(nav, place.schema(), "a list");
        }
        Sequence list = place.sequence();
        boolean on = then.in(list);
        left(list::flush);
        return on;
    }

    private void left(Runnable flush) {
        if (waiting != null) {
            waiting.add(flush);
        } else if (writing) {
            flush.run();
        }
    }

    static PathException misfit(Nav nav, Schema<?> found, String wanted) {
        return new PathException(nav.name() + ": found " + found.describe() + ", but it fits " + wanted + " only");
    }

    private static Object key(Keyed keyed, Nav nav, Object key) {
        try {
            return keyed.keySchema().coerce(key);
        } catch (IllegalArgumentException e) {
            throw new PathException(nav.name() + ": " + e.getMessage(), e);
        }
    }

    private static Set<Object> keys(Keyed keyed, Nav nav, List<?> some) {
        Set<Object> keys = new TreeSet<>(keyed.order());
        some.forEach(each -> keys.add(key(keyed, nav, each)));
        return keys;
    }

    private static Bounds bounds(Keyed keyed, Nav.Range range) {
        Bounds given = range.bounds();
        return new Bounds(
                given.from() == null ? null : key(keyed, range, given.from()),
                given.withFrom(),
                given.to() == null ? null : key(keyed, range, given.to()),
                given.withTo(),
                given.max(),
                given.last());
    }

    private static long index(Object key) {
        if (key instanceof Number number) {
            return number.longValue();
        }
        throw new PathException("key: found a list, whose keys are indexes, but got " + key);
    }

    private boolean each(Keyed keyed, Keyed.Visitor visitor) {
        if (writing) {
            for (Object key : keyed.keys(Bounds.ALL)) {
                // An element of a set may have become another one meanwhile.
                if ((keyed.isMap() || keyed.has(key)) && !visitor.at(key, keyed.at(key))) {
                    return false;
                }
            }
            return true;
        }
        Bounds from = trail.enter()
                ? new Bounds(trail.keyMark(keyed.keySchema()), true, null, true, Long.MAX_VALUE, false)
                : Bounds.ALL;
        return keyed.each(from, (key, value) -> {
                    trail.mark(keyed.keySchema(), key);
                    return visitor.at(key, value);
                })
                && trail.leave();
    }

    /** Elements that go while one walks make the list shorter; the walk goes on with the next all the same. */
    private boolean each(Sequence list, Sequence.Visitor visitor) {
        if (writing) {
            long size = list.size();
            for (long index = 0; index < list.size(); ) {
                if (!visitor.at(index, list.at(index))) {
                    return false;
                }
                index += list.size() < size ? 0 : 1;
                size = list.size();
            }
            return true;
        }
        long from = trail.enter() ? trail.longMark() : 0;
        return list.each(Math.min(from, list.size()), list.size(), (index, value) -> {
                    trail.mark(index);
                    return visitor.at(index, value);
                })
                && trail.leave();
    }

    /** From the last run to the first, so that those before are where they were. */
    private boolean runs(Sequence list, Nav.ContinuousSubseqs runs, Then then) {
        List<long[]> found = new ArrayList<>();
        list.each(0, list.size(), (index, value) -> {
            Object element = value.value();
            if (element != null && runs.fits().test(element)) {
                if (!found.isEmpty() && found.getLast()[1] == index) {
                    found.getLast()[1]++;
                } else {
                    found.add(new long[] {index, index + 1});
                    budget.gather();
                }
            }
            return true;
        });
        long first = trail.enter() ? trail.longMark() : 0;
        for (long[] run : writing ? found.reversed() : found) {
            if (run[0] >= first) {
                trail.mark(run[0]);
                if (!then.at(list.part(run[0], run[1]))) {
                    return false;
                }
            }
        }
        return trail.leave();
    }

    private boolean select(Nav.Custom custom, Place place, Then then) {
        List<Object> found = new ArrayList<>();
        custom.navigator().select(place.value(), found::add);
        int first = trail.enter() ? (int) trail.longMark() : 0;
        for (int i = first; i < found.size(); i++) {
            trail.mark(i);
            if (!then.at(new ValuePlace(custom.to(), found.get(i)))) {
                return false;
            }
        }
        return trail.leave();
    }

    private boolean transform(Nav.Custom custom, Place place, Then then) {
        if (waiting != null) {
            throw new PathException("custom: what a navigator of one's own leads to is not written through subselect");
        }
        boolean[] on = {true};
        Object changed = custom.navigator().transform(place.value(), each -> {
            ValuePlace scratch = new ValuePlace(custom.to(), each);
            on[0] &= then.at(scratch);
            return scratch.value();
        });
        if (changed != null) {
            place.set(changed);
        } else {
            place.remove();
        }
        return on[0];
    }

    private static boolean compares(Nav.Compare compare, Place place) {
        Object value = place.value();
        if (value == null) {
            return compare.name().equals("filter_not_equal");
        }
        if (place instanceof ResultPlace result && result.isUnknown()) {
            return compare.fits().test(value.equals(compare.with()) ? 0 : 1);
        }
        Schema<?> schema = place.schema();
        Object with = schema.coerce(compare.with());
        return compare.fits().test(schema.keyable() ? schema.order().compare(value, with) : value.equals(with) ? 0 : 1);
    }

    private boolean orElse(Place place, Object standIn, Then then) {
        if (place.exists()) {
            return then.at(place);
        }
        if (!writing) {
            return then.at(new ValuePlace(place.schema(), standIn));
        }
        OrElsePlace settled = new OrElsePlace(place, standIn);
        boolean on = then.at(settled);
        left(settled::settle);
        return on;
    }

    private static Place seen(Place place) {
        return place instanceof OrElsePlace orElse ? orElse.seen() : place;
    }

    private boolean finds(List<Nav> path, Place place) {
        return !new Walk(false, Trail.NONE, budget).with(collected).go(path, seen(place), _ -> false);
    }

    private Walk with(List<@Nullable Object> values) {
        collected = values;
        return this;
    }

    private List<@Nullable Object> values(List<Nav> path, Place place) {
        List<@Nullable Object> values = new ArrayList<>();
        new Walk(false, Trail.NONE, budget).with(collected).go(path, seen(place), found -> {
            values.add(found.value());
            budget.gather();
            return true;
        });
        return values;
    }

    private boolean collecting(@Nullable Object value, Place place, Then then) {
        List<@Nullable Object> more = new ArrayList<>(collected);
        more.add(value);
        return with(more, () -> then.at(place));
    }

    private boolean with(List<@Nullable Object> values, Supplier<Boolean> then) {
        List<@Nullable Object> before = collected;
        collected = values;
        boolean on = then.get();
        collected = before;
        return on;
    }

    private static Place gathered(List<Place> places, List<Nav> path, Place from) {
        return new GatheredPlace(
                places,
                places.isEmpty()
                        ? Ends.of(path, from.schema())
                        : places.getFirst().schema());
    }

    /** All places of the path as one list; they are written before the collections that they stand in are left. */
    private boolean subselect(List<Nav> path, Place place, Then then) {
        List<Place> places = new ArrayList<>();
        if (!writing) {
            new Walk(false, Trail.NONE, budget).with(collected).go(path, place, found -> {
                budget.gather();
                return places.add(found);
            });
            boolean unknown = places.isEmpty() && place instanceof ResultPlace result && result.isUnknown();
            return then.at(unknown ? new ResultPlace(List.of(), place) : gathered(places, path, place));
        }
        List<Runnable> outer = waiting;
        List<Runnable> opened = new ArrayList<>();
        waiting = opened;
        go(path, place, places::add);
        waiting = outer;
        boolean on = then.at(gathered(places, path, place));
        opened.forEach(this::left);
        return on;
    }
}
