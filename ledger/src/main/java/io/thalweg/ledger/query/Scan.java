package io.thalweg.ledger.query;

import io.thalweg.ledger.store.Cursor;
import java.util.List;

/** A walk over the slots of a range that are in all of some cursors. One thread. */
final class Scan implements AutoCloseable {
    private final Cursor matches;
    private final Direction direction;
    private long next;

    /** Takes the cursors over; the range is {@code [from, to)}. */
    Scan(List<? extends Cursor> cursors, long from, long to, Direction direction) {
        matches = new Intersection(cursors, from, to);
        this.direction = direction;
        next = direction == Direction.ASCENDING ? from : to - 1;
    }

    /** The next slot, or {@link Cursor#NONE} from the end on. */
    long next() {
        if (next == Cursor.NONE) {
            return Cursor.NONE;
        }
        long slot = direction.seek(matches, next);
        // Before slot 0 there is -1, which is NONE: the end as well.
        next = slot == Cursor.NONE ? Cursor.NONE : direction == Direction.ASCENDING ? slot + 1 : slot - 1;
        return slot;
    }

    @Override
    public void close() {
        matches.close();
    }
}
