package io.thalweg.view.schedule;

import io.thalweg.view.host.ViewHost;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of a {@link ViewHost}.
 *
 * @param directory where all views keep their state; may be deleted while the host is stopped
 * @param workers threads that run views when none is stuck in a long call, at least 1
 * @param maxWorkers bound of threads when some are; at least {@code workers}
 * @param workerStackBytes stack of each worker, see {@link #WORKER_STACK_BYTES}
 * @param slice how long one view runs before the next one's turn
 * @param tries how often an event may trap before the view is parked, at least 1
 * @param maxQueuedQueries waiting queries of one version; more are refused as overloaded
 * @param indexCacheBytes RocksDB's shared block cache
 * @param indexWriteBufferBytes RocksDB's shared memory for writes
 * @param compare time in a stream from one place to the next at which those who follow it note what their states have come to
 * @param housekeeping how often time-driven work is looked at
 */
public record ViewHostOptions(
        Path directory,
        int workers,
        int maxWorkers,
        long workerStackBytes,
        Duration slice,
        int tries,
        int maxQueuedQueries,
        long indexCacheBytes,
        long indexWriteBufferBytes,
        Duration compare,
        Duration housekeeping) {

    /**
     * Room for calls inside each other as deep as a component's count lets them be, on every machine and at every moment: the engine's interpreter, while the JVM has not compiled it
     * yet, needs more than 16 MiB for them. What is not used is not taken.
     */
    public static final long WORKER_STACK_BYTES = 64L << 20;

    public ViewHostOptions {
        if (workers < 1 || maxWorkers < workers || tries < 1 || maxQueuedQueries < 1) {
            throw new IllegalArgumentException(
                    "view host needs at least 1 worker, no more than maxWorkers, 1 try and 1 query, but has " + workers
                            + ", " + maxWorkers + ", " + tries + ", " + maxQueuedQueries);
        }
    }

    /** What fits most machines: a worker for each core. */
    public static ViewHostOptions in(Path directory) {
        return in(directory, Duration.ofHours(1));
    }

    /** The same where there is nobody to compare states with. */
    public static ViewHostOptions alone(Path directory) {
        return in(directory, Duration.ofDays(36_500));
    }

    private static ViewHostOptions in(Path directory, Duration compare) {
        int cores = Runtime.getRuntime().availableProcessors();
        return new ViewHostOptions(
                directory,
                cores,
                cores + 64,
                WORKER_STACK_BYTES,
                Duration.ofMillis(4),
                3,
                1_000,
                64L << 20,
                64L << 20,
                compare,
                Duration.ofMillis(100));
    }
}
