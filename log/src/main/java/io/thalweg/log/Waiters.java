package io.thalweg.log;

import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Those who wait for a stream to reach a sequence, nearest first: showing new events wakes exactly those who wanted them, and
 * costs one volatile read when nobody waits. Thousands may wait, as virtual threads.
 */
final class Waiters {
    private record Waiter(long sequence, CountDownLatch reached) implements Comparable<Waiter> {
        @Override
        public int compareTo(Waiter other) {
            return Long.compare(sequence, other.sequence);
        }
    }

    private final PriorityQueue<Waiter> queue = new PriorityQueue<>();
    private volatile int count;

    /** Waits until {@link #reached} is called with {@code sequence} or more, which must not have happened when this is entered. */
    boolean await(long sequence, StreamState stream, long timeoutNs) throws InterruptedException {
        Waiter waiter = new Waiter(sequence, new CountDownLatch(1));
        synchronized (queue) {
            queue.add(waiter);
            count = queue.size();
        }
        try {
            // Whoever shows events first moves the head and then looks for waiters, so one of the two sees the other.
            return stream.head >= sequence || waiter.reached.await(timeoutNs, TimeUnit.NANOSECONDS);
        } finally {
            if (waiter.reached.getCount() > 0) {
                synchronized (queue) {
                    queue.removeIf(other -> other.reached.equals(waiter.reached));
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
            Waiter nearest = queue.peek();
            while (nearest != null && nearest.sequence <= head) {
                queue.poll();
                nearest.reached.countDown();
                nearest = queue.peek();
            }
            count = queue.size();
        }
    }
}
