package io.thalweg.server.javaviews.store;

import io.thalweg.index.store.Changes;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.index.store.RocksStore;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Cells that are made for one question and thrown away: in memory as long as they are few, then in a store of their own. One thread until all is
 * applied; then any number may read, until it is closed.
 */
public final class Scratch implements AutoCloseable {
    /** Memory for cells that are not in the store yet. */
    static final long BUFFER_BYTES = 8L << 20;

    private static final MemoryStore EMPTY = new MemoryStore();

    private final Path folder;
    private @Nullable RocksStore store;
    private Overlay cells;

    /**
     * @param folder for the store; there is none of the name yet
     * @param begun the store, if it has something already; null to begin with nothing
     */
    public Scratch(Path folder, @Nullable RocksStore begun) {
        this.folder = folder;
        this.store = begun;
        this.cells = new Overlay(begun == null ? EMPTY.latest() : begun.latest());
    }

    public void apply(Changes changes) {
        changes.applyTo(cells);
        if (cells.bytes() < BUFFER_BYTES) {
            return;
        }
        RocksStore its = store;
        if (its == null) {
            its = RocksStore.open(folder, BUFFER_BYTES, BUFFER_BYTES);
            store = its;
        }
        its.commit(cells.changes());
        cells = new Overlay(its.latest());
    }

    public Reading cells() {
        return cells;
    }

    @Override
    public void close() {
        RocksStore its = store;
        try {
            if (its != null) {
                its.close();
            }
        } finally {
            Folders.remove(folder); // also of a store that did not open
        }
    }
}
