package io.thalweg.view.schedule;

import io.thalweg.log.EventReader;
import io.thalweg.model.StreamId;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Real threads: a {@link SliceScheduler}, two for the writing of snapshots, and a virtual one for each stream that is followed. */
public final class HostThreads implements ViewThreads {
    private static final int SAVERS = 2;
    private static final Duration SAVES_TIMEOUT = Duration.ofSeconds(10);

    private final ExecutorService savers = Executors.newFixedThreadPool(
            SAVERS, Thread.ofPlatform().daemon().name("view-saver-", 1).factory());
    private final SliceScheduler scheduler;
    private volatile Runnable housekeeping = () -> {};

    private HostThreads(ViewHostOptions options) {
        this.scheduler = new SliceScheduler(
                options.workers(),
                options.maxWorkers(),
                options.workerStackBytes(),
                () -> housekeeping.run(),
                options.housekeeping());
    }

    /** Starts them; they end with {@link #rest}. */
    public static HostThreads start(ViewHostOptions options) {
        return new HostThreads(options);
    }

    @Override
    public Seat seat(Object group, Task task) {
        return scheduler.seat(group, task);
    }

    @Override
    public Executor savers() {
        return savers;
    }

    @Override
    public Watch watch(EventReader reader, StreamId stream, Runnable grown) {
        return StreamWatch.start(reader, stream, grown);
    }

    @Override
    public void housekeeping(Runnable work) {
        housekeeping = work;
    }

    @Override
    public boolean rest(Duration timeout) throws InterruptedException {
        boolean quiet = scheduler.shutdown(timeout);
        savers.shutdown();
        return savers.awaitTermination(SAVES_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS) && quiet;
    }
}
