package io.thalweg.server.javaviews.reading;

import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.PathException;
import io.thalweg.index.path.ReadBudget;
import io.thalweg.index.path.Selection;
import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RecordField;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.schema.SetSchema;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Position;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Numbers;
import io.thalweg.view.java.query.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Shows people what stands at a place of an index: what it is, how much there is of it, and some of what is in it, each with its size and a
 * sample. A place is named by a path that leads to one: keys, fields, elements, ranges. All of it is of one moment.
 */
public final class IndexExplore {
    /** Most that is shown of a place at a time. */
    public static final int ENTRIES_MAX = 100;

    /** Elements of a collection in its sample. */
    private static final int SAMPLE = 3;

    /** What a sample weighs at most; larger ones are left out. */
    private static final long SAMPLE_BYTES = 4 << 10;

    private static final Set<String> PLACES = Set.of(
            "key",
            "field",
            "nth",
            "sublist",
            "sorted_map_range",
            "sorted_map_range_from",
            "sorted_map_range_from_start",
            "sorted_map_range_to",
            "sorted_map_range_to_end",
            "sorted_set_range",
            "sorted_set_range_from",
            "sorted_set_range_from_start",
            "sorted_set_range_to",
            "sorted_set_range_to_end");

    private final ReadView view;
    private final String name;
    private final List<?> path;
    private final int limit;
    private final ReadBudget budget;

    /** More than any list has. */
    private static final long ELEMENTS_MAX = 1L << 48;

    /**
     * Something in a place.
     *
     * @param key of a map, field of a record, place in a list, or element of a set
     * @param schema what it is, in words
     * @param size how much is in it; null for what is no collection, or is not counted
     * @param sample of what it holds, its value if it is small; null if it is large
     */
    public record Entry(
            @Nullable Object key,
            String schema,
            @Nullable Long size,
            @Nullable Object sample) {}

    /**
     * A place.
     *
     * @param size how much is in it; null for what is no collection, is not counted, or is spread over partitions
     * @param value what stands there if it is no collection and no record
     * @param next where the rest begins, null if there is none
     * @param position that it reflects at least
     */
    public record Explored(
            String schema,
            @Nullable Long size,
            @Nullable Object value,
            List<Entry> entries,
            @Nullable String next,
            Position position) {}

    /** @param limit of entries, from 1 to {@value #ENTRIES_MAX} */
    public IndexExplore(ReadView view, String name, List<?> path, int limit, ReadBudget budget) {
        this.view = view;
        this.name = name;
        this.path = path;
        this.limit = limit;
        this.budget = budget;
    }

