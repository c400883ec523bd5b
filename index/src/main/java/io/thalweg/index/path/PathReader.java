package io.thalweg.index.path;

import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.schema.SetSchema;
import io.thalweg.index.tree.Bounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads paths from JSON: a list of elements, each a list of a navigator's name in snake_case and its arguments, as in
 * {@code [["key","alice"],["sorted_map_range",10,20],["all"]]}. The JSON comes parsed, as lists, maps, strings, numbers, booleans and
 * nulls. Every element is checked against the schema of what stands there, so that a wrong path is refused on an index that is still
 * empty, with the element, the type found there, and what would fit.
 *
 * <p>Ranges take a last argument {@code {"max":n,"include_start":false,"include_end":true}}, or just the number. {@code view} takes the
 * name of a function: {@code size}, {@code is_null}, {@code keys}. What takes a function in Java alone ({@code term},
 * {@code filter_pred}, {@code custom_nav} and their like) is not in JSON.
 */
public final class PathReader {
    private static final int MAX_ELEMENTS = 64;
    private static final int MAX_DEPTH = 16;

    private final int depth;

    private PathReader(int depth) {
        this.depth = depth;
    }

    /**
     * A path that fits a schema.
     *
     * @param writes whether it ends in a change
     * @param end of the values that it finds; null where it finds entries or ends in a change
     */
    public record Read(
            List<Nav> navs, boolean writes, @Nullable Schema<?> end) {}

    /** What stands where a path has come to. */
    private sealed interface Found {
        /** A value. */
        record Value(Schema<?> schema) implements Found {}

        /** An entry of a map, or of a list with its index. */
        record Entry(Schema<?> key, Schema<?> value) implements Found {}

        /** Nothing more: a change was made. */
        record Change() implements Found {}
    }

    private record Step(Nav nav, Found next) {}

    /** @throws PathException if it does not fit */
    public static Read read(List<?> json, Schema<?> root) {
        List<Nav> navs = new ArrayList<>();
        Found end = new PathReader(0).read(json, new Found.Value(root), navs);
        return new Read(
                List.copyOf(navs),
                end instanceof Found.Change,
                end instanceof Found.Value value ? value.schema() : null);
    }

    private Found read(Object json, Found from, List<Nav> into) {
        if (!(json instanceof List<?> elements) || elements.size() > MAX_ELEMENTS || depth > MAX_DEPTH) {
            throw new PathException("a path is a list of at most " + MAX_ELEMENTS + " elements, nested at most "
                    + MAX_DEPTH + " deep, found " + json);
        }
        Found found = from;
        for (int i = 0; i < elements.size(); i++) {
            Step step = step(elements.get(i), found, i);
            into.add(step.nav);
            found = step.next;
        }
        return found;
    }

    private List<Nav> sub(Element element, int argument, Found from) {
        List<Nav> navs = new ArrayList<>();
        sub(element, argument, from, navs);
        return navs;
    }

    /** A path that only looks. */
    private Found sub(Element element, int argument, Found from, List<Nav> into) {
        Found end = new PathReader(depth + 1).read(element.argument(argument), from, into);
        if (end instanceof Found.Change) {
            throw element.wrong("its path ends in a change, expected one that only looks");
        }
        return end;
    }

    /** One element: where it stands, its name, and its arguments. */
    private record Element(int at, String name, List<?> arguments, Found found) {
        PathException wrong(String why) {
            return new PathException("element " + at + " (" + name + "): " + why);
        }

        PathException misfit(String wanted) {
            return wrong("found " + describe(found) + ", but it fits " + wanted + "; what fits here: "
                    + String.join(", ", fitting(found)));
        }

        Object argument(int index) {
            if (index >= arguments.size() || arguments.get(index) == null) {
                throw wrong("argument " + (index + 1) + " is missing");
            }
            return arguments.get(index);
        }

        Object argument(int index, Schema<?> schema) {
            try {
                return schema.coerce(argument(index));
            } catch (SchemaException e) {
                throw wrong("argument " + (index + 1) + ": " + e.getMessage());
            }
        }

        long number(int index) {
            return (Long) argument(index, LONG);
        }

        void takes(int least, int most) {
            if (arguments.size() < least || arguments.size() > most) {
                throw wrong("takes " + (least == most ? "" + least : least + " to " + most) + " arguments, found "
                        + arguments.size());
            }
        }
    }

