package io.thalweg.shard.ledger;

import java.time.Duration;

/** Counts entries that changed any ledger of a shard, as they are shown to others, for those who wait for the next. Thread-safe. */
final class Publications {
    private long count;

    synchronized void next() {
        count++;
        notifyAll();
    }

    synchronized long count() {
        return count;
    }

    /** Waits until the count is above {@code seen}, or until the time is over. */
    synchronized void await(long seen, Duration timeout) throws InterruptedException {
        long startNs = System.nanoTime();
        while (count <= seen) {
            long leftMs = timeout.minusNanos(System.nanoTime() - startNs).toMillis();
            if (leftMs <= 0) {
                return;
            }
            wait(leftMs);
        }
    }
}
