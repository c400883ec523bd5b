package io.thalweg.server.javaviews.reading;

import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.PathException;
import io.thalweg.index.path.PathReader;
import io.thalweg.index.path.ReadBudget;
import io.thalweg.index.path.Selection;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Position;
import io.thalweg.model.Slots;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.PathSlots;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads an index by a path in JSON's form, from one snapshot of the store. A path that begins with a key goes to that key's slot, another
 * to all slots in order; a page then ends with {@code slot:token}.
 */
public final class IndexSelect {
    /** What a reading holds at most; who reads says of how many at a time. */
    private static final long HELD_BYTES = 16L << 20;

    /** What a reading has though it was waited for as long as it may take. */
    private static final long LEAST_NS = 1_000_000_000L;

    private final ReadView view;
    private final String name;
    private final List<?> path;
    private final int limit;

    /**
     * What was found.
     *
     * @param next where the rest begins, null if there is none
     * @param position that it reflects at least
     */
    public record Found(
            List<@Nullable Object> values, @Nullable String next, Position position) {}

    /**
     * What was found, without what it reflects.
     *
     * @param next where the rest begins, null if there is none
     */
    public record Values(
            List<@Nullable Object> values, @Nullable String next) {}

    private record From(int slot, @Nullable String token) {}

    /** @param limit of values that are found at once */
    public IndexSelect(ReadView view, String name, List<?> path, int limit) {
        this.view = view;
        this.name = name;
        this.path = path;
        this.limit = limit;
    }

    /** What a reading may cost that is to be over in time; while it goes on others have their turns. */
    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread that only computes keeps its carrier to itself
    public static ReadBudget until(long wantedNs) {
        long now = System.nanoTime();
        long endNs = now + Math.max(wantedNs - now, LEAST_NS);
        return new ReadBudget(HELD_BYTES, () -> {
            if (System.nanoTime() - endNs >= 0) {
                throw new ThalwegException(
                        ErrorCode.DEADLINE_EXCEEDED,
                        "the path has more ways than there was time to go: let it lead to a smaller part, or give it"
                                + " more");
            }
            Thread.yield();
        });
    }

    public Found run(@Nullable String page, ReadBudget budget) {
        // All partitions lie in one store, so that one's cells are those of all.
        try (Moment moment = view.moment()) {
            return run(moment.partition(0), page, budget);
        }
    }

    /** The index that is read; {@code NOT_FOUND} if there is none of the name. */
    public OpenIndex<?> index() {
        return index(0);
    }

    /** The slot that the path leads to; empty where it goes to all. */
    public OptionalInt slot() {
        try {
            return PathSlots.slot(index(0), path);
        } catch (PathException | SchemaException | MalformedException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    /** The same from some state of the view's cells. */
    public Found run(Reading snapshot, @Nullable String page, ReadBudget budget) {
        Values found = values(snapshot, page, budget);
        return new Found(found.values, found.next, view.position(snapshot));
    }

    /** The same for who knows what the state reflects. */
    public Values values(Reading snapshot, @Nullable String page, ReadBudget budget) {
        Reading cells = budget.over(snapshot);
        try {
            OpenIndex<?> index = index(0);
            PathReader.Read read = index.path(path);
            OptionalInt slot = PathSlots.slot(index, path);
            if (slot.isPresent()) {
                OpenIndex<?> its = index(Slots.partition(slot.getAsInt(), view.width()));
                Selection.Page found = its.reader(cells, slot.getAsInt()).select(read, limit, page, budget);
                return new Values(found.values(), found.next());
            }
            return all(index, read, cells, page, budget);
        } catch (PathException | SchemaException | MalformedException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    private Values all(
            OpenIndex<?> index, PathReader.Read read, Reading cells, @Nullable String page, ReadBudget budget) {
        From from = from(page);
        List<@Nullable Object> values = new ArrayList<>();
        long bytes = 0;
        for (int slot : index.slots(cells)) {
            if (slot < from.slot) {
                continue;
            }
            if (values.size() == limit || bytes >= Selection.MAX_PAGE_BYTES) {
                return new Values(values, slot + ":");
            }
            String token = slot == from.slot ? from.token : null;
            Selection.Page found = index.reader(cells, slot).select(read, limit - values.size(), token, budget);
            values.addAll(found.values());
            bytes += Selection.weight(found.values());
            if (found.next() != null) {
                return new Values(values, slot + ":" + found.next());
            }
        }
        return new Values(values, null);
    }

    private static From from(@Nullable String page) {
        if (page == null) {
            return new From(0, null);
        }
        int colon = page.indexOf(':');
        if (colon < 1 || colon > 4 || !page.substring(0, colon).chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new PathException("page is '" + page + "', expected what a page before gave as its next");
        }
        String token = page.substring(colon + 1);
        return new From(Integer.parseInt(page.substring(0, colon)), token.isEmpty() ? null : token);
    }

    private OpenIndex<?> index(int number) {
        OpenIndex<?> index = view.index(name, number);
        if (index == null) {
            throw new ThalwegException(
                    ErrorCode.NOT_FOUND, "the view has no index " + name + "; it has " + view.indexes());
        }
        return index;
    }
}
