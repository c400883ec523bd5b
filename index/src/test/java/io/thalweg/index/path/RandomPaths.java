package io.thalweg.index.path;

import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RandomSchemas;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SetSchema;
import io.thalweg.index.tree.Bounds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Random paths of every navigator that fit a schema, with arguments that often hit what is there, and the same paths as JSON. */
final class RandomPaths {
    private static final Schema<Long> LONG = Schema.of(Long.class);
    private static final List<Path<Object, Object>> COMPARES = List.of(
            Filters.equalTo(0L),
            Filters.notEqualTo(0L),
            Filters.greaterThan(0L),
            Filters.atLeast(0L),
            Filters.lessThan(0L),
            Filters.atMost(0L));

    private final Random random;
    private final RandomSchemas values;
    private final boolean writing;
    private final List<Nav> navs = new ArrayList<>();
    private final List<Object> json = new ArrayList<>();
    private final Been been;
    private boolean inJson = true;

    /** What stands somewhere: a value, or an entry of a key and a value. */
    private record At(Schema<?> schema, @Nullable Schema<?> key) {
        static At of(Schema<?> schema) {
            return new At(schema.current(), null);
        }
    }

    /**
     * A path, and what it leads to.
     *
     * @param json the same, null where JSON has no such thing
     */
    record Made(List<Nav> navs, @Nullable List<Object> json, At end) {
        @Nullable
        Schema<?> value() {
            return end.key == null ? end.schema : null;
        }

        @Override
        public String toString() {
            return navs + (json == null ? "" : " = " + json);
        }
    }

    /** A function whose result has a schema. */
    private record Typed(Schema<?> result, Function<@Nullable Object, @Nullable Object> function)
            implements NaivePaths.Typed {
        @Override
        public @Nullable Object apply(@Nullable Object value) {
            return function.apply(value);
        }
    }

    /** What a path and those within it went through so far. */
    private static final class Been {
        /** In a part of a collection, which is empty when it was removed, and not null. */
        boolean inPart;

        /** Behind a view of which nobody knows what it would have been. */
        boolean viewed;
    }

    RandomPaths(Random random, boolean writing) {
        this(random, writing, new Been());
    }

    private RandomPaths(Random random, boolean writing, Been been) {
        this.random = random;
        this.been = been;
        this.values = new RandomSchemas(random);
        this.writing = writing;
    }

    /** A path of up to {@code length} navigators; one that writes ends in a change. */
    Made path(Schema<?> from, int length) {
        return path(At.of(from), length);
    }

    private Made path(At from, int length) {
        At now = from;
        for (int i = random.nextInt(length + 1); i > 0; i--) {
            now = go(now);
        }
        if (writing) {
            term(now);
        }
        return made(now);
    }

    private Made made(At end) {
        return new Made(List.copyOf(navs), inJson ? List.copyOf(json) : null, end);
    }

    private void add(Nav nav, @Nullable Object... arguments) {
        as(nav.name(), nav, arguments);
    }

    private void as(String name, Nav nav, @Nullable Object... arguments) {
        put(nav);
        List<@Nullable Object> element = new ArrayList<>();
        element.add(name);
        element.addAll(Arrays.asList(arguments));
        json.add(Collections.unmodifiableList(element));
    }

    private void inJava(Nav nav) {
        inJson = false;
        put(nav);
    }

    private void put(Nav nav) {
        navs.add(nav);
        switch (nav) {
            case Nav.Range _,
                    Nav.SubMap _,
                    Nav.Subset _,
                    Nav.Sublist _,
                    Nav.SublistDynamic _,
                    Nav.Beginning _,
                    Nav.End _,
                    Nav.ContinuousSubseqs _,
                    Nav.Subselect _ -> been.inPart = true;
            case Nav.View _ -> been.viewed = true;
            default -> {}
        }
    }

    private Object with(Made sub) {
        inJson &= sub.json != null;
        return sub.json == null ? List.of() : sub.json;
    }

