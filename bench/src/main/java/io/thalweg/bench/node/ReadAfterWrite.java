package io.thalweg.bench.node;

import io.thalweg.bench.load.HttpConnection;
import io.thalweg.bench.load.Measured;
import io.thalweg.bench.load.Payloads;
import java.io.IOException;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * Reads what was just written: an append, and then a query of a counting view that has seen it, one after the other and each on one connection.
 *
 * @param append latency of the appends
 * @param both from an append's begin to the answer of the query behind it
 */
public record ReadAfterWrite(Histogram append, Histogram both) {
    private static final int EVENT_BYTES = 100;
    private static final int TIMEOUT_MS = 60_000;
    private static final String VIEW = "count";

    /**
     * Makes a log and a view of it, and measures when that answers.
     *
     * @param writer where it is appended
     * @param reader where the view is asked; the same node or another
     * @param name of the log, which is new
     * @param component a view that counts
     * @throws IOException also when an answer is not what the view has to say
     */
    public static ReadAfterWrite measure(
            NodeClient writer, NodeClient reader, String name, byte[] component, Duration warmUp, Duration measured)
            throws IOException {
        String logId = writer.createLog(name);
        writer.deployView(logId, VIEW, component);
        byte[] _ = reader.query(logId, VIEW, 0, new byte[0]);
        return measure(writer, reader, logId, warmUp, measured);
    }

    private static ReadAfterWrite measure(
            NodeClient writer, NodeClient reader, String logId, Duration warmUp, Duration measured) throws IOException {
        Histogram appends = Measured.histogram();
        Histogram both = Measured.histogram();
        try (HttpConnection near = new HttpConnection(writer.url(), TIMEOUT_MS);
                HttpConnection far = new HttpConnection(reader.url(), TIMEOUT_MS)) {
            byte[] append = writer.appendRequest(near, logId, Payloads.event(EVENT_BYTES, 0));
            long from = System.nanoTime() + warmUp.toNanos();
            long until = from + measured.toNanos();
            for (long start = System.nanoTime(); start < until; start = System.nanoTime()) {
                HttpConnection.Response stored = near.exchange(append);
                long appended = System.nanoTime();
                if (stored.status() != 200) {
                    throw new IOException("append answered " + stored.status() + ": " + stored.text());
                }
                long sequence = NodeClient.sequence(stored);
                HttpConnection.Response answer = far.exchange(reader.queryRequest(far, logId, VIEW, sequence));
                long answered = System.nanoTime();
                if (answer.status() != 200 || !answer.text().equals("{\"count\":" + sequence + "}")) {
                    throw new IOException(
                            "after append " + sequence + " the view answers " + answer.status() + " " + answer.text());
                }
                if (start >= from) {
                    appends.recordValue(appended - start);
                    both.recordValue(answered - start);
                }
            }
        }
        return new ReadAfterWrite(appends, both);
    }

    /** How much longer both take than the append alone, at p99. */
    public double ratio() {
        return (double) both.getValueAtPercentile(99) / append.getValueAtPercentile(99);
    }
}
