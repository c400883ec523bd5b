package io.thalweg.cluster.forward;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;

/** How far a replica has applied, and who waits until it has come further. Thread-safe; told by one thread at a time. */
final class AppliedHere {
    private final ConcurrentSkipListMap<Long, CompletableFuture<Void>> waiting = new ConcurrentSkipListMap<>();
    private volatile long applied = -1;

    /** Index of the newest entry that is applied, -1 before the first. */
    long index() {
        return applied;
    }

    /** Completes when the replica has applied up to {@code index}, on the thread that says so. */
    CompletableFuture<Void> reaches(long index) {
        CompletableFuture<Void> reached = waiting.computeIfAbsent(index, _ -> new CompletableFuture<>());
        // It may have been applied before anybody waited.
        release();
        return reached;
    }

    /** The replica has applied up to {@code index}. */
    void at(long index) {
        applied = index;
        release();
    }

    private void release() {
        for (Map.Entry<Long, CompletableFuture<Void>> entry :
                waiting.headMap(applied, true).entrySet()) {
            waiting.remove(entry.getKey(), entry.getValue());
            entry.getValue().complete(null);
        }
    }

    /** Nothing will be applied any more. */
    void fail(Throwable cause) {
        waiting.values().forEach(waits -> waits.completeExceptionally(cause));
        waiting.clear();
    }
}
