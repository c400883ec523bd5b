package io.thalweg.bench.kill;

/** The longest time between one acknowledged write and the next. Thread-safe. */
final class Silence {
    private long lastNs = System.nanoTime();
    private long longestNs;

    synchronized void acknowledged() {
        long now = System.nanoTime();
        longestNs = Math.max(longestNs, now - lastNs);
        lastNs = now;
    }

    /** What was the longest, or is; from now on it is found anew. What lasts just now counts from its beginning. */
    synchronized long take() {
        long longest = Math.max(longestNs, System.nanoTime() - lastNs);
        longestNs = 0;
        return longest;
    }
}
