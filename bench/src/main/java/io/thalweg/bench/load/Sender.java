package io.thalweg.bench.load;

import java.io.IOException;

/** One connection to the system under load; used by one thread. */
public interface Sender extends AutoCloseable {
    /** Sends one request of the pattern and returns when the system has acknowledged it. Any exception ends the measurement. */
    void send() throws Exception;

    /**
     * When what {@link #send} has just waited for was handed over, as of {@link System#nanoTime}; of a sender that has several requests
     * under way, an earlier one.
     *
     * @param startNs when this call of {@link #send} began
     */
    default long handedOverNs(long startNs) {
        return startNs;
    }

    @Override
    default void close() throws IOException {}

    /** Opens connections. */
    @FunctionalInterface
    interface Factory {
        /**
         * @param target where to send, in the words of the system: a URL and a log, a topic, a file
         * @param connection number of the connection, from 0
         */
        Sender open(Pattern pattern, String target, int connection) throws Exception;
    }
}