    private static final Schema<Long> LONG = Schema.of(Long.class);

    private static String describe(Found found) {
        return switch (found) {
            case Found.Value value -> value.schema.describe();
            case Found.Entry entry -> "an entry of " + entry.key.describe() + " and " + entry.value.describe();
            case Found.Change _ -> "the end of the path, behind a change";
        };
    }

    private static List<String> fitting(Found found) {
        return switch (found) {
            case Found.Value value ->
                switch (value.schema.current()) {
                    case MapSchema<?, ?> _ ->
                        List.of(
                                "key",
                                "must",
                                "map_key",
                                "map_keys",
                                "map_vals",
                                "all",
                                "sub_map",
                                "sorted_map_range…");
                    case SetSchema<?> _ -> List.of("set_elem", "all", "subset", "sorted_set_range…");
                    case ListSchema<?> _ -> List.of("nth", "first", "last", "all", "indexed_vals", "sublist");
                    case RecordSchema<?> record ->
                        List.of("field with one of "
                                + record.fields().stream()
                                        .map(io.thalweg.index.schema.RecordField::jsonName)
                                        .toList());
                    default -> List.of("filters", "stay", "view");
                };
            case Found.Entry _ -> List.of("first", "last", "nth");
            case Found.Change _ -> List.of("nothing");
        };
    }

    private Step step(@Nullable Object json, Found found, int at) {
        if (!(json instanceof List<?> list) || list.isEmpty() || !(list.getFirst() instanceof String name)) {
            throw new PathException("element " + at + " of a path is " + json + ", expected [\"name\", argument, …]");
        }
        Element element = new Element(at, name, list.subList(1, list.size()), found);
        BiFunction<PathReader, Element, Step> known = NAMES.get(name);
        if (known == null) {
            throw element.wrong("there is no such navigator; there are " + String.join(", ", NAMES.keySet()));
        }
        if (found instanceof Found.Change) {
            throw element.misfit("before a change");
        }
        return known.apply(this, element);
    }

    private static MapSchema<?, ?> map(Element element) {
        if (element.found instanceof Found.Value value && value.schema.current() instanceof MapSchema<?, ?> map) {
            return map;
        }
        throw element.misfit("a map");
    }

    private static SetSchema<?> set(Element element) {
        if (element.found instanceof Found.Value value && value.schema.current() instanceof SetSchema<?> set) {
            return set;
        }
        throw element.misfit("a set");
    }

    private static ListSchema<?> list(Element element) {
        if (element.found instanceof Found.Value value && value.schema.current() instanceof ListSchema<?> list) {
            return list;
        }
        throw element.misfit("a list");
    }

    private static Schema<?> value(Element element) {
        if (element.found instanceof Found.Value value) {
            return value.schema;
        }
        throw element.misfit("a value");
    }

    private static Step to(Nav nav, Schema<?> schema) {
        return new Step(nav, new Found.Value(schema));
    }

