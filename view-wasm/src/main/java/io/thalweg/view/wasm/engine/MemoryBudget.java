package io.thalweg.view.wasm.engine;

import io.thalweg.model.ThalwegException;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewTrap;
import org.jspecify.annotations.Nullable;

/**
 * How much memory one component instance holds, over all of its linear memories, and may hold: of its own limit, which the code sees as a memory that
 * does not grow, and of what the views of the node share, whose refusal ends the call as no fault of the code. One thread at a time.
 */
public final class MemoryBudget {
    public static final int PAGE_BYTES = 1 << 16;

    /** A linear memory is one Java array. */
    private static final long MAX_PAGES = (Integer.MAX_VALUE - 8) / PAGE_BYTES;

    private final int maxPages;
    private final MemoryGrant grant;
    private volatile int usedPages;
    private @Nullable ThalwegException refusal;

    public MemoryBudget(long maxBytes, MemoryGrant grant) {
        this.grant = grant;
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

    /**
     * Takes more; false when the limit does not leave as many.
     *
     * @throws ThalwegException when the node has not as many; {@link #refusal} remembers it
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer; volatile for those who read the meter
    boolean take(int pages) {
        if (pages < 0 || pages > maxPages - usedPages) {
            return false;
        }
        try {
            grant.take((long) pages * PAGE_BYTES);
        } catch (ThalwegException e) {
            refusal = e;
            throw e;
        }
        usedPages += pages;
        return true;
    }

    public long usedBytes() {
        return (long) usedPages * PAGE_BYTES;
    }

    /** Why the node gave no more; null if it always did. */
    public @Nullable ThalwegException refusal() {
        return refusal;
    }

    /** Gives all of it back. */
    public void close() {
        usedPages = 0;
        grant.close();
    }
}
