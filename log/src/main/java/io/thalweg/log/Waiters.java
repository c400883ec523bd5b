package io.thalweg.log;

import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Those who wait for a stream to reach a sequence, nearest first: showing new events wakes exactly those who wanted them, and
 * costs one volatile read when nobody waits. Ten thousand may wait, as virtual threads: whoever gives up leaves without looking at the others.
 */
final class Waiters {
    /** @param number tells those apart who wait for the same */
    private record Waiter(long sequence, long number, CountDownLatch reached) {}

    private final TreeSet<Waiter> queue =
            new TreeSet<>(Comparator.comparingLong(Waiter::sequence).thenComparingLong(Waiter::number));

    private long numbers; // guarded by queue
    private volatile int count;

    /** Waits until {@link #reached} is called with {@code sequence} or more, which must not have happened when this is entered. */
    boolean await(long sequence, StreamState stream, long timeoutNs) throws InterruptedException {
        Waiter waiter;
        synchronized (queue) {
            waiter = new Waiter(sequence, numbers++, new CountDownLatch(1));
            queue.add(waiter);
            count = queue.size();
        }
        try {
            // Whoever shows events first moves the head and then looks for waiters, so one of the two sees the other.
            return stream.head >= sequence || waiter.reached.await(timeoutNs, TimeUnit.NANOSECONDS);
        } finally {
            if (waiter.reached.getCount() > 0) {
                synchronized (queue) {
                    queue.remove(waiter);
                    count = queue.size();
                }
            }
        }
    }

    void reached(long head) {
        if (count == 0) {
            return;
        }
        synchronized (queue) {
            while (!queue.isEmpty() && queue.first().sequence <= head) {
                queue.removeFirst().reached.countDown();
            }
            count = queue.size();
        }
    }
}
