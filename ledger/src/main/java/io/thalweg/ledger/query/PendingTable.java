package io.thalweg.ledger.query;

/** The engine's table of what has become of pending transfers. */
public interface PendingTable {
    /**
     * The ordinal of a {@link PendingState}; 0 also for transfers that never were pending. Any thread; the answer may be newer
     * than what is published, but not older.
     */
    int of(long slot);

    /** What changed in the table of late; always the same object. */
    Resolutions recent();
}
