package io.thalweg.bench.javaviews;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where a system takes a pipeline's events in, and tells when one has gone through. Used by one thread but for probes, which have their own. */
public interface PipelineDoor extends AutoCloseable {
    /** Hands an event over and returns, or waits while too much is under way. */
    void append(String key, byte[] payload, Done done) throws Exception;

    /**
     * Hands an event over that leaves a key of its own in the last index. One thread.
     *
     * @param name the key that it leaves
     * @param seen runs once a reader of committed state sees it; on any thread
     */
    void probe(String name, String key, byte[] payload, Runnable seen) throws Exception;

    @Override
    void close() throws IOException;

    /** Hears that an event is durable, or that it failed. Any thread. */
    @FunctionalInterface
    interface Done {
        void done(@Nullable Throwable failure);
    }
}
