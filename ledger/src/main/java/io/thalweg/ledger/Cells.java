package io.thalweg.ledger;

import java.lang.foreign.MemorySegment;

/** State that changes in place, in cells of one size which know whether they changed since the last checkpoint. Apply thread only. */
interface Cells {
    int CELL_BYTES = 128;

    /** Cells are numbered from 0 to below this. */
    int cells();

    /** The first cell from {@code from} on that changed, or -1. */
    int nextChanged(int from);

    /** All changes have been taken. */
    void cleaned();

    void copyOut(int cell, MemorySegment target, long offset);

    /** Restores a cell, which may be the first that is heard of it; throws {@code MalformedException} if it cannot be. */
    void copyIn(int cell, MemorySegment source, long offset);
}
