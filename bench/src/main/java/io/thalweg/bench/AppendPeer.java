package io.thalweg.bench;

import io.thalweg.bench.load.LoadProcess;
import io.thalweg.bench.load.Pattern;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * A system that takes appends and is up: its servers, who sends to them, and where to.
 *
 * @param load who sends
 * @param used CPU time of its servers so far, all together; zero for a system without one
 * @param entries that its servers have ordered so far, all together; 0 for a system that does not say
 * @param where what the load generator is told to send to
 * @param end what ends its servers, after the load
 */
record AppendPeer(LoadProcess load, Supplier<Duration> used, Entries entries, Target where, End end)
        implements AutoCloseable {
    /** A system that does not say how many entries it has. */
    static final Entries UNTOLD = () -> 0;

    /** Counts what a system has ordered since its start. */
    @FunctionalInterface
    interface Entries {
        long now() throws IOException;
    }

    /** What a load generator is told to send to in a round: a log or topic of its own for each pattern. */
    @FunctionalInterface
    interface Target {
        String of(Pattern pattern, int round) throws IOException;
    }

    /** Ends servers. */
    @FunctionalInterface
    interface End {
        void now() throws IOException;
    }

    Duration cpu() {
        return used.get();
    }

    String target(Pattern pattern, int round) throws IOException {
        return where.of(pattern, round);
    }

    @Override
    public void close() throws IOException {
        load.close();
        end.now();
    }
}
