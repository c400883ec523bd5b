package io.thalweg.view.java.query;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Writing;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one part of a query keeps for itself while it runs, in the shape of indexes and in memory. Each byte counts against what its question may have;
 * {@link #forget} gives them back. One thread.
 */
final class TemporaryState implements Writing {
    private static final MemoryStore NOTHING = new MemoryStore();
    private static final IndexSpace SPACE = new IndexSpace(new UUID(0, 0), 0);
    private static final int SLOT = 0;

    /** How often something is done from one look at the clock to the next. */
    private static final int LOOK = 256;

    private final QueryRun run;
    private final Overlay cells = new Overlay(NOTHING.latest());
    private final Map<Index<?>, OpenIndex<?>> open = new HashMap<>();
    private long counted;
    private int done;

    TemporaryState(QueryRun run) {
        this.run = run;
    }

    /** An index that is empty when it is first asked for. */
    @SuppressWarnings("unchecked") // an index is opened by its own declaration
    <T> IndexWriter<T> index(Index<T> index) {
        OpenIndex<T> known = (OpenIndex<T>) open.get(index);
        if (known == null) {
            known = SPACE.open(index, this);
            open.put(index, known);
        }
        return known.writer(this, SLOT);
    }

    /** What it has counts no more. */
    void forget() {
        run.keeps(-counted);
        counted = 0;
    }

    private void look() {
        if (++done % LOOK == 0) {
            run.requireTime();
        }
    }

    private void count() {
        look();
        long more = cells.bytes() - counted;
        counted += more;
        run.keeps(more);
    }

    @Override
    public void put(byte[] key, byte[] value) {
        cells.put(key, value);
        count();
    }

    @Override
    public void delete(byte[] key) {
        // A cell that says that nothing is there takes as much as one that says something.
        cells.delete(key);
        count();
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
        cells.deleteRange(from, to);
        count();
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        look();
        return cells.get(key);
    }

    @Override
    public boolean has(byte[] key) {
        look();
        return cells.has(key);
    }

    @Override
    public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
        look();
        return cells.cursor(from, to, reverse);
    }
}