    private Made reading(At from, int length) {
        return new RandomPaths(random, false, been).path(from, length);
    }

    /** A path that ends at what it begins at. */
    private Made staying(At from) {
        RandomPaths stays = new RandomPaths(random, writing, been);
        for (int i = random.nextInt(3); i > 0; i--) {
            stays.stay(from);
        }
        if (random.nextInt(3) == 0 && from.key == null) {
            switch (from.schema) {
                case MapSchema<?, ?> map -> stays.range("sorted_map_range", map.key());
                case SetSchema<?> set -> stays.range("sorted_set_range", set.element());
                case ListSchema<?> _ -> stays.add(new Nav.Sublist(1, 3), 1L, 3L);
                default -> {}
            }
        }
        return stays.made(from);
    }

    private Object entry(At at, Schema<?> key) {
        Object first = key == LONG ? (Object) (random.nextInt(5) - 1L) : values.value(key);
        return Map.entry(first, values.value(at.schema));
    }

    private void term(At at) {
        Schema<?> key = at.key;
        Object value = key == null ? values.value(at.schema) : entry(at, key);
        switch (random.nextInt(4)) {
            case 0 -> add(new Nav.TermVoid());
            case 1 -> inJava(new Nav.Term((collected, old) -> collected.size() % 2 == 1 && old != null ? old : value));
            default ->
                add(
                        new Nav.TermVal(value),
                        key != null && value instanceof Map.Entry<?, ?> entry
                                ? List.of(key.plain(entry.getKey()), at.schema.plain(entry.getValue()))
                                : at.schema.plain(value));
        }
    }

    private At go(At at) {
        Schema<?> key = at.key;
        if (random.nextInt(3) == 0) {
            return anywhere(at);
        }
        if (key != null) {
            int part = random.nextInt(2);
            if (random.nextBoolean()) {
                add(new Nav.Nth(part), (long) part);
            } else {
                add(part == 0 ? new Nav.First() : new Nav.Last());
            }
            return At.of(part == 0 ? key : at.schema);
        }
        return switch (at.schema) {
            case MapSchema<?, ?> map -> ofMap(map);
            case SetSchema<?> set -> ofSet(set);
            case ListSchema<?> list -> ofList(list);
            case RecordSchema<?> record -> {
                var field = record.fields().get(random.nextInt(record.fields().size()));
                as(random.nextBoolean() ? "field" : "key", new Nav.Field(field.jsonName()), field.jsonName());
                yield At.of(field.schema());
            }
            default -> anywhere(at);
        };
    }

    private At ofMap(MapSchema<?, ?> map) {
        Object key = values.value(map.key());
        Object plain = map.key().plain(key);
        Object other = values.value(map.key());
        switch (random.nextInt(13)) {
            case 0 -> add(new Nav.Must(key), plain);
            case 1 -> add(new Nav.MapVals());
            case 2, 3 -> {
                add(new Nav.All());
                return new At(map.value().current(), map.key());
            }
            case 4 -> {
                add(new Nav.MapKey(key), plain);
                return At.of(map.key());
            }
            case 5 -> {
                add(new Nav.MapKeys());
                return At.of(map.key());
            }
            case 6 -> {
                add(new Nav.SubMap(List.of(key, other)), plain, map.key().plain(other));
                return At.of(map);
            }
            case 7, 8 -> {
                range("sorted_map_range", map.key());
                return At.of(map);
            }
            case 9 -> {
                if (!writing) {
                    as("view", new Nav.Size(), "size");
                    return At.of(LONG);
                }
                add(new Nav.Key(key), plain);
            }
            case 10 ->
                add(
                        new Nav.MultiPath(List.of(List.of(new Nav.Key(key)), List.of(new Nav.Must(other)))),
                        List.of(List.of("key", plain)),
                        List.of(List.of("must", map.key().plain(other))));
            default -> add(new Nav.Key(key), plain);
        }
        return At.of(map.value());
    }

