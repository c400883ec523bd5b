package io.thalweg.ledger.store;

import java.util.List;

/** The slots that any of several cursors has. Owns them. */
final class UnionCursor implements Cursor {
    private final List<Cursor> cursors;

    UnionCursor(List<Cursor> cursors) {
        this.cursors = List.copyOf(cursors);
    }

    @Override
    public long ceiling(long slot) {
        long best = NONE;
        for (Cursor cursor : cursors) {
            long found = cursor.ceiling(slot);
            if (found >= 0 && (best < 0 || found < best)) {
                best = found;
            }
        }
        return best;
    }

    @Override
    public long floor(long slot) {
        long best = NONE;
        for (Cursor cursor : cursors) {
            best = Math.max(best, cursor.floor(slot));
        }
        return best;
    }

    @Override
    public void close() {
        cursors.forEach(Cursor::close);
    }
}
