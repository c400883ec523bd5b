package io.thalweg.ledger.query;

import io.thalweg.ledger.store.Cursor;

/** The order in which a query answers. */
public enum Direction {
    /** Oldest first. */
    ASCENDING,
    /** Newest first. */
    DESCENDING;

    /** The match nearest to {@code slot} in this direction, {@code slot} included, or {@link Cursor#NONE}. */
    long seek(Cursor cursor, long slot) {
        return this == ASCENDING ? cursor.ceiling(slot) : cursor.floor(slot);
    }

    /** Whether a walk in this direction meets {@code slot} before {@code other}. */
    boolean before(long slot, long other) {
        return this == ASCENDING ? slot < other : slot > other;
    }
}