    private void range(String name, Schema<?> key) {
        @Nullable Object from = random.nextInt(3) == 0 ? null : values.value(key);
        @Nullable Object to = random.nextInt(3) == 0 ? null : values.value(key);
        boolean withFrom = random.nextBoolean();
        boolean withTo = random.nextBoolean();
        long max = random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(3);
        boolean last = to == null ? from == null && random.nextBoolean() : from == null || random.nextInt(4) == 0;
        String form = from != null && to != null
                ? ""
                : from != null ? "_from" : to != null ? "_to" : last ? "_to_end" : "_from_start";
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("include_start", withFrom);
        options.put("include_end", withTo);
        if (max != Long.MAX_VALUE) {
            options.put("max", max);
        }
        List<Object> arguments = new ArrayList<>();
        if (from != null) {
            arguments.add(key.plain(from));
        }
        if (to != null) {
            arguments.add(key.plain(to));
        }
        arguments.add(withFrom && !withTo && max != Long.MAX_VALUE ? (Object) max : options);
        add(new Nav.Range(name + form, new Bounds(from, withFrom, to, withTo, max, last)), arguments.toArray());
        // The last of a range with both ends are nobody's navigator, but what windows of windows come to.
        inJson &= !(last && from != null && to != null);
    }

    private At ofSet(SetSchema<?> set) {
        Object element = values.value(set.element());
        Object plain = set.element().plain(element);
        switch (random.nextInt(7)) {
            case 0, 1 -> add(new Nav.SetElem(element), plain);
            case 2 -> add(writing ? new Nav.VoidSetElem() : new Nav.All());
            case 3 -> {
                add(new Nav.Subset(List.of(element)), plain);
                return At.of(set);
            }
            case 4 -> {
                range("sorted_set_range", set.element());
                return At.of(set);
            }
            case 5 -> {
                if (!writing) {
                    as("view", new Nav.Size(), "size");
                    return At.of(LONG);
                }
                add(new Nav.All());
            }
            default -> add(new Nav.All());
        }
        return At.of(set.element());
    }

    private At ofList(ListSchema<?> list) {
        long index = random.nextInt(6) - 1L;
        switch (random.nextInt(20)) {
            case 0, 1 -> as(random.nextBoolean() ? "nth" : "key", new Nav.Nth(index), index);
            case 2 -> add(new Nav.First());
            case 3 -> add(new Nav.Last());
            case 4 -> {
                add(new Nav.Index(index), index);
                return At.of(LONG);
            }
            case 5 -> {
                long to = random.nextInt(6);
                add(new Nav.Sublist(index, to), index, to);
                return At.of(list);
            }
            case 6 -> {
                inJava(new Nav.SublistDynamic(all -> all.size() / 2 - 1, (_, from) -> from + 2));
                return At.of(list);
            }
            case 7, 8 -> {
                add(random.nextBoolean() ? new Nav.Beginning() : new Nav.End());
                return At.of(list);
            }
            case 9 -> add(writing ? new Nav.BeforeElem() : new Nav.All());
            case 10 -> add(writing ? new Nav.AfterElem() : new Nav.All());
            case 11 -> {
                if (writing) {
                    add(new Nav.BeforeIndex(index), index);
                } else {
                    add(new Nav.All());
                }
            }
            case 12 -> {
                Made filter = reading(At.of(list.element()), 2);
                as(
                        "filtered_list",
                        new Nav.Subselect(List.of(new Nav.All(), new Nav.FilterSelected(filter.navs, true))),
                        with(filter));
                return At.of(list);
            }
            case 13 -> {
                inJava(new Nav.ContinuousSubseqs(fits(false)));
                return At.of(list);
            }
            case 14, 15 -> {
                add(new Nav.IndexedVals());
                return new At(list.element().current(), LONG);
            }
            case 16 -> {
                if (!writing) {
                    as("view", new Nav.Size(), "size");
                    return At.of(LONG);
                }
                inJava(new Nav.Custom(list.element(), EACH));
            }
            case 17 ->
                add(
                        new Nav.MultiPath(List.of(List.of(new Nav.Nth(0)), List.of(new Nav.Last()))),
                        List.of(List.of("nth", 0L)),
                        List.of(List.of("last")));
            case 18 -> inJava(new Nav.Custom(list.element(), EACH));
            default -> add(new Nav.All());
        }
        return At.of(list.element());
    }

