package io.thalweg.view;

import io.thalweg.log.EventBatch;
import org.jspecify.annotations.Nullable;

/**
 * One running copy of a view's code. Used by one thread at a time. After any {@link ViewTrap} it is dead: it must be closed
 * and replaced by one that is restored from a snapshot.
 */
public interface ViewInstance extends AutoCloseable {

    /** Called once before anything else, on every new instance. */
    void init();

    /**
     * Processes the event under the batch's cursor.
     *
     * @return null, or the error by which the code refused this event (its state is then unchanged by contract)
     */
    @Nullable
    String append(EventBatch event);

    /** Answers a query; changes no state. */
    ViewAnswer query(ViewQuery query);

    /** The state that is not in the index; empty when all of it is. */
    byte[] snapshot();

    /** Replaces the state by that of an earlier {@link #snapshot}. */
    void restore(byte[] snapshot);

    /** Bytes of memory in use by the code. */
    long memoryBytes();

    /**
     * Makes a call that is under way on another thread end in a {@link ViewTrap} soon. Called only while that thread runs code of this
     * instance or is between two calls; an interrupt of the thread that comes too late is taken back by the host.
     */
    void interrupt();

    @Override
    void close();
}
