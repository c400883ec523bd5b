package io.thalweg.server.http;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Memory for request bodies, all calls together. Who finds it used up waits a moment for others to finish and is then told that
 * the node is overloaded; so many clients with large bodies cannot take the heap away from those with small ones. Thread-safe.
 */
final class MemoryBudget {
    private static final int PAGE_BYTES = 4096;
    private static final long PATIENCE_MS = 1_000;

    private final int pages;
    private final Semaphore free;

    MemoryBudget(long bytes) {
        pages = (int) Math.min(Integer.MAX_VALUE, Math.max(1, bytes / PAGE_BYTES));
        free = new Semaphore(pages);
    }

    /** Takes room for so many bytes; returns what has to be given back with {@link #release}. */
    int take(int bytes) {
        int wanted = Math.min(pages, (bytes + PAGE_BYTES - 1) / PAGE_BYTES);
        if (wanted == 0 || free.tryAcquire(wanted)) {
            return wanted;
        }
        try {
            if (free.tryAcquire(wanted, PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                return wanted;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new ThalwegException(
                ErrorCode.OVERLOADED, "the node has no memory free for another body of " + bytes + " bytes: try again");
    }

    void release(int taken) {
        free.release(taken);
    }
}
