package io.thalweg.view.java.query;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Writing;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one part of a query keeps for itself while it runs, in the shape of indexes and in memory. Each byte counts against what its question may have;
 * {@link #forget} gives them back. It is of the part that asked for it, and says so to others.
 */
final class TemporaryState implements Writing {
    private static final MemoryStore NOTHING = new MemoryStore();
    private static final IndexSpace SPACE = new IndexSpace(new UUID(0, 0), 0);
    private static final int SLOT = 0;

    /** How often something is done from one look at the clock to the next. */
    private static final int LOOK = 256;

    private final QueryRun run;

    /** Who may use it; nobody while parts of the query run elsewhere, which may know it from the code around them. */
    private volatile @Nullable Thread owner = Thread.currentThread();

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

    /** Until {@link #takeBack} nobody uses it. */
    void rest() {
        owner = null;
    }

    void takeBack() {
        owner = Thread.currentThread();
    }

    private void look() {
        if (!Thread.currentThread().equals(owner)) {
            throw new IllegalStateException("temporary state is of the part of a query that asked for it: code that"
                    + " runs elsewhere, in at.each or at.all, asks the 'at' that it is given for its own");
        }
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
        cells.forget(key, Arrays.copyOf(key, key.length + 1));
        count();
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
        // Nothing lies below, so that nothing has to be hidden: the cells go, and no range is remembered.
        cells.forget(from, to);
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
