package io.thalweg.view.java.local;

import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import org.jspecify.annotations.Nullable;

/** A store whose commits stay in memory, over cells that do not change. Snapshots are what there is: for one thread, which reads nothing of before. */
final class LayeredStore implements IndexStore {
    private final Overlay cells;

    LayeredStore(Reading below) {
        this.cells = new Overlay(below);
    }

    /** What was committed here, to be read and written. */
    Overlay cells() {
        return cells;
    }

    @Override
    public Snapshot snapshot() {
        return new Snapshot() {
            @Override
            public byte @Nullable [] get(byte[] key) {
                return cells.get(key);
            }

            @Override
            public boolean has(byte[] key) {
                return cells.has(key);
            }

            @Override
            public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
                return cells.cursor(from, to, reverse);
            }

            @Override
            public void close() {
                // Nothing is held.
            }
        };
    }

    @Override
    public Reading latest() {
        return cells;
    }

    @Override
    public void commit(Changes changes) {
        changes.applyTo(cells);
    }

    @Override
    public void flush() {
        // Nothing survives.
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
