package io.thalweg.ledger;

import java.lang.foreign.MemorySegment;

/** What {@link Batch} needs of a kind of thing that is created: how one is checked and made, and how a chain of them is undone. */
interface Creation {
    /** Failures that a batch finds before it looks at the event itself. */
    enum Failure {
        CHAIN_OPEN,
        LINKED,
        IMPORTED_EXPECTED,
        IMPORTED_NOT_EXPECTED,
        TIMESTAMP_OUT_OF_RANGE,
        TIMESTAMP_ADVANCES,
        TIMESTAMP_NOT_ZERO
    }

    /** The flags of the event at an offset; bit 0 is {@code linked} for accounts and transfers alike. */
    int flags(MemorySegment in, long at);

    boolean isImported(int flags);

    CreateStatus failure(Failure failure);

    /**
     * The next events of the batch, whose {@link #create} follows one after another: what they need can be looked up for all at
     * once, so that one's wait for memory is another's, too.
     */
    default void prepare(MemorySegment in, long at, int events) {}

    /**
     * Checks one event and, if nothing speaks against it, makes it.
     *
     * @param timestamp the event's tick
     */
    CreateStatus create(MemorySegment in, long at, long timestamp);

    /** After {@code CREATED} or {@code EXISTS}: the timestamp of what is there now. */
    long objectTimestamp();

    void beginChain();

    void commitChain();

    /** Takes back everything since {@link #beginChain}. */
    void rollbackChain();

    /** A failure that will not be undone, after any rollback. */
    default void failed(MemorySegment in, long at, CreateStatus status) {}
}
