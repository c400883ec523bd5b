package io.thalweg.server.inside;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for what a shard promises, on a virtual thread. */
public final class Waiting {
    /** Longer than any healthy disk takes; after it nobody knows whether the request will take effect. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Waiting() {}

    /** The future's value; refusals come as what they are, and a promise that is not kept in time as {@code UNAVAILABLE}. */
    public static <T> T forReply(CompletableFuture<T> future) throws InterruptedException {
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

    private static String text(ThalwegException refusal) {
        String text = refusal.getMessage();
        return text == null ? refusal.code().text() : text;
    }
}
