package io.thalweg.bench;

import io.thalweg.bench.javaviews.Workload;
import io.thalweg.bench.load.Measured;
import java.io.IOException;
import org.HdrHistogram.Histogram;

/** A system that is up and runs a pipeline: what is sent to it, and how far it is. */
interface PipelinePeer extends AutoCloseable {
    /** Gives its load generator an order; the words of the answer, of which the first is {@code measured}. */
    String[] order(String order) throws IOException;

    /** Returns once the last index has counted so much, which is all that was sent. */
    void await(long counted) throws IOException;

    /** The sum of the last index. */
    long sum() throws IOException;

    @Override
    void close() throws IOException;

    /**
     * Sends events as fast as they are taken.
     *
     * @param before how many were sent before
     * @param probes how many probes
     * @return events a second, from the first that is sent until all of them are in the last index
     */
    default double fill(Workload workload, long before, long count, long probes) throws IOException {
        long start = System.nanoTime();
        order("fill " + workload.name() + " " + before + " " + count);
        await(workload.counted(before + count) + probes);
        return count * 1e9 / (System.nanoTime() - start);
    }

    /** Sends events at a rate, and probes among them. */
    default Paced pace(Workload workload, long before, double rate, int warmUpSeconds, int seconds) throws IOException {
        String[] words = order("pace " + workload.name() + " " + before + " " + rate + " " + warmUpSeconds * 1_000 + " "
                + seconds * 1_000);
        return new Paced(
                Measured.histogram(words[1]),
                Double.parseDouble(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]));
    }

    /**
     * What was seen at a rate.
     *
     * @param latencyNs of probes, from when each was due until a reader of committed state saw it
     * @param rate events a second that were really sent
     * @param sent events, probes not among them
     */
    record Paced(Histogram latencyNs, double rate, long sent, long probes) {}
}
