package io.thalweg.view.java.query;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of a query that may run side by side. The thread that asks takes one after the other; who is free helps. Whoever has not begun when
 * nothing is left is not waited for, so that a query waits only for work that goes on.
 */
final class FanOut<P> {
    private final QueryRun run;
    private final List<Callable<P>> pieces;
    private final List<@Nullable P> results;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private FanOut(QueryRun run, List<Callable<P>> pieces) {
        this.run = run;
        this.pieces = pieces;
        this.results = new ArrayList<>(pieces.size());
        pieces.forEach(_ -> results.add(null));
    }

    /** What comes of each piece, in their order. */
    static <P> List<P> run(QueryRun run, List<Callable<P>> pieces) {
        return new FanOut<>(run, pieces).all();
    }

    private final class Help implements Runnable {
        final AtomicBoolean claimed = new AtomicBoolean();
        final CountDownLatch done = new CountDownLatch(1);

        @Override
        public void run() {
            if (!claimed.compareAndSet(false, true)) {
                return;
            }
            try {
                run.enter();
                try {
                    work();
                } finally {
                    run.leave();
                }
            } catch (IllegalStateException e) {
                failure.compareAndSet(null, e);
            } finally {
                done.countDown();
            }
        }
    }

    private List<P> all() {
        List<Help> help = new ArrayList<>();
        for (int i = 1; i < pieces.size(); i++) {
            Help one = new Help();
            if (!run.helpers().tryRun(one)) {
                break;
            }
            help.add(one);
        }
        work();
        for (Help one : help) {
            if (!one.claimed.compareAndSet(false, true)) {
                await(one);
            }
        }
        Throwable failed = failure.get();
        switch (failed) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new QueryRun.FailedPart((Exception) failed);
        }
        List<P> all = new ArrayList<>(results.size());
        for (P result : results) {
            if (result == null) {
                throw new IllegalStateException("a piece of a query was left out");
            }
            all.add(result);
        }
        return all;
    }

    private void await(Help one) {
        try {
            if (!one.done.await(run.left().toNanos(), TimeUnit.NANOSECONDS)) {
                // Its code does not look at the time: it is asked to stop, and is waited for no more.
                run.cancel();
                run.requireTime();
            }
        } catch (InterruptedException e) {
            // It is over for all who work for it; what the others hold they let go of themselves.
            Thread.currentThread().interrupt();
            run.requireTime();
            throw new IllegalStateException("the query was interrupted", e);
        }
    }

    private void work() {
        for (int i = next.getAndIncrement(); i < pieces.size() && failure.get() == null; i = next.getAndIncrement()) {
            try {
                results.set(i, pieces.get(i).call());
            } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
                failure.compareAndSet(null, e);
            }
        }
    }
}
