package io.thalweg.view.java.query;

import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Reading;

/** What is committed of all partitions of a view, as of one moment. Thread-safe, until it is closed. */
public interface Moment extends AutoCloseable {
    /** The cells of a partition; there may be those of others among them. */
    Reading partition(int number);

    @Override
    void close();

    /** Of a view whose partitions lie in one store. */
    static Moment of(IndexStore store) {
        IndexStore.Snapshot snapshot = store.snapshot();
        return new Moment() {
            @Override
            public Reading partition(int number) {
                return snapshot;
            }

            @Override
            public void close() {
                snapshot.close();
            }
        };
    }
}
