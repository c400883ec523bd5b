package io.thalweg.bench.load;

import java.io.IOException;

/** One connection to the system under load; used by one thread. */
public interface Sender extends AutoCloseable {
    /** Sends one request of the pattern and returns when the system has acknowledged it. Any exception ends the measurement. */
    void send() throws Exception;

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
