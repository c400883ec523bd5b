package io.thalweg.view.schedule;

import io.thalweg.log.EventReader;
import io.thalweg.model.StreamId;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * The port to threads: who gives views their turns, writes their snapshots, and tells that a stream has grown. {@link HostThreads} are
 * real ones; in a simulation all of it is one thread, on which a seed decides what comes next. Thread-safe.
 */
public interface ViewThreads {

    /** What takes turns. */
    @FunctionalInterface
    interface Task {
        /** Runs a short while; true to have another turn without being signalled. Never by two threads at once. */
        boolean slice(CallGuard guard);
    }

    /** One task's place in the round. */
    interface Seat {
        /** There is something to do; the task will have a turn that begins after this call. */
        void signal();

        /** No more turns; a turn under way ends as usual. */
        void close();
    }

    /** Something that ends when it is closed, without waiting. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * A place for a task, which has no turn before it is signalled.
     *
     * @param group turns go round by group first
     */
    Seat seat(Object group, Task task);

    /** Runs what may take long, such as the writing of snapshots. */
    Executor savers();

    /** Calls {@code grown} now and then, and soon after the stream has grown, until it is closed. */
    Watch watch(EventReader reader, StreamId stream, Runnable grown);

    /** Calls this now and then from now on; it is quick. */
    void housekeeping(Runnable work);

    /** Begins no more turns and waits for what is under way, at most this long; false when something still runs then. */
    boolean rest(Duration timeout) throws InterruptedException;
}