    /** Every element of a list that is read and written whole. */
    private static final Navigator<Object, Object> EACH = new Navigator<>() {
        @Override
        public void select(@Nullable Object at, Consumer<Object> each) {
            if (at != null) {
                ((List<?>) at).forEach(each);
            }
        }

        @Override
        public @Nullable Object transform(@Nullable Object at, UnaryOperator<@Nullable Object> change) {
            if (at == null) {
                return null;
            }
            List<Object> all = new ArrayList<>();
            for (Object each : (List<?>) at) {
                Object changed = change.apply(each);
                if (changed != null) {
                    all.add(changed);
                }
            }
            return all;
        }
    };

    private <T extends @Nullable Object> Predicate<T> fits(boolean nothing) {
        int parity = random.nextInt(2);
        return value -> value == null ? nothing : String.valueOf(value).length() % 2 == parity;
    }

    /** A navigator that leads to where it is. */
    private void stay(At at) {
        boolean value = at.key == null;
        switch (random.nextInt(value ? (writing && been.inPart ? 12 : 16) : 9)) {
            case 0, 1 -> {
                Made condition = reading(at, 2);
                add(new Nav.FilterSelected(condition.navs, random.nextBoolean()), with(condition));
            }
            case 2 -> inJava(new Nav.Filter("filter_pred", fits(random.nextBoolean())));
            case 3 -> add(new Nav.PutCollected(1L), 1L);
            case 4 -> add(new Nav.Val());
            case 5 -> {
                int parity = random.nextInt(2);
                inJava(new Nav.IsCollected(collected -> collected.size() % 2 == parity));
            }
            case 6 -> add(random.nextInt(4) == 0 ? new Nav.Stop() : new Nav.Stay());
            case 7 -> {
                Made sub = reading(at, 2);
                add(random.nextInt(4) == 0 ? new Nav.CollectOne(sub.navs) : new Nav.Collect(sub.navs), with(sub));
            }
            case 8 -> add(new Nav.DispenseCollected());
            case 9, 10, 11 -> {
                boolean ordered = at.schema.keyable();
                Nav.Compare like = (Nav.Compare)
                        COMPARES.get(random.nextInt(ordered ? 6 : 2)).navs().getFirst();
                Object with = values.value(at.schema);
                add(new Nav.Compare(like.name(), with, like.fits()), at.schema.plain(with));
            }
            case 12 -> {
                Object standIn = values.value(at.schema);
                add(new Nav.NullToVal(standIn), at.schema.plain(standIn));
            }
            case 13 -> {
                if (at.schema instanceof ListSchema<?>) {
                    add(new Nav.NullToEmpty("null_to_list"));
                } else if (at.schema instanceof SetSchema<?>) {
                    add(new Nav.NullToEmpty("null_to_set"));
                }
            }
            case 14 -> inJava(new Nav.View(new Typed(at.schema, same -> same)));
            default -> inJava(new Nav.Custom(at.schema, ITSELF));
        }
    }

    /** The value that stands there. */
    private static final Navigator<Object, Object> ITSELF = new Navigator<>() {
        @Override
        public void select(@Nullable Object at, Consumer<Object> each) {
            if (at != null) {
                each.accept(at);
            }
        }

        @Override
        public @Nullable Object transform(@Nullable Object at, UnaryOperator<@Nullable Object> change) {
            return change.apply(at);
        }
    };

