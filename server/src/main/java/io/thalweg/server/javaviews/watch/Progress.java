package io.thalweg.server.javaviews.watch;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Who waits until a view has come so far. Whoever makes steps says so after each; a thread is woken only when what it waits for has come, for to wake one costs a
 * step more than to look. Thread-safe.
 */
public final class Progress {
    private record Wait(BooleanSupplier hasCome, CountDownLatch over) {}

    private final Set<Wait> waits = ConcurrentHashMap.newKeySet();

    /** Something has come further. */
    public void made() {
        for (Wait wait : waits) {
            if (wait.hasCome.getAsBoolean()) {
                wait.over.countDown();
            }
        }
    }

    /**
     * Waits until something has come.
     *
     * @param hasCome asked by this thread, and by those that {@linkplain #made say} that something may have; quick
     * @param endNs when it ends, by {@link System#nanoTime}
     * @return false when it had not come by then
     */
    public boolean await(BooleanSupplier hasCome, long endNs) throws InterruptedException {
        if (hasCome.getAsBoolean()) {
            return true;
        }
        Wait wait = new Wait(hasCome, new CountDownLatch(1));
        waits.add(wait);
        try {
            // It may have come before anybody saw that this one waits.
            return hasCome.getAsBoolean()
                    || wait.over.await(endNs - System.nanoTime(), TimeUnit.NANOSECONDS)
                    || hasCome.getAsBoolean();
        } finally {
            waits.remove(wait);
        }
    }
}
