package io.thalweg.view.java.local;

import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Reading;
import io.thalweg.view.java.query.Moment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What stores have at a moment, one of each partition. */
record LocalMoment(List<IndexStore.Snapshot> snapshots) implements Moment {
    static LocalMoment of(List<MemoryStore> stores) {
        return new LocalMoment(stores.stream().map(MemoryStore::snapshot).toList());
    }

    @Override
    public Reading partition(int number) {
        return snapshots.get(number);
    }

    @Override
    public void close() {
        snapshots.forEach(IndexStore.Snapshot::close);
    }

    /** All cells of a store, as text. */
    static List<String> cells(IndexStore store) {
        List<String> cells = new ArrayList<>();
        try (Cursor cursor = store.latest().cursor(new byte[] {0}, new byte[] {-1}, false)) {
            for (; cursor.valid(); cursor.next()) {
                cells.add(HexFormat.of().formatHex(cursor.key()) + "="
                        + HexFormat.of().formatHex(cursor.value()));
            }
        }
        return cells;
    }
}
