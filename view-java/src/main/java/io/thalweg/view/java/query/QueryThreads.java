package io.thalweg.view.java.query;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads that queries of a node run on. Not those of the doors: code of users may do what it likes, and a thread that does not come back
 * is lost. At most {@value #QUERIES_MAX} questions run at a time, those whose code does not come back included; with all of them lost, queries
 * are refused until the node starts anew. Thread-safe.
 */
public final class QueryThreads implements Helpers {
    static final int QUERIES_MAX = 32;
    private static final int HELPERS_MAX = Runtime.getRuntime().availableProcessors();
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final long CLOSING_SECONDS = 2;

    private final Semaphore questions = new Semaphore(QUERIES_MAX);
    private final Semaphore helping = new Semaphore(HELPERS_MAX);
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            0,
            QUERIES_MAX + HELPERS_MAX,
            IDLE.toSeconds(),
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("view-query-", 0).factory());

    @Override
    public boolean tryRun(Runnable work) {
        if (!helping.tryAcquire()) {
            return false;
        }
        try {
            threads.execute(() -> {
                try {
                    work.run();
                } finally {
                    helping.release();
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            helping.release();
            return false;
        }
    }

    /**
     * Has a question answered on a thread of its own.
     *
     * @param run to be cancelled when it is not answered in time
     * @param turn of those who share one: whose code does not come back keeps it
     * @param begin answers it, on that thread
     * @throws ThalwegException {@code DEADLINE_EXCEEDED} when it is not answered in time, {@code OVERLOADED} when no thread was free in that
     *     time, or what answering it throws
     */
    public <R extends @Nullable Object> R answer(QueryRun run, Semaphore turn, Supplier<R> begin)
            throws InterruptedException {
        if (!acquire(turn, run)) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED, "the tenant's queries that run here did not end in time: try again");
        }
        boolean room = false;
        try {
            room = acquire(questions, run);
        } finally {
            if (!room) {
                turn.release();
            }
        }
        if (!room) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED, QUERIES_MAX + " queries run here, and none of them ended in time: try again");
        }
        CompletableFuture<R> answer = new CompletableFuture<>();
        try {
            threads.execute(() -> {
                try {
                    answer.complete(begin.get());
                } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError e) {
                    answer.completeExceptionally(e);
                } finally {
                    questions.release();
                    turn.release();
                }
            });
        } catch (RejectedExecutionException e) {
            questions.release();
            turn.release();
            run.abandon();
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the node stops", e);
        }
        try {
            return answer.get(run.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            run.cancel();
            throw new ThalwegException(ErrorCode.DEADLINE_EXCEEDED, "the query did not end in its time", e);
        } catch (InterruptedException e) {
            run.cancel();
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ThalwegException refused) {
                throw refused;
            }
            throw new IllegalStateException("a query ended with what it may not", e.getCause());
        }
    }

    private static boolean acquire(Semaphore permits, QueryRun run) throws InterruptedException {
        boolean acquired = false;
        try {
            acquired = permits.tryAcquire(run.left().toNanos(), TimeUnit.NANOSECONDS);
            return acquired;
        } finally {
            if (!acquired) {
                run.abandon();
            }
        }
    }

    /** Ends; false if code of users still runs, which may read. */
    public boolean end() throws InterruptedException {
        threads.shutdownNow();
        return threads.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS);
    }
}
