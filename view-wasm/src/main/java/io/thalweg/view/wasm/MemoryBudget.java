package io.thalweg.view.wasm;

import io.thalweg.view.ViewTrap;

/** How much memory one component instance holds, over all of its linear memories, and may hold. One thread at a time. */
final class MemoryBudget {
    static final int PAGE_BYTES = 1 << 16;

    /** A linear memory is one Java array. */
    private static final long MAX_PAGES = (Integer.MAX_VALUE - 8) / PAGE_BYTES;

    private final int maxPages;
    private volatile int usedPages;

    MemoryBudget(long maxBytes) {
        this.maxPages = (int) Math.clamp(maxBytes / PAGE_BYTES, 0, MAX_PAGES);
    }

    int maxPages() {
        return maxPages;
    }

    /** The pages that a module wants from the start. */
    void takeInitial(int pages) {
        if (!take(pages)) {
            throw new ViewTrap(
                    "needs " + (long) pages * PAGE_BYTES + " bytes of memory at the start, more than its limit of "
                            + (long) maxPages * PAGE_BYTES + " leaves");
        }
    }

    /** Takes more; false when the limit does not leave as many. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer; volatile for those who read the meter
    boolean take(int pages) {
        if (pages < 0 || pages > maxPages - usedPages) {
            return false;
        }
        usedPages += pages;
        return true;
    }

    long usedBytes() {
        return (long) usedPages * PAGE_BYTES;
    }
}
