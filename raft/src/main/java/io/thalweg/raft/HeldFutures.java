package io.thalweg.raft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Futures that Ratis waits for and that must not complete until its group is closed. Thread-safe. */
final class HeldFutures {
    private final List<CompletableFuture<?>> held = new ArrayList<>();
    private @Nullable IOException released;

    <T> CompletableFuture<T> hold() {
        CompletableFuture<T> future = new CompletableFuture<>();
        hold(future);
        return future;
    }

    void hold(CompletableFuture<?> future) {
        IOException reason;
        synchronized (this) {
            reason = released;
            if (reason == null) {
                held.add(future);
            }
        }
        if (reason != null) {
            future.completeExceptionally(reason);
        }
    }

    /** Fails all of them, and all that come later. */
    void release(IOException reason) {
        List<CompletableFuture<?>> all;
        synchronized (this) {
            released = reason;
            all = List.copyOf(held);
            held.clear();
        }
        for (CompletableFuture<?> each : all) {
            each.completeExceptionally(reason);
        }
    }
}
