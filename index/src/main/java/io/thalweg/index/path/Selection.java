package io.thalweg.index.path;

import io.thalweg.index.tree.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What paths find from a place, and what they change there. */
public final class Selection {
    /** Most values of one page. */
    public static final int MAX_PAGE = 10_000;

    /** Bytes of values, roughly, after which a page ends, whatever was asked for; the last value may go beyond. */
    public static final long MAX_PAGE_BYTES = 4 << 20;

    private Selection() {}

    /**
     * Some of the values that a path finds, as JSON has them.
     *
     * @param next where the rest begins, null if there is none
     */
    public record Page(
            List<@Nullable Object> values, @Nullable String next) {}

    /** All values, in the order in which they are found. */
    @SuppressWarnings({"unchecked", "NullAway"}) // places of the path hold its type; nothing is null
    public static <B> List<B> all(Place from, Path<?, B> path) {
        List<B> found = new ArrayList<>();
        new Walk(false, Trail.NONE).go(path.navs(), from, place -> found.add((B) place.value()));
        return found;
    }

    /** All values, each as the last of a list that begins with what was collected. */
    public static List<List<@Nullable Object>> collected(Place from, Path<?, ?> path) {
        List<List<@Nullable Object>> found = new ArrayList<>();
        Walk walk = new Walk(false, Trail.NONE);
        walk.go(path.navs(), from, place -> {
            List<@Nullable Object> row = new ArrayList<>(walk.collected());
            row.add(place.value());
            return found.add(row);
        });
        return found;
    }

    /** A page of at most {@code limit} values, and of no more than fits into {@link #MAX_PAGE_BYTES} and one more. */
    public static Page page(Place from, PathReader.Read path, int limit, @Nullable String page, ReadBudget budget) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new PathException("limit is " + limit + ", expected 1 to " + MAX_PAGE);
        }
        if (path.writes()) {
            throw new PathException("this path ends in a change, and a select only reads");
        }
        List<@Nullable Object> values = new ArrayList<>();
        String[] next = {null};
        Trail trail = new Trail(page);
        Walk walk = new Walk(false, trail, budget);
        String[] last = {null};
        long[] bytes = {0};
        walk.go(path.navs(), from, place -> {
            if (trail.isOld()) {
                return true;
            }
            if (values.size() == limit || bytes[0] >= MAX_PAGE_BYTES) {
                next[0] = last[0];
                return false;
            }
            Object value = row(walk, place);
            values.add(value);
            bytes[0] += weight(value);
            if (values.size() == limit || bytes[0] >= MAX_PAGE_BYTES) {
                last[0] = trail.token();
            }
            return true;
        });
        return new Page(values, next[0]);
    }

    /** About as many bytes as a value has in JSON. */
    public static long weight(@Nullable Object value) {
        return switch (value) {
            case CharSequence text -> 2L + text.length();
            case Map<?, ?> map ->
                2
                        + map.entrySet().stream()
                                .mapToLong(each -> 2 + weight(each.getKey()) + weight(each.getValue()))
                                .sum();
            case Iterable<?> all -> {
                long sum = 2;
                for (Object each : all) {
                    sum += 1 + weight(each);
                }
                yield sum;
            }
            case null, default -> 8;
        };
    }

    private static @Nullable Object row(Walk walk, Place place) {
        Object value = plain(place);
        if (walk.collected().isEmpty()) {
            return value;
        }
        List<@Nullable Object> row = new ArrayList<>();
        walk.collected().forEach(each -> row.add(plain(each)));
        row.add(value);
        return row;
    }

    private static @Nullable Object plain(Place place) {
        if (place instanceof EntryPlace entry) {
            return entry.plain();
        }
        Object value = place.value();
        return value == null ? null : place.schema().plain(value);
    }

    /** A collected value as JSON, by what it is. */
    private static @Nullable Object plain(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case List<?> list -> {
                List<@Nullable Object> plain = new ArrayList<>();
                list.forEach(each -> plain.add(plain(each)));
                yield plain;
            }
            case Map.Entry<?, ?> entry -> {
                List<@Nullable Object> pair = new ArrayList<>();
                pair.add(plain(entry.getKey()));
                pair.add(plain(entry.getValue()));
                yield pair;
            }
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> plain = new LinkedHashMap<>();
                map.forEach((key, each) -> plain.put(String.valueOf(plain(key)), plain(each)));
                yield plain;
            }
            case java.util.Collection<?> all -> plain(List.copyOf(all));
            default -> ResultPlace.schemaOf(value).plain(value);
        };
    }

    /** Tells the keys of the outermost map that a path names. */
    public static void topKeys(Path<?, ?> path, Consumer<Object> each) {
        topKeys(path.navs(), each);
    }

    /** Tells the keys of the outermost map that a change names. */
    public static void topKeys(Write<?> write, Consumer<Object> each) {
        topKeys(write.navs(), each);
    }

    /** Goes through what stays at the start, and into all branches. */
    private static void topKeys(List<Nav> path, Consumer<Object> each) {
        for (Nav nav : path) {
            switch (nav) {
                case Nav.Key key -> each.accept(key.key());
                case Nav.Must key -> each.accept(key.key());
                case Nav.MapKey key -> each.accept(key.key());
                case Nav.SubMap some -> some.keys().forEach(each);
                case Nav.MultiPath multi -> multi.paths().forEach(branch -> topKeys(branch, each));
                case Nav.CondPath cond ->
                    cond.branches().forEach(branch -> {
                        topKeys(branch.condition(), each);
                        topKeys(branch.then(), each);
                    });
                case Nav.FilterSelected filter -> {
                    topKeys(filter.path(), each);
                    continue;
                }
                case Nav.Collect sub -> {
                    topKeys(sub.path(), each);
                    continue;
                }
                case Nav.CollectOne sub -> {
                    topKeys(sub.path(), each);
                    continue;
                }
                case Nav.Subselect sub -> topKeys(sub.path(), each);
                case Nav.Stay _,
                        Nav.Filter _,
                        Nav.NullToVal _,
                        Nav.PutCollected _,
                        Nav.Val _,
                        Nav.DispenseCollected _ -> {
                    continue;
                }
                default -> {}
            }
            return;
        }
    }

    /** Makes a change. */
    public static void write(Place from, Write<?> write) {
        new Walk(true, Trail.NONE).go(write.navs(), from, _ -> true);
    }

    /** Makes a change that was read from JSON. */
    public static void write(Place from, PathReader.Read write) {
        if (!write.writes()) {
            throw new PathException("this path ends in no change: its last element is to be term_val or term_void");
        }
        new Walk(true, Trail.NONE).go(write.navs(), from, _ -> true);
    }
}
