package io.thalweg.server.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.util.Callback;

/**
 * What a virtual thread waits for when the server below the door does something: Jetty calls back, this thread goes on. Every
 * wait ends: whoever is on the other side of the connection decides only how soon.
 */
final class Done implements Callback {
    private final CompletableFuture<Boolean> future = new CompletableFuture<>();

    @Override
    public void succeeded() {
        future.complete(true);
    }

    @Override
    public void failed(Throwable failure) {
        future.completeExceptionally(failure);
    }

    /** Only wakes a thread up, so any thread may call it. */
    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    /**
     * Waits.
     *
     * @return whether it was done in time
     * @throws IOException when it failed
     */
    boolean within(Duration timeout) throws IOException {
        try {
            return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IOException("the client went away", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("the node is stopping").initCause(e);
        }
    }
}
