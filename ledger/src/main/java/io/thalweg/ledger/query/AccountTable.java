package io.thalweg.ledger.query;

import java.lang.foreign.MemorySegment;

/** The engine's accounts, numbered in the order of their creation. */
public interface AccountTable {
    /** The number of an account, or -1. Finds all published accounts on any thread, and may find newer ones. */
    long ordinalOf(long idLow, long idHigh);

    /**
     * Copies the 128 bytes of a published account. On any thread what never changes in them is right; balances and the closed
     * bit are right on the apply thread only.
     */
    void copy(long ordinal, MemorySegment target, long targetOffset);
}
