package io.thalweg.bench.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/** Runs a pattern for a while and measures it: a thread for each connection, first unmeasured, then measured. */
public final class ClosedLoop {
    private ClosedLoop() {}

    /** Requests that begin within {@code measured}, after {@code warmUp}, are counted. The first failure of a sender is thrown. */
    public static Measured run(
            Sender.Factory factory, Pattern pattern, String target, Duration warmUp, Duration measured)
            throws Exception {
        List<Sender> senders = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(pattern.connections())) {
            for (int i = 0; i < pattern.connections(); i++) {
                senders.add(factory.open(pattern, target, i));
            }
            long from = System.nanoTime() + warmUp.toNanos();
            long until = from + measured.toNanos();
            LongAdder sent = new LongAdder();
            List<Callable<Histogram>> loops = new ArrayList<>();
            for (Sender sender : senders) {
                loops.add(() -> loop(sender, from, until, sent));
            }
            Histogram all = Measured.histogram();
            for (Future<Histogram> one : threads.invokeAll(loops)) {
                all.add(one.get());
            }
            return new Measured(measured.toNanos(), all.getTotalCount(), sent.sum(), all);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } finally {
            for (Sender sender : senders) {
                sender.close();
            }
        }
    }

    private static Histogram loop(Sender sender, long from, long until, LongAdder sent) throws Exception {
        Histogram latency = Measured.histogram();
        for (long start = System.nanoTime(); start < until; ) {
            sender.send();
            sent.increment();
            long end = System.nanoTime();
            if (start >= from && end <= until) {
                latency.recordValue(Math.min(end - sender.handedOverNs(start), Measured.MAX_LATENCY_NS));
            }
            start = end;
        }
        return latency;
    }
}
