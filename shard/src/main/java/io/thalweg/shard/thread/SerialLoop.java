package io.thalweg.shard.thread;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A thread that does one thing after the other, and of which nothing that goes wrong is lost. What a task throws is told to the loop's
 * owner, who halts what the loop serves. An {@link Error} then reaches the thread's handler of uncaught exceptions, which in a node
 * ends the process: after one nothing can be trusted, and a loop that stood still would leave a node that is up and deaf.
 */
public final class SerialLoop implements Executor, AutoCloseable {
    private final ExecutorService thread;
    private final Consumer<Throwable> onFailure;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** @param onFailure told on the loop's thread what a task threw */
    public SerialLoop(ThreadFactory threads, Consumer<Throwable> onFailure) {
        this.thread = Executors.newSingleThreadExecutor(threads);
        this.onFailure = onFailure;
    }

    static SerialLoop named(String name, Consumer<Throwable> onFailure) {
        return new SerialLoop(Thread.ofPlatform().name(name).daemon().factory(), onFailure);
    }

    @Override
    public void execute(Runnable task) {
        thread.execute(() -> run(task));
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            onFailure.accept(e);
            if (e instanceof Error) {
                Thread current = Thread.currentThread();
                current.getUncaughtExceptionHandler().uncaughtException(current, e);
            }
        }
    }

    /** Does a task again and again, with a pause before each time, until the loop is closed or the task throws. */
    public void every(Duration pause, Runnable task) {
        execute(() -> {
            try {
                while (!closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                    task.run();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Waits for what was asked before; never interrupts it. */
    @Override
    public void close() {
        closing.countDown();
        thread.close();
    }
}
