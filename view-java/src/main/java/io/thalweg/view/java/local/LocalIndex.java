package io.thalweg.view.java.local;

import io.thalweg.index.Index;
import io.thalweg.index.IndexReader;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.Selection;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One index without a view, in memory, for tests of paths: all of its keys lie together. What is written is seen by who writes, by others once it
 * is committed. One thread.
 *
 * @param <T> what it holds
 */
public final class LocalIndex<T> {
    private static final IndexSpace SPACE = new IndexSpace(new UUID(0, 1), 0);

    private final Index<T> index;
    private final MemoryStore store = new MemoryStore();
    private OpenIndex<T> open;
    private Overlay overlay;

    public LocalIndex(Index<T> index) {
        this.index = index;
        this.overlay = new Overlay(store.latest());
        this.open = SPACE.open(index, overlay);
    }

    /** To write with, and to read what is written already. Valid until the next {@link #commit}. */
    public IndexWriter<T> writer() {
        return open.writer(overlay, 0);
    }

    /** What is committed. */
    public IndexReader<T> reader() {
        return open.reader(store.latest(), 0);
    }

    /** Has all that was written since the last time be seen at once. */
    public void commit() {
        store.commit(overlay.changes());
        overlay = new Overlay(store.latest());
    }

    /** What a path in JSON's form finds in what is committed, as JSON. */
    public List<@Nullable Object> select(List<?> path) {
        return reader().select(open.path(path), Selection.MAX_PAGE, null).values();
    }

    /** What was not committed is gone, and of the newest commits some that the store had not written. */
    public void crash(Random random) {
        store.crash(random);
        overlay = new Overlay(store.latest());
        open = SPACE.open(index, overlay);
    }
}
