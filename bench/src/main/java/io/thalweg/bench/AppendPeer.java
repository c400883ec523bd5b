package io.thalweg.bench;

import io.thalweg.bench.load.LoadProcess;
import io.thalweg.bench.load.Pattern;
import java.io.IOException;
import java.time.Duration;

/** A system that takes appends and is up: who sends to it, and where to. */
interface AppendPeer extends AutoCloseable {
    LoadProcess load();

    /** CPU time of its servers so far, all together; zero for a system without one. */
    default Duration cpu() {
        return Duration.ZERO;
    }

    /** What its load generator is told to send to in a round: a log or topic of its own for each pattern. */
    String target(Pattern pattern, int round) throws IOException;

    @Override
    void close() throws IOException;
}
