package io.thalweg.server.javaviews;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.run.Wiring;
import io.thalweg.view.java.ship.ViewJar;
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
    /** How long a class may take to say what it declares. */
    static final int SECONDS = 10;

    private static final int THREADS_MAX = 16;

    private final Semaphore threads = new Semaphore(THREADS_MAX);

    /**
     * What a class declares, as the first of so many partitions.
     *
     * @throws ThalwegException {@code INVALID_COMPONENT} when it cannot be a view or does not say in time
     */
    Wiring declaration(ViewJar jar, String className, int partitions) throws InterruptedException {
        return run(() -> declared(jar, partitions), SECONDS, late(className));
    }

    /** The same on this thread. */
    static Wiring declared(ViewJar jar, int partitions) {
        return new Wiring(jar.create(), 0, partitions);
    }

    static String late(String className) {
        return className + " did not say within " + SECONDS + " s what it follows and keeps";
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
        Thread thread = Thread.ofPlatform().daemon().name("view-code").start(() -> run(code, done, threads::release));
        return await(done, thread, seconds, late);
    }

    /** Runs code of users on this thread, whatever comes of it. */
    static <T> void run(Callable<T> code, CompletableFuture<T> done, Runnable atEnd) {
        Runnable told = () -> {};
        try {
            T result = code.call();
            told = () -> done.complete(result);
        } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
            told = () -> done.completeExceptionally(e);
        } finally {
            atEnd.run(); // before anybody hears of it, so that who asks again at once finds room
        }
        told.run();
    }

    /** Waits for what code of users on another thread comes to, and has it stop when that is late. */
    static <T> T await(CompletableFuture<T> done, Thread thread, int seconds, String late) throws InterruptedException {
        try {
            return done.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ThalwegException refused) {
                throw new ThalwegException(refused.code(), String.valueOf(refused.getMessage()), e);
            }
            throw new ThalwegException(
                    ErrorCode.INVALID_COMPONENT,
                    e.getCause() instanceof InterruptedException ? late : String.valueOf(e.getCause()),
                    e);
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new ThalwegException(ErrorCode.INVALID_COMPONENT, late, e);
        } catch (InterruptedException e) {
            thread.interrupt(); // nobody waits for it any more
            throw e;
        }
    }
}