    private static List<Object> all(Element element, Schema<?> schema) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < element.arguments.size(); i++) {
            values.add(element.argument(i, schema));
        }
        return values;
    }

    private static final Map<String, BiFunction<PathReader, Element, Step>> NAMES = names();

    private static Map<String, BiFunction<PathReader, Element, Step>> names() {
        Map<String, BiFunction<PathReader, Element, Step>> names = new TreeMap<>();
        collections(names);
        ranges(
                names,
                "sorted_map_range",
                PathReader::map,
                element -> map(element).key());
        ranges(
                names,
                "sorted_set_range",
                PathReader::set,
                element -> set(element).element());
        filters(names);
        control(names);
        return names;
    }

    private static void collections(Map<String, BiFunction<PathReader, Element, Step>> names) {
        names.put("key", (_, e) -> {
            e.takes(1, 1);
            if (e.found instanceof Found.Value value && value.schema.current() instanceof ListSchema<?> list) {
                return to(new Nav.Nth(e.number(0)), list.element());
            }
            if (e.found instanceof Found.Value value && value.schema.current() instanceof RecordSchema<?>) {
                return field(e);
            }
            MapSchema<?, ?> map = map(e);
            return to(new Nav.Key(e.argument(0, map.key())), map.value());
        });
        names.put("field", (_, e) -> field(e));
        names.put("must", (_, e) -> {
            e.takes(1, 1);
            return to(new Nav.Must(e.argument(0, map(e).key())), map(e).value());
        });
        names.put("map_key", (_, e) -> {
            e.takes(1, 1);
            return to(new Nav.MapKey(e.argument(0, map(e).key())), map(e).key());
        });
        names.put("map_keys", (_, e) -> to(new Nav.MapKeys(), map(e).key()));
        names.put("map_vals", (_, e) -> to(new Nav.MapVals(), map(e).value()));
        names.put("all", (_, e) -> switch (value(e).current()) {
            case MapSchema<?, ?> map -> new Step(new Nav.All(), new Found.Entry(map.key(), map.value()));
            case ListSchema<?> list -> to(new Nav.All(), list.element());
            case SetSchema<?> set -> to(new Nav.All(), set.element());
            default -> throw e.misfit("a map, a list or a set");
        });
        names.put("sub_map", (_, e) -> to(new Nav.SubMap(all(e, map(e).key())), map(e)));
        names.put("subset", (_, e) -> to(new Nav.Subset(all(e, set(e).element())), set(e)));
        names.put("set_elem", (_, e) -> {
            e.takes(1, 1);
            return to(new Nav.SetElem(e.argument(0, set(e).element())), set(e).element());
        });
        names.put("void_set_elem", (_, e) -> to(new Nav.VoidSetElem(), set(e).element()));
        names.put("nth", (_, e) -> {
            e.takes(1, 1);
            long index = e.number(0);
            return e.found instanceof Found.Entry entry
                    ? part(e, entry, index)
                    : to(new Nav.Nth(index), list(e).element());
        });
        names.put(
                "first",
                (_, e) -> e.found instanceof Found.Entry entry
                        ? part(e, entry, 0)
                        : to(new Nav.First(), list(e).element()));
        names.put(
                "last",
                (_, e) -> e.found instanceof Found.Entry entry
                        ? part(e, entry, 1)
                        : to(new Nav.Last(), list(e).element()));
        names.put("index", (_, e) -> {
            list(e);
            return to(new Nav.Index(e.number(0)), LONG);
        });
        names.put("indexed_vals", (_, e) -> new Step(new Nav.IndexedVals(), new Found.Entry(LONG, list(e).element())));
        names.put("sublist", (_, e) -> {
            e.takes(2, 2);
            return to(new Nav.Sublist(e.number(0), e.number(1)), list(e));
        });
        names.put("beginning", (_, e) -> to(new Nav.Beginning(), list(e)));
        names.put("end", (_, e) -> to(new Nav.End(), list(e)));
        names.put("before_elem", (_, e) -> to(new Nav.BeforeElem(), list(e).element()));
        names.put("after_elem", (_, e) -> to(new Nav.AfterElem(), list(e).element()));
        names.put("before_index", (_, e) -> to(new Nav.BeforeIndex(e.number(0)), list(e).element()));
    }

    private static Step field(Element element) {
        element.takes(1, 1);
        if (!(value(element).current() instanceof RecordSchema<?> record)) {
            throw element.misfit("a record");
        }
        String name = String.valueOf(element.argument(0));
        int at = record.fieldAt(name);
        if (at < 0) {
            throw element.wrong("there is no " + name + " in " + record.describe());
        }
        return to(new Nav.Field(name), record.fields().get(at).schema());
    }

    private static Step part(Element element, Found.Entry entry, long index) {
        if (index != 0 && index != 1) {
            throw element.wrong("an entry has a key at 0 and a value at 1, found " + index);
        }
        return to(new Nav.Nth(index), index == 0 ? entry.key : entry.value);
    }

    private interface Whole {
        Schema<?> of(Element element);
    }

    private static void ranges(
            Map<String, BiFunction<PathReader, Element, Step>> names, String name, Whole whole, Whole key) {
        names.put(name, (_, e) -> {
            e.takes(2, 3);
            Object from = e.argument(0, key.of(e));
            Object to = e.argument(1, key.of(e));
            return to(new Nav.Range(name, options(e, 2, from, to, false)), whole.of(e));
        });
        names.put(name + "_from", (_, e) -> {
            e.takes(1, 2);
            Object from = e.argument(0, key.of(e));
            return to(new Nav.Range(name + "_from", options(e, 1, from, null, false)), whole.of(e));
        });
        names.put(name + "_to", (_, e) -> {
            e.takes(1, 2);
            Object to = e.argument(0, key.of(e));
            return to(new Nav.Range(name + "_to", options(e, 1, null, to, true)), whole.of(e));
        });
        names.put(name + "_from_start", (_, e) -> {
            e.takes(1, 1);
            return to(new Nav.Range(name + "_from_start", options(e, 0, null, null, false)), whole.of(e));
        });
        names.put(name + "_to_end", (_, e) -> {
            e.takes(1, 1);
            return to(new Nav.Range(name + "_to_end", options(e, 0, null, null, true)), whole.of(e));
        });
    }

    private static Bounds options(Element e, int at, @Nullable Object from, @Nullable Object to, boolean last) {
        long max = Long.MAX_VALUE;
        boolean withFrom = true;
        boolean withTo = false;
        if (at < e.arguments.size()) {
            if (e.argument(at) instanceof Map<?, ?> options) {
                for (Map.Entry<?, ?> option : options.entrySet()) {
                    switch (String.valueOf(option.getKey())) {
                        case "max" -> max = (Long) LONG.coerce(option.getValue());
                        case "include_start" -> withFrom = Boolean.TRUE.equals(option.getValue());
                        case "include_end" -> withTo = Boolean.TRUE.equals(option.getValue());
                        default ->
                            throw e.wrong("there is no option " + option.getKey()
                                    + "; there are max, include_start, include_end");
                    }
                }
            } else {
                max = e.number(at);
            }
        }
        if (max < 0) {
            throw e.wrong("at most " + max + " of something");
        }
        return new Bounds(from, withFrom, to, withTo, max, last);
    }

    private static void filters(Map<String, BiFunction<PathReader, Element, Step>> names) {
        Map<String, Path<Object, Object>> compares = Map.of(
                "filter_equal", Filters.equalTo(0),
                "filter_not_equal", Filters.notEqualTo(0),
                "filter_greater_than", Filters.greaterThan(0),
                "filter_greater_than_or_equal", Filters.atLeast(0),
                "filter_less_than", Filters.lessThan(0),
                "filter_less_than_or_equal", Filters.atMost(0));
        compares.forEach((name, path) -> names.put(name, (_, e) -> {
            e.takes(1, 1);
            Nav.Compare like = (Nav.Compare) path.navs().getFirst();
            if (!value(e).keyable() && name.contains("than")) {
                throw e.misfit("a value that has an order");
            }
            return to(new Nav.Compare(name, e.argument(0, value(e)), like.fits()), value(e));
        }));
        names.put(
                "filter_selected",
                (reader, e) -> new Step(new Nav.FilterSelected(reader.sub(e, 0, e.found), true), e.found));
        names.put(
                "filter_not_selected",
                (reader, e) -> new Step(new Nav.FilterSelected(reader.sub(e, 0, e.found), false), e.found));
        names.put("filtered_list", (reader, e) -> {
            ListSchema<?> list = list(e);
            List<Nav> path = reader.sub(e, 0, new Found.Value(list.element()));
            return to(new Nav.Subselect(List.of(new Nav.All(), new Nav.FilterSelected(path, true))), list);
        });
        names.put("null_to_val", (_, e) -> to(new Nav.NullToVal(e.argument(0, value(e))), value(e)));
        names.put("null_to_list", (_, e) -> to(new Nav.NullToEmpty("null_to_list"), list(e)));
        names.put("null_to_set", (_, e) -> to(new Nav.NullToEmpty("null_to_set"), set(e)));
    }

    private static void control(Map<String, BiFunction<PathReader, Element, Step>> names) {
        names.put("stay", (_, e) -> new Step(new Nav.Stay(), e.found));
        names.put("stop", (_, e) -> new Step(new Nav.Stop(), e.found));
        names.put(
                "view",
                (_, e) -> PathFunctions.view(String.valueOf(e.argument(0)), value(e))
                        .map(view -> to(view.nav(), view.result()))
                        .orElseThrow(() -> e.misfit("view of " + PathFunctions.NAMES + " where there is such")));
        names.put("multi_path", (reader, e) -> {
            List<List<Nav>> paths = new ArrayList<>();
            Found next = null;
            for (int i = 0; i < e.arguments.size(); i++) {
                List<Nav> path = new ArrayList<>();
                Found end = new PathReader(reader.depth + 1).read(e.argument(i), e.found, path);
                next = next == null ? end : same(e, next, end);
                paths.add(path);
            }
            return new Step(new Nav.MultiPath(paths), next == null ? e.found : next);
        });
        names.put("if_path", (reader, e) -> {
            e.takes(2, 3);
            List<Nav.Branch> branches = new ArrayList<>();
            List<Nav> then = new ArrayList<>();
            Found next = new PathReader(reader.depth + 1).read(e.argument(1), e.found, then);
            branches.add(new Nav.Branch(reader.sub(e, 0, e.found), then));
            if (e.arguments.size() == 3) {
                List<Nav> otherwise = new ArrayList<>();
                next = same(e, next, new PathReader(reader.depth + 1).read(e.argument(2), e.found, otherwise));
                branches.add(new Nav.Branch(List.of(new Nav.Stay()), otherwise));
            }
            return new Step(new Nav.CondPath(branches), next);
        });
        names.put("cond_path", (reader, e) -> {
            List<Nav.Branch> branches = new ArrayList<>();
            Found next = null;
            if (e.arguments.isEmpty() || e.arguments.size() % 2 != 0) {
                throw e.wrong("takes pairs of a condition and a path");
            }
            for (int i = 0; i < e.arguments.size(); i += 2) {
                List<Nav> then = new ArrayList<>();
                Found end = new PathReader(reader.depth + 1).read(e.argument(i + 1), e.found, then);
                next = next == null ? end : same(e, next, end);
                branches.add(new Nav.Branch(reader.sub(e, i, e.found), then));
            }
            return new Step(new Nav.CondPath(branches), next == null ? e.found : next);
        });
        names.put("subselect", (reader, e) -> {
            List<Nav> path = new ArrayList<>();
            Found end = new PathReader(reader.depth + 1).read(e.argument(0), e.found, path);
            if (!(end instanceof Found.Value value)) {
                throw e.wrong("its path ends at " + describe(end) + ", expected a value");
            }
            return to(new Nav.Subselect(path), Schema.list(value.schema));
        });
        names.put("continue_then_stay", (reader, e) -> {
            List<Nav> path = new ArrayList<>();
            Found end = reader.sub(e, 0, e.found, path);
            return new Step(new Nav.ContinueThenStay(path), same(e, e.found, end));
        });
        names.put("with_page_size", (reader, e) -> {
            // Pages follow from the reader's limit; the number is checked and has no other meaning.
            e.takes(2, 2);
            e.number(0);
            List<Nav> path = new ArrayList<>();
            Found end = new PathReader(reader.depth + 1).read(e.argument(1), e.found, path);
            return new Step(new Nav.MultiPath(List.of(path)), end);
        });
        names.put("collect", (reader, e) -> new Step(new Nav.Collect(reader.sub(e, 0, e.found)), e.found));
        names.put("collect_one", (reader, e) -> new Step(new Nav.CollectOne(reader.sub(e, 0, e.found)), e.found));
        names.put("put_collected", (_, e) -> new Step(new Nav.PutCollected(e.argument(0)), e.found));
        names.put("val", (_, e) -> new Step(new Nav.Val(), e.found));
        names.put("dispense_collected", (_, e) -> new Step(new Nav.DispenseCollected(), e.found));
        names.put("with_fresh_collected", (reader, e) -> {
            List<Nav> path = new ArrayList<>();
            Found end = new PathReader(reader.depth + 1).read(e.argument(0), e.found, path);
            return new Step(new Nav.WithFreshCollected(path), end);
        });
        names.put("term_val", (_, e) -> {
            Object value = e.found instanceof Found.Value at ? e.argument(0, at.schema) : e.argument(0);
            return new Step(new Nav.TermVal(value), new Found.Change());
        });
        names.put("term_void", (_, _) -> new Step(new Nav.TermVoid(), new Found.Change()));
    }

    private static Found same(Element element, Found one, Found other) {
        if (!describe(one).equals(describe(other))) {
            throw element.wrong("its paths end at different types: " + describe(one) + " and " + describe(other));
        }
        return one;
    }
}
