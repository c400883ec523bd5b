package io.thalweg.ledger.query;

import io.thalweg.ledger.store.Cursor;
import java.util.List;

/**
 * The slots of a range that are in all of some cursors; of none, all slots of the range.
 *
 * <p>The zig-zag: a candidate is shown to one cursor after the other. One that does not hold it answers with its next slot,
 * which becomes the candidate, and all others have to agree anew. A candidate on which as many cursors as there are agreed in a
 * row is a match. Each cursor therefore skips what the others rule out, and the walk ends only when a cursor has no slot left
 * or the candidate leaves the range: that a cursor disagrees never ends it.
 */
final class Intersection implements Cursor {
    private final Cursor[] cursors;
    private final long from;
    private final long to;

    /** Takes the cursors over. Yields slots of {@code [from, to)} only. */
    Intersection(List<? extends Cursor> cursors, long from, long to) {
        this.cursors = cursors.toArray(Cursor[]::new);
        this.from = from;
        this.to = to;
    }

    @Override
    public long ceiling(long slot) {
        return seek(Direction.ASCENDING, Math.max(slot, from));
    }

    @Override
    public long floor(long slot) {
        return seek(Direction.DESCENDING, Math.min(slot, to - 1));
    }

    private long seek(Direction direction, long start) {
        long candidate = start;
        int agreed = 0;
        int asked = 0;
        while (candidate >= from && candidate < to) {
            if (agreed == cursors.length) {
                return candidate;
            }
            long found = direction.seek(cursors[asked], candidate);
            if (found == NONE) {
                return NONE;
            }
            agreed = found == candidate ? agreed + 1 : 1;
            candidate = found;
            asked = asked + 1 == cursors.length ? 0 : asked + 1;
        }
        return NONE;
    }

    @Override
    public void close() {
        for (Cursor cursor : cursors) {
            cursor.close();
        }
    }
}
