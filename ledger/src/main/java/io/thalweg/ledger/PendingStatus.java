package io.thalweg.ledger;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.query.PendingTable;
import io.thalweg.ledger.query.Resolutions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What became of each pending transfer: two bits for each slot of the book, in pages that exist only where something was
 * resolved. Written by the apply thread; other threads may read a status that is about to change, which is theirs to expect.
 */
final class PendingStatus implements Cells, PendingTable {
    /** Not resolved, or not a pending transfer at all. */
    static final int NONE = 0;

    static final int POSTED = 1;
    static final int VOIDED = 2;
    static final int EXPIRED = 3;

    private static final int SLOTS_PER_LONG = 32;
    private static final int PAGE_BYTES = 4096;
    private static final int SLOTS_PER_PAGE = PAGE_BYTES / 8 * SLOTS_PER_LONG;
    private static final int SLOTS_PER_CELL = CELL_BYTES / 8 * SLOTS_PER_LONG;
    private static final int CELLS_PER_PAGE = PAGE_BYTES / CELL_BYTES;

    private final Arena arena;
    private volatile MemorySegment[] pages = new MemorySegment[0];
    private final ChangedBits changed = new ChangedBits();
    private final Resolutions recent = new Resolutions();

    PendingStatus(Arena arena) {
        this.arena = arena;
    }

    @Override
    public int of(long slot) {
        MemorySegment[] all = pages;
        int page = Math.toIntExact(slot / SLOTS_PER_PAGE);
        if (page >= all.length || all[page].byteSize() == 0) {
            return NONE;
        }
        return (int) (Bytes.u64(all[page], word(slot)) >>> shift(slot)) & 3;
    }

    @Override
    public Resolutions recent() {
        return recent;
    }

    /**
     * Sets what became of a pending transfer.
     *
     * @param by the slot that the transfer will have which does it, or the expiry
     */
    void resolve(long slot, int status, long by) {
        recent.add(slot, by, status == EXPIRED);
        set(slot, status);
    }

    /** Sets a status back to what it was, or to what a checkpoint says. */
    void set(long slot, int status) {
        int page = Math.toIntExact(slot / SLOTS_PER_PAGE);
        MemorySegment memory = page(page);
        long word = word(slot);
        long others = Bytes.u64(memory, word) & ~(3L << shift(slot));
        Bytes.u64(memory, word, others | ((long) status << shift(slot)));
        changed.set(Math.toIntExact(slot / SLOTS_PER_CELL));
    }

    private static long word(long slot) {
        return slot % SLOTS_PER_PAGE / SLOTS_PER_LONG * 8;
    }

    private static int shift(long slot) {
        return (int) (slot % SLOTS_PER_LONG) * 2;
    }

    private MemorySegment page(int page) {
        MemorySegment[] all = pages;
        if (page >= all.length) {
            int before = all.length;
            all = Arrays.copyOf(all, Math.max(page + 1, before + before / 2));
            Arrays.fill(all, before, all.length, MemorySegment.NULL);
            pages = all;
        }
        if (all[page].byteSize() == 0) {
            all[page] = arena.allocate(PAGE_BYTES, 64);
        }
        return all[page];
    }

    // --- checkpoints: a cell is a part of a page

    @Override
    public int cells() {
        return Math.multiplyExact(pages.length, CELLS_PER_PAGE);
    }

    @Override
    public int nextChanged(int from) {
        return changed.next(from, cells());
    }

    @Override
    public void cleaned() {
        changed.clear();
    }

    @Override
    public void copyOut(int cell, MemorySegment target, long offset) {
        MemorySegment.copy(pages[cell / CELLS_PER_PAGE], inPage(cell), target, offset, CELL_BYTES);
    }

    @Override
    public void copyIn(int cell, MemorySegment source, long offset) {
        MemorySegment.copy(source, offset, page(cell / CELLS_PER_PAGE), inPage(cell), CELL_BYTES);
    }

    private static long inPage(int cell) {
        return (long) (cell % CELLS_PER_PAGE) * CELL_BYTES;
    }
}
