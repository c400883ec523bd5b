package io.thalweg.raft;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The answers that callers wait for, so that a shard that halts can tell all of them. Thread-safe. */
final class PendingProposals {
    private final Map<Long, CompletableFuture<ByteBuffer>> results = new ConcurrentHashMap<>();

    CompletableFuture<ByteBuffer> add(long callId) {
        CompletableFuture<ByteBuffer> result = new CompletableFuture<>();
        results.put(callId, result);
        return result;
    }

    void remove(long callId) {
        results.remove(callId);
    }

    int size() {
        return results.size();
    }

    /** Completes when all that are pending now are answered, whatever the answer. */
    CompletableFuture<Void> all() {
        return CompletableFuture.allOf(results.values().toArray(CompletableFuture[]::new));
    }

    void failAll(Throwable cause) {
        for (CompletableFuture<ByteBuffer> result : results.values()) {
            result.completeExceptionally(new ThalwegException(
                    ErrorCode.UNAVAILABLE,
                    "the shard has halted; the entry may or may not take effect: " + cause.getMessage(),
                    cause));
        }
        results.clear();
    }
}
