package io.thalweg.server.ledgerwire;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Waiting for the shard, on a thread that may be interrupted. */
final class Waiting {
    private Waiting() {}

    /** The result; throws {@link CompletionException} with the cause when there is none. */
    static <T> T forResult(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        }
    }
}
