package io.thalweg.server.routing;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Await for what a shard promises, on a virtual thread. */
public final class Await {
    /** Longer than any healthy disk takes; after it nobody knows whether the request will take effect. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private Await() {}

    /** The future's value; refusals come as what they are, and a promise that is not kept in time as {@code UNAVAILABLE}. */
    public static <T> T reply(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE,
                    "no reply within " + PATIENCE.toSeconds() + " s: it is not known whether the request took effect",
                    e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                // A stack of its own: the cause belongs to another thread.
                case ThalwegException refusal -> throw new ThalwegException(refusal.code(), text(refusal), refusal);
                case null, default ->
                    throw new ThalwegException(
                            ErrorCode.UNAVAILABLE, "it is not known whether the request took effect", e);
            }
        }
    }

    /**
     * The value of a write. Whatever leaves open whether it took effect is {@code OUTCOME_UNKNOWN}: no reply in time, a failure of
     * the shard in between, an interruption. Refusals come as what they are.
     */
    public static <T> T outcome(CompletableFuture<T> future, Duration timeout) {
        try {
            return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw unknown("no reply within " + timeout.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unknown("the node is stopping", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ThalwegException refusal && refusal.code() != ErrorCode.UNAVAILABLE) {
                throw new ThalwegException(refusal.code(), text(refusal), refusal);
            }
            throw unknown("the shard failed", e);
        }
    }

    private static ThalwegException unknown(String why, Exception cause) {
        return new ThalwegException(
                ErrorCode.OUTCOME_UNKNOWN,
                why
                        + ": the request may or may not take effect; ask again with the same session and request"
                        + " number, ids, key or producer's number",
                cause);
    }

    /** The value of a read; {@code DEADLINE_EXCEEDED} when it does not come in time. */
    public static <T> T read(CompletableFuture<T> future, Duration timeout) throws InterruptedException {
        try {
            return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new ThalwegException(
                    ErrorCode.DEADLINE_EXCEEDED, "no answer within " + timeout.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ThalwegException refusal) {
                throw new ThalwegException(refusal.code(), text(refusal), refusal);
            }
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the shard cannot answer", e);
        }
    }

    /**
     * The value, however long it takes; throws {@link CompletionException} with the cause when there is none. For callers who tell
     * nobody why.
     */
    public static <T> T result(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        }
    }

    private static String text(ThalwegException refusal) {
        String text = refusal.getMessage();
        return text == null ? refusal.code().text() : text;
    }
}
