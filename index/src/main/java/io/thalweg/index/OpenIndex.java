package io.thalweg.index;

import io.thalweg.index.path.PathReader;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Reading;
import io.thalweg.index.store.Writing;
import io.thalweg.index.tree.Bounds;
import io.thalweg.index.tree.Cells;
import io.thalweg.index.tree.Place;
import io.thalweg.index.tree.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** An index that fits its store. Immutable; any thread. */
public final class OpenIndex<T> {
    private final Index<T> index;
    private final Shape shape;
    private final IndexSpace space;

    OpenIndex(Index<T> index, Shape shape, IndexSpace space) {
        this.index = index;
        this.shape = shape;
        this.space = space;
    }

    public Index<T> declaration() {
        return index;
    }

    /** Reads a slot of the index from {@code cells}: a snapshot on any thread, an overlay on its own. */
    public IndexReader<T> reader(Reading cells, int slot) {
        return reader(cells, slot, KeyGuard.NONE);
    }

    /** The same, with a guard that hears of keys before they are reached for. */
    public IndexReader<T> reader(Reading cells, int slot, KeyGuard guard) {
        return new IndexReader<>(new Cells(cells).root(space.root(index.name(), slot), shape), guard);
    }

    /** Reads and writes a slot of the index in {@code cells}; one thread. */
    public IndexWriter<T> writer(Writing cells, int slot) {
        return writer(cells, slot, KeyGuard.NONE);
    }

    /** The same, with a guard that hears of keys before they are reached for. */
    public IndexWriter<T> writer(Writing cells, int slot, KeyGuard guard) {
        return new IndexWriter<>(new Cells(cells).root(space.root(index.name(), slot), shape), guard);
    }

    /** Whether values of an older schema may be there, for {@link #renew} to write again. */
    public boolean hasHistory() {
        return shape.hasHistory();
    }

    /**
     * Writes values of an older schema again in today's form: those of some entries of a slot. Reading does without it; it takes the
     * work from those who read.
     *
     * @param from the key of the last entry that was done, null to begin
     * @param max entries to look at
     * @return the key to go on from, null if the slot is done
     */
    public @Nullable Object renew(Writing cells, int slot, @Nullable Object from, int max) {
        Place root = new Cells(cells).root(space.root(index.name(), slot), shape);
        if (!shape.spread() || !(shape.schema() instanceof MapSchema<?, ?>)) {
            root.renew();
            return null;
        }
        List<Object> done = new ArrayList<>();
        root.keyed().each(new Bounds(from, from == null, null, true, max, false), (key, value) -> {
            value.renew();
            return done.add(key);
        });
        return done.size() < max ? null : done.getLast();
    }

    /** Before all cells of a slot, which may be the one behind the last. */
    private byte[] start(int slot) {
        byte[] start = space.root(index.name(), 0);
        start[start.length - 2] = (byte) (slot >>> 8);
        start[start.length - 1] = (byte) slot;
        return start;
    }

    /** Whether changes reach into a slot of the index. */
    public boolean isTouched(Changes changes, int slot) {
        return changes.reach(start(slot), start(slot + 1));
    }

    /** Whether changes reach into the index. */
    public boolean isTouched(Changes changes) {
        return changes.reach(start(0), start(IndexSpace.SLOTS));
    }

    /** Those of some slots that changes reach into, ascending; costs a look for each slot that they reach into, unless they empty some. */
    public List<Integer> touched(Changes changes, SortedSet<Integer> slots) {
        byte[] end = start(IndexSpace.SLOTS);
        byte[] from = start(0);
        for (Changes.Range range : changes.emptied()) {
            if (Arrays.compareUnsigned(range.from(), end) < 0 && Arrays.compareUnsigned(from, range.to()) < 0) {
                return slots.stream().filter(slot -> isTouched(changes, slot)).toList();
            }
        }
        List<Integer> touched = new ArrayList<>();
        byte @Nullable [] at = changes.ceiling(from);
        while (at != null && Arrays.compareUnsigned(at, end) < 0) {
            int slot = (at[end.length - 2] & 0xff) << 8 | (at[end.length - 1] & 0xff);
            if (slots.contains(slot)) {
                touched.add(slot);
            }
            at = changes.ceiling(start(slot + 1));
        }
        return touched;
    }

    /**
     * The keys of the outermost map whose entries changes reach into, in a slot; null where that cannot be told: the index is no map that is
     * stored entry by entry, or the changes empty more than one entry at once.
     */
    public @Nullable Set<Object> touched(Changes changes, int slot) {
        if (!shape.spread() || !(shape.schema() instanceof MapSchema<?, ?> map)) {
            return null;
        }
        byte[] root = start(slot);
        byte[] end = start(slot + 1);
        Set<Object> keys = new TreeSet<>(map.key().order());
        for (Changes.Range range : changes.emptied()) {
            if (Arrays.compareUnsigned(range.to(), root) <= 0 || Arrays.compareUnsigned(end, range.from()) <= 0) {
                continue;
            }
            Object key = Arrays.compareUnsigned(range.from(), root) < 0 ? null : Cells.topKey(map, root, range.from());
            if (key == null || Arrays.compareUnsigned(range.to(), Cells.behind(map, root, key)) > 0) {
                return null;
            }
            keys.add(key);
        }
        for (byte[] cell : changes.keys(root, end)) {
            Object key = Cells.topKey(map, root, cell);
            if (key != null) {
                keys.add(key);
            }
        }
        return keys;
    }

    /** Makes those changes that reach into the index. */
    public void apply(Changes changes, Writing to) {
        changes.applyTo(to, start(0), start(IndexSpace.SLOTS));
    }

    /** The slots in which something lies, ascending. */
    public List<Integer> slots(Reading cells) {
        List<Integer> slots = new ArrayList<>();
        byte[] end = start(IndexSpace.SLOTS);
        try (Cursor cursor = cells.cursor(space.root(index.name(), 0), end, false)) {
            while (cursor.valid()) {
                byte[] key = cursor.key();
                int slot = (key[end.length - 2] & 0xff) << 8 | (key[end.length - 1] & 0xff);
                slots.add(slot);
                cursor.seek(slot + 1 < IndexSpace.SLOTS ? space.root(index.name(), slot + 1) : end);
            }
        }
        return slots;
    }

    /** A path from its JSON form, as {@link PathReader} has it, checked against the schema. */
    public PathReader.Read path(List<?> json) {
        return PathReader.read(json, index.schema());
    }
}
