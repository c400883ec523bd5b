package io.thalweg.bench.javaviews;

import io.thalweg.bench.load.Measured;
import io.thalweg.bench.load.Orders;
import java.io.IOException;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The inside of a load generator's JVM: sends a pipeline's events as fast as they are taken, or at a rate while probes go through it. What it is told,
 * a line each: {@code fill WORKLOAD FIRST COUNT} is answered when all are durable; {@code pace WORKLOAD FIRST RATE WARM_MS MS} with the time of each
 * probe from when it was due until it was seen, and with the events that were sent a second.
 */
public final class PipelineLoad {
    private static final int PROBES_A_SECOND = 50;
    private static final long PACE_NS = 1_000_000;
    private static final int PATIENCE_SECONDS = 120;

    private final PipelineDoor door;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private long probes;

    private PipelineLoad(PipelineDoor door) {
        this.door = door;
    }

    /** Serves until standard input ends. */
    public static void serve(PipelineDoor door) throws IOException {
        Orders.serve(new PipelineLoad(door)::answer);
    }

    private String answer(String[] order) throws Exception {
        Workload workload = Workload.valueOf(order[1]);
        long first = Long.parseLong(order[2]);
        return switch (order[0]) {
            case "fill" -> Long.toString(fill(workload, first, Long.parseLong(order[3])));
            case "pace" ->
                pace(
                        workload,
                        first,
                        Double.parseDouble(order[3]),
                        Long.parseLong(order[4]) * 1_000_000,
                        Long.parseLong(order[5]) * 1_000_000);
            default -> throw new IllegalArgumentException("no order " + order[0]);
        };
    }

    private void append(Workload workload, long n, AtomicLong left) throws Exception {
        door.append(workload.key(n), workload.payload(n), failed -> {
            if (failed != null) {
                failure.compareAndSet(null, failed);
            }
            left.decrementAndGet();
        });
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IOException("an append failed", failed);
        }
    }

    private long fill(Workload workload, long first, long count) throws Exception {
        long start = System.nanoTime();
        AtomicLong left = new AtomicLong(count);
        for (long n = first; n < first + count; n++) {
            append(workload, n, left);
        }
        awaitNone(left);
        return System.nanoTime() - start;
    }

    private void awaitNone(AtomicLong left) throws IOException {
        while (left.get() > 0) {
            Throwable failed = failure.get();
            if (failed != null) {
                throw new IOException("an append failed", failed);
            }
            LockSupport.parkNanos(PACE_NS);
        }
    }

    /** In an open loop: nothing waits for what is slow. */
    private String pace(Workload workload, long first, double rate, long warmNs, long ns) throws Exception {
        Histogram latency = Measured.histogram();
        long start = System.nanoTime();
        long from = start + warmNs;
        long until = from + ns;
        Phaser underWay = new Phaser(1);
        Thread prober = Thread.ofPlatform().name("probes").start(() -> probe(workload, from, until, latency, underWay));
        AtomicLong left = new AtomicLong();
        long sent = 0;
        for (long now = start; now < until; now = System.nanoTime()) {
            long due = (long) ((now - start) / 1e9 * rate);
            for (; sent < due; sent++) {
                left.incrementAndGet();
                append(workload, first + sent, left);
            }
            LockSupport.parkNanos(PACE_NS);
        }
        double rateSeen = sent * 1e9 / (System.nanoTime() - start);
        awaitNone(left);
        prober.join();
        try {
            underWay.awaitAdvanceInterruptibly(underWay.arrive(), PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(underWay.getUnarrivedParties() + " probes were not seen in time", e);
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IOException("a probe failed", failed);
        }
        synchronized (latency) {
            return Measured.encode(latency) + " " + rateSeen + " " + sent + " " + probes;
        }
    }

    private void probe(Workload workload, long from, long until, Histogram latency, Phaser underWay) {
        long everyNs = 1_000_000_000L / PROBES_A_SECOND;
        probes = 0;
        try {
            for (long due = from; due < until; due += everyNs) {
                for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
                    LockSupport.parkNanos(due - now);
                }
                long since = due;
                String name = "probe" + Long.toString(System.nanoTime(), 36);
                underWay.register();
                probes++;
                door.probe(name, workload.probeKey(name), workload.probe(name), () -> {
                    long took = System.nanoTime() - since;
                    synchronized (latency) {
                        latency.recordValue(Math.min(took, Measured.MAX_LATENCY_NS));
                    }
                    underWay.arriveAndDeregister();
                });
            }
        } catch (Exception e) {
            failure.compareAndSet(null, e);
        }
    }
}
