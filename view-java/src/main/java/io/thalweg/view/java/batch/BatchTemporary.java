package io.thalweg.view.java.batch;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.index.store.Writing;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What a batch keeps for itself in a partition, in the shape of indexes: cells aside of those of the partition's indexes, written by the steps of its phases, so that
 * whoever leads next goes on with them, and in the store rather than in memory. No reader sees them. They are of one try of one batch: a program of before, which
 * leads for a while as nodes are replaced, knows nothing of them and leaves them there. One thread.
 */
public final class BatchTemporary {
    /** What a phase writes of it, in bytes of its changes: it is part of a step. */
    public static final long BYTES = 256 << 10;

    private static final int KIND = 't';
    private static final byte[] FIRST = {};
    private static final byte[] LAST = new byte[32];

    static {
        Arrays.fill(LAST, (byte) 0xff);
    }

    private final IndexSpace space;
    private final Map<Index<?>, OpenIndex<?>> open = new HashMap<>();

    /**
     * Of a try of a batch in a partition.
     *
     * @param of where the partition's indexes lie
     */
    public BatchTemporary(IndexSpace of, int partition, String batch, long number, int attempt) {
        byte[] its = name(batch).fixed(number).fixed(attempt).toByteArray();
        space = of.inside(partition, its);
    }

    private static KeyWriter name(String batch) {
        return new KeyWriter().raw(KIND).text(batch);
    }

    /** Has nothing be there any more, of whichever try. */
    public static void clear(IndexSpace of, int partition, String batch, Writing cells) {
        Changes.Range range = of.inside(partition, name(batch).toByteArray()).range();
        boolean some;
        try (Cursor cursor = cells.cursor(range.from(), range.to(), false)) {
            some = cursor.valid();
        }
        if (some) { // most batches have none, and ranges that are emptied again and again make stores slow
            cells.deleteRange(range.from(), range.to());
        }
    }

    /** An index of it by its declaration, opened over the cells of the step that asks first. */
    @SuppressWarnings("unchecked") // an index is opened by its own declaration
    public <T> OpenIndex<T> index(Index<T> index, Writing cells) {
        return (OpenIndex<T>) open.computeIfAbsent(index, its -> space.open(its, cells));
    }

    /** Whether code has asked for any of it. */
    public boolean isUsed() {
        return !open.isEmpty();
    }

    /** The changes among others that are none of it. */
    public Changes others(Changes all, Reading below) {
        Changes.Range range = space.range();
        Overlay rest = new Overlay(below);
        all.applyTo(rest, FIRST, range.from());
        all.applyTo(rest, range.to(), LAST);
        return rest.changes();
    }

    /** Those that are of it. */
    public Changes its(Changes all, Reading below) {
        Changes.Range range = space.range();
        Overlay its = new Overlay(below);
        all.applyTo(its, range.from(), range.to());
        return its.changes();
    }

    /** What changes have as bytes. */
    public static long bytes(Changes changes) {
        ValueWriter to = new ValueWriter();
        changes.write(to);
        return to.toByteArray().length;
    }
}
