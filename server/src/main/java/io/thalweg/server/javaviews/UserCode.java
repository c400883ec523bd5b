package io.thalweg.server.javaviews;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.run.ViewJar;
import io.thalweg.view.java.run.Wiring;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Has classes of users say what they are, or show what they would do, on a thread of its own each, since they may do what they like. At most {@value #THREADS_MAX} of
 * these threads are there at a time, those that never come back included. Thread-safe.
 */
final class UserCode {
    private static final int SECONDS = 10;
    private static final int THREADS_MAX = 16;

    private final Semaphore threads = new Semaphore(THREADS_MAX);

    /**
     * What a class declares, as the first of so many partitions.
     *
     * @throws ThalwegException {@code INVALID_COMPONENT} when it cannot be a view or does not say in time
     */
    Wiring declaration(ViewJar jar, String className, int partitions) throws InterruptedException {
        return run(
                () -> new Wiring(jar.create(), 0, partitions),
                SECONDS,
                className + " did not say within " + SECONDS + " s what it follows and keeps");
    }

    /**
     * Runs code of users.
     *
     * @param late what to say when it takes longer than {@code seconds}
     * @throws ThalwegException {@code INVALID_COMPONENT} when it fails, or does not come back in time; what the house says to it as it is
     */
    <T> T run(Callable<T> code, int seconds, String late) throws InterruptedException {
        if (!threads.tryAcquire()) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED, THREADS_MAX + " classes of views are being asked already: try again");
        }
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().daemon().name("view-code").start(() -> {
            try {
                done.complete(code.call());
            } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
                done.completeExceptionally(e);
            } finally {
                threads.release();
            }
        });
        try {
            return done.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ThalwegException refused) {
                throw new ThalwegException(refused.code(), String.valueOf(refused.getMessage()), e);
            }
            throw new ThalwegException(ErrorCode.INVALID_COMPONENT, String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new ThalwegException(ErrorCode.INVALID_COMPONENT, late, e);
        }
    }
}
