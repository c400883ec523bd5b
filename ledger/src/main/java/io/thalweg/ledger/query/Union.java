package io.thalweg.ledger.query;

import io.thalweg.ledger.store.Cursor;
import java.util.List;

/**
 * The slots that are in any of some cursors, each once. The cursors stand in a heap by the slot that each of them is at, so
 * that a seek moves only those that lie behind its target: a union of two thousand costs what those of them cost that have
 * something nearby.
 */
final class Union implements Cursor {
    private final Cursor[] cursors;

    /** Numbers of cursors that have slots left, as a binary heap, nearest first. */
    private final int[] heap;

    /** Where each cursor is. */
    private final long[] at;

    private int size;
    private Direction direction = Direction.ASCENDING;

    /** The target of the last seek; a seek that goes back begins anew. */
    private long last;

    private boolean sought;

    /** Takes the cursors over. */
    Union(List<? extends Cursor> cursors) {
        this.cursors = cursors.toArray(Cursor[]::new);
        heap = new int[this.cursors.length];
        at = new long[this.cursors.length];
    }

    /** The cursor itself when there is only one, else their union. */
    static Cursor of(List<? extends Cursor> cursors) {
        return cursors.size() == 1 ? cursors.getFirst() : new Union(cursors);
    }

    @Override
    public long ceiling(long slot) {
        return seek(Direction.ASCENDING, slot);
    }

    @Override
    public long floor(long slot) {
        return seek(Direction.DESCENDING, slot);
    }

    private long seek(Direction to, long slot) {
        if (!sought || to != direction || to.before(slot, last)) {
            begin(to, slot);
        }
        last = slot;
        while (size > 0 && to.before(at[heap[0]], slot)) {
            int nearest = heap[0];
            at[nearest] = to.seek(cursors[nearest], slot);
            if (at[nearest] == NONE) {
                heap[0] = heap[--size];
            }
            sink(0);
        }
        return size == 0 ? NONE : at[heap[0]];
    }

    private void begin(Direction to, long slot) {
        direction = to;
        sought = true;
        size = 0;
        for (int i = 0; i < cursors.length; i++) {
            at[i] = to.seek(cursors[i], slot);
            if (at[i] != NONE) {
                heap[size++] = i;
            }
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i);
        }
    }

    private void sink(int from) {
        int i = from;
        while (true) {
            int child = 2 * i + 1;
            if (child >= size) {
                return;
            }
            if (child + 1 < size && direction.before(at[heap[child + 1]], at[heap[child]])) {
                child++;
            }
            if (!direction.before(at[heap[child]], at[heap[i]])) {
                return;
            }
            int moved = heap[i];
            heap[i] = heap[child];
            heap[child] = moved;
            i = child;
        }
    }

    @Override
    public void close() {
        for (Cursor cursor : cursors) {
            cursor.close();
        }
    }
}
