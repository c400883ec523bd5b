package io.thalweg.index;

import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes what one store keeps for a view to another, page by page, each as of its own moment. Positions come first, and are written last: the
 * copy is then at least as new as they say, in every cell, and the steps behind them make it whole, since a step says what a cell is and not how
 * it changes. A copy that breaks off has no positions, and is begun again.
 *
 * <pre>
 * page = version 1, bool more, count cell*
 * cell = key value                           bytes each, the key without what is common to the view's
 * </pre>
 */
public final class IndexCopy {
    private static final int VERSION = 1;
    private static final int POSITIONS = 0;

    private IndexCopy() {}

    /**
     * The cells behind a key.
     *
     * @param after null for the first page
     * @param bytesMax of keys and values, but for the last cell
     */
    public static byte[] page(IndexSpace space, Reading from, byte @Nullable [] after, int bytesMax) {
        byte[] prefix = space.from();
        byte[] start = after == null
                ? prefix
                : new KeyWriter().raw(prefix).raw(after).raw(0).toByteArray();
        List<byte[]> cells = new ArrayList<>();
        long bytes = 0;
        boolean more = false;
        try (Cursor cursor = from.cursor(start, space.to(), false)) {
            for (; cursor.valid(); cursor.next()) {
                if (bytes >= bytesMax) {
                    more = true;
                    break;
                }
                byte[] key = cursor.key();
                byte[] value = cursor.value();
                cells.add(Arrays.copyOfRange(key, prefix.length, key.length));
                cells.add(value);
                bytes += key.length + value.length;
            }
        }
        ValueWriter to = new ValueWriter().raw(VERSION).bool(more).count(cells.size() / 2L);
        cells.forEach(to::bytes);
        return to.toByteArray();
    }

    /** Where pages come from. */
    @FunctionalInterface
    public interface Source {
        /** The page behind a key, from the start with null. */
        byte[] page(byte @Nullable [] after) throws InterruptedException;
    }

    /**
     * Puts a copy in the place of whatever a store keeps for the view.
     *
     * @throws MalformedException when a page is none
     */
    public static void receive(IndexSpace space, Source source, IndexStore store) throws InterruptedException {
        byte[] prefix = space.from();
        Overlay cleared = new Overlay(store.latest());
        space.clear(cleared);
        store.commit(cleared.changes());
        Overlay positions = new Overlay(store.latest());
        byte[] last = null;
        boolean more = true;
        while (more) {
            ValueReader page = new ValueReader(source.page(last));
            int version = page.raw();
            if (version != VERSION) {
                throw new MalformedException("a page of an index has version " + version + ", expected " + VERSION);
            }
            more = page.bool();
            int count = page.size();
            if (more && count == 0) {
                throw new MalformedException("a page of an index is empty, and there are to be more");
            }
            Overlay cells = new Overlay(store.latest());
            for (int i = 0; i < count; i++) {
                byte[] key = page.bytes();
                byte[] value = page.bytes();
                if (key.length == 0 || (last != null && Arrays.compareUnsigned(last, key) >= 0)) {
                    throw new MalformedException(
                            "keys of an index do not ascend: " + HexFormat.of().formatHex(key));
                }
                last = key;
                byte[] whole = new KeyWriter().raw(prefix).raw(key).toByteArray();
                (key[0] == POSITIONS ? positions : cells).put(whole, value);
            }
            page.end();
            store.commit(cells.changes());
        }
        store.commit(positions.changes());
    }
}