    private At anywhere(At at) {
        switch (random.nextInt(11)) {
            case 0 -> {
                Made condition = reading(at, 2);
                Made then = staying(at);
                Made otherwise = staying(at);
                boolean two = random.nextBoolean();
                List<Nav.Branch> branches = new ArrayList<>(List.of(new Nav.Branch(condition.navs, then.navs)));
                if (two) {
                    branches.add(new Nav.Branch(List.of(new Nav.Stay()), otherwise.navs));
                    as("if_path", new Nav.CondPath(branches), with(condition), with(then), with(otherwise));
                } else {
                    add(new Nav.CondPath(branches), with(condition), with(then));
                }
            }
            case 1 -> {
                Made one = staying(at);
                Made other = staying(at);
                add(new Nav.MultiPath(List.of(one.navs, other.navs)), with(one), with(other));
            }
            case 2 -> {
                Made sub = staying(at);
                add(new Nav.ContinueThenStay(sub.navs), with(sub));
            }
            case 3 -> {
                Made sub = new RandomPaths(random, writing, been).steps(at, 2);
                add(new Nav.WithFreshCollected(sub.navs), with(sub));
                return sub.end;
            }
            case 4 -> {
                Made sub = new RandomPaths(random, writing, been).steps(at, 2);
                as("with_page_size", new Nav.MultiPath(List.of(sub.navs)), 10L, with(sub));
                return sub.end;
            }
            case 5 -> {
                return subselect(at);
            }
            case 6 -> {
                if (!writing) {
                    return view(at);
                }
                stay(at);
            }
            case 7 -> {
                // Nobody knows what a change is to coerce to where a function gave nothing.
                if (!been.viewed) {
                    inJava(new Nav.Transformed(new RandomPaths(random, true, been).path(at, 2).navs));
                }
            }
            default -> stay(at);
        }
        return at;
    }

    private Made steps(At from, int length) {
        At now = from;
        for (int i = random.nextInt(length + 1); i > 0; i--) {
            now = go(now);
        }
        return made(now);
    }

    private At subselect(At at) {
        Made sub;
        if (!writing) {
            sub = reading(at, 3);
        } else if (at.key == null && at.schema instanceof MapSchema<?, ?> map) {
            sub = new Made(List.of(new Nav.MapVals()), List.of(List.of("map_vals")), At.of(map.value()));
        } else if (at.key == null && at.schema instanceof ListSchema<?> list) {
            sub = new Made(List.of(new Nav.All()), List.of(List.of("all")), At.of(list.element()));
        } else {
            sub = new Made(List.of(new Nav.Stay()), List.of(List.of("stay")), at);
        }
        if (sub.end.key != null) {
            return at;
        }
        add(new Nav.Subselect(sub.navs), with(sub));
        return At.of(Schema.list(sub.end.schema));
    }

    private At view(At at) {
        Schema<?> schema = at.schema;
        if (at.key != null) {
            inJava(new Nav.View(new Typed(LONG, entry -> entry == null ? null : 7L)));
            return At.of(LONG);
        }
        switch (random.nextInt(5)) {
            case 0 -> {
                as("view", new Nav.View(new Typed(Schema.of(Boolean.class), value -> value == null)), "is_null");
                return At.of(Schema.of(Boolean.class));
            }
            case 1 -> inJava(new Nav.View(new Typed(schema, _ -> null)));
            case 2 -> {
                Schema<?> numbers = Schema.list(LONG);
                inJava(new Nav.View(new Typed(numbers, value -> value == null ? null : List.of(1L, 2L)), numbers));
                return At.of(numbers);
            }
            default -> {
                if (schema instanceof MapSchema<?, ?> map) {
                    Schema<?> keys = Schema.list(map.key());
                    as(
                            "view",
                            new Nav.View(
                                    new Typed(
                                            keys,
                                            value -> value == null
                                                    ? List.of()
                                                    : List.copyOf(((Map<?, ?>) value).keySet())),
                                    keys),
                            "keys");
                    return At.of(keys);
                }
                inJava(new Nav.View(new Typed(
                        schema, value -> value instanceof List<?> list ? List.copyOf(list.reversed()) : value)));
            }
        }
        return at;
    }
}