    /** @throws ThalwegException {@code INVALID_REQUEST} for a path that leads to no place */
    public Explored run(@Nullable String page) {
        try (Moment moment = view.moment()) {
            return run(moment.partition(0), page);
        } catch (PathException | SchemaException | MalformedException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    private Explored run(Reading cells, @Nullable String page) {
        for (Object each : path) {
            if (!(each instanceof List<?> navigator)
                    || navigator.isEmpty()
                    || !PLACES.contains(String.valueOf(navigator.getFirst()))) {
                throw new PathException("a place is named by " + new TreeSet<>(PLACES) + ", not by " + each);
            }
        }
        for (int i = 1; i < path.size(); i++) {
            if (isRange(path.get(i)) && isRange(path.get(i - 1))) { // it would be gathered in memory
                throw new PathException("a place is named by one range at most, not by a range of a range");
            }
        }
        OpenIndex<?> index = new IndexSelect(view, name, path, 1).index();
        Schema<?> schema = index.path(path).end();
        if (schema == null) {
            throw new PathException("the path does not lead to a place");
        }
        List<Entry> entries = new ArrayList<>();
        @Nullable String next = null;
        @Nullable Object value = null;
        switch (schema.current()) {
            case MapSchema<?, ?> map -> {
                IndexSelect.Values keys = select(cells, with("map_keys"), limit, page);
                for (Object key : keys.values()) {
                    entries.add(entry(cells, key, with("key", key), map.value()));
                }
                next = keys.next();
            }
            case SetSchema<?> set -> {
                IndexSelect.Values elements = select(cells, with("all"), limit, page);
                elements.values()
                        .forEach(each ->
                                entries.add(new Entry(each, set.element().describe(), null, null)));
                next = elements.next();
            }
            case ListSchema<?> list -> {
                long from = page == null ? 0 : from(page);
                long size = orNone(size(cells, path));
                for (long at = from; at < Math.min(size, from + limit); at++) {
                    entries.add(entry(cells, at, with("key", at), list.element()));
                }
                next = from + limit < size ? Long.toString(from + limit) : null;
            }
            case RecordSchema<?> record -> {
                for (RecordField field : record.fields()) {
                    entries.add(entry(cells, field.jsonName(), with("field", field.jsonName()), field.schema()));
                }
            }
            default -> value = first(select(cells, path, 1, null).values());
        }
        // How much is in a range is found by counting it.
        Long size = path.isEmpty() || isRange(path.getLast()) ? null : size(cells, path, schema);
        return new Explored(schema.describe(), size, value, entries, next, view.position(cells));
    }

    private static boolean isRange(Object navigator) {
        return navigator instanceof List<?> list
                && !list.isEmpty()
                && String.valueOf(list.getFirst()).startsWith("sorted_");
    }

    private static long from(String page) {
        try {
            return Numbers.parse("page", page, 0, ELEMENTS_MAX);
        } catch (ThalwegException e) {
            throw new PathException(
                    "page is '" + Numbers.shorten(page) + "', expected what a page before gave as its next");
        }
    }

    private static long orNone(@Nullable Long size) {
        return size == null ? 0 : size;
    }

    private List<Object> with(@Nullable Object... navigator) {
        return with(path, navigator);
    }

    private static List<Object> with(List<?> path, @Nullable Object... navigator) {
        List<Object> longer = new ArrayList<>(path);
        List<@Nullable Object> one = new ArrayList<>();
        for (Object each : navigator) {
            one.add(each);
        }
        longer.add(one);
        return longer;
    }

    private IndexSelect.Values select(Reading cells, List<?> of, int max, @Nullable String page) {
        return new IndexSelect(view, name, of, max).values(cells, page, budget);
    }

    private static @Nullable Object first(List<@Nullable Object> values) {
        return values.isEmpty() ? null : values.getFirst();
    }

    private static boolean isCollection(Schema<?> schema) {
        return switch (schema.current()) {
            case MapSchema<?, ?> _, SetSchema<?> _, ListSchema<?> _ -> true;
            default -> false;
        };
    }

    private @Nullable Long size(Reading cells, List<?> of, Schema<?> schema) {
        return isCollection(schema) ? size(cells, of) : null;
    }

    /** How much is in a collection; null where it does not count itself. */
    private @Nullable Long size(Reading cells, List<?> of) {
        try {
            return first(select(cells, with(of, "view", "size"), 1, null).values()) instanceof Number size
                    ? (Long) size.longValue()
                    : null;
        } catch (ThalwegException e) {
            if (e.code() != ErrorCode.INVALID_REQUEST) {
                throw e;
            }
            return null; // an unsized one says so
        }
    }

    private Entry entry(Reading cells, @Nullable Object key, List<?> at, Schema<?> schema) {
        return new Entry(key, schema.describe(), size(cells, at, schema), sample(cells, at, schema));
    }

    private @Nullable Object sample(Reading cells, List<?> at, Schema<?> schema) {
        List<Object> some = switch (schema.current()) {
            case MapSchema<?, ?> _ -> with(with(at, "sorted_map_range_from_start", SAMPLE), "map_keys");
            case SetSchema<?> _ -> with(with(at, "sorted_set_range_from_start", SAMPLE), "all");
            case ListSchema<?> list when !list.element().spread() -> with(with(at, "sublist", 0, SAMPLE), "all");
            case ListSchema<?> _ -> List.of();
            default -> new ArrayList<>(at);
        };
        if (some.isEmpty() || (schema.current() instanceof RecordSchema<?> && schema.spread())) {
            return null; // it may hold anything; who wants to know goes there
        }
        List<@Nullable Object> values = select(cells, some, SAMPLE, null).values();
        if (Selection.weight(values) > SAMPLE_BYTES) {
            return null;
        }
        return isCollection(schema) ? values : first(values);
    }
}
