package io.thalweg.bench.ledger;

import io.thalweg.bench.load.Measured;
import io.thalweg.bench.load.Orders;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * The inside of a load generator's JVM: reads one run a line from standard input, runs it, prints one line of result. Each client
 * has one request under way; while it is, the next is filled.
 */
public final class LedgerLoad {
    private static final int READ_LIMIT = 8189;

    private final LedgerDriver.Factory factory;
    private final LedgerRun run;
    private final String target;
    private final long started = System.currentTimeMillis();
    private final AtomicLong booked = new AtomicLong();
    private final AtomicLong lastTenthNs = new AtomicLong();

    private LedgerLoad(LedgerDriver.Factory factory, LedgerRun run, String target) {
        this.factory = factory;
        this.run = run;
        this.target = target;
    }

    /** Serves until standard input ends. */
    public static void serve(LedgerDriver.Factory factory) throws IOException {
        Orders.serve(words -> new LedgerLoad(factory, LedgerRun.decode(words), words[LedgerRun.WORDS])
                .measure()
                .encode());
    }

    private LedgerResult measure() throws Exception {
        try (LedgerDriver first = factory.open(target)) {
            first.createAccounts(run.accounts());
        }
        AtomicBoolean over = new AtomicBoolean();
        List<LedgerDriver> drivers = new ArrayList<>();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            for (int i = 0; i < run.clients() + run.readers(); i++) {
                drivers.add(factory.open(target));
            }
            List<Future<Histogram>> writers = new ArrayList<>();
            List<Future<Histogram>> readers = new ArrayList<>();
            AtomicLong begun = new AtomicLong();
            CyclicBarrier warm = new CyclicBarrier(run.clients(), () -> begun.set(System.nanoTime()));
            for (int i = 0; i < run.clients(); i++) {
                int client = i;
                writers.add(threads.submit(() -> write(drivers.get(client), client, threads, warm)));
            }
            for (int i = run.clients(); i < drivers.size(); i++) {
                int client = i;
                readers.add(threads.submit(() -> read(drivers.get(client), client, over)));
            }
            Histogram writes = Measured.histogram();
            for (Future<Histogram> writer : writers) {
                writes.add(writer.get());
            }
            long start = begun.get();
            long elapsed = System.nanoTime() - start;
            over.set(true);
            Histogram reads = Measured.histogram();
            for (Future<Histogram> reader : readers) {
                reads.add(reader.get());
            }
            if (run.reads() > 0) {
                reads.add(read(drivers.getFirst()));
            }
            return new LedgerResult(
                    booked.get(),
                    elapsed,
                    lastTenthNs.get() == 0 ? elapsed : start + elapsed - lastTenthNs.get(),
                    writes,
                    reads);
        } finally {
            threads.shutdownNow();
            for (LedgerDriver driver : drivers) {
                driver.close();
            }
        }
    }

    /** Sends what another thread fills, so that the next request is ready when an answer is there. */
    private Histogram write(LedgerDriver driver, int client, ExecutorService threads, CyclicBarrier warm)
            throws Exception {
        long warmUp = requests(run.warmUp());
        long counting = requests(run.transfers());
        BlockingQueue<LedgerDriver.Request> filled = new ArrayBlockingQueue<>(1);
        Future<?> filler = threads.submit(() -> {
            fill(driver, client, warmUp + counting, filled);
            return null;
        });
        for (long i = 0; i < warmUp; i++) {
            next(filled, filler).book();
        }
        warm.await();
        Histogram latency = Measured.histogram();
        for (long i = 0; i < counting; i++) {
            LedgerDriver.Request request = next(filled, filler);
            long sent = System.nanoTime();
            request.book();
            latency.recordValue(System.nanoTime() - sent);
            if (booked.addAndGet(run.batch()) >= run.transfers() / 10 * 9) {
                lastTenthNs.compareAndSet(0, System.nanoTime());
            }
        }
        return latency;
    }

    /** Requests that each client sends for so many transfers of all of them together. */
    private long requests(long transfers) {
        return (transfers / run.clients() + run.batch() - 1) / run.batch();
    }

    private static LedgerDriver.Request next(BlockingQueue<LedgerDriver.Request> filled, Future<?> filler)
            throws Exception {
        while (true) {
            LedgerDriver.Request request = filled.poll(1, TimeUnit.SECONDS);
            if (request != null) {
                return request;
            }
            if (filler.state() == Future.State.FAILED) {
                throw new IOException("no more requests", filler.exceptionNow());
            }
        }
    }

    private void fill(LedgerDriver driver, int client, long requests, BlockingQueue<LedgerDriver.Request> filled)
            throws Exception {
        SplittableRandom random = new SplittableRandom(0x7a17 + client);
        Transfers transfers = new Transfers(run.batch());
        AtomicLong ids = new AtomicLong();
        boolean post = false;
        for (long i = 0; i < requests; i++) {
            fill(transfers, random, ids, client, post);
            transfers.phase =
                    !run.twoPhase() ? Transfers.Phase.SINGLE : post ? Transfers.Phase.POST : Transfers.Phase.PENDING;
            post = run.twoPhase() && !post;
            filled.put(driver.request(transfers));
        }
    }

    private void fill(Transfers transfers, SplittableRandom random, AtomicLong ids, int client, boolean post) {
        if (post) {
            System.arraycopy(transfers.idLow, 0, transfers.pendingLow, 0, run.batch());
            System.arraycopy(transfers.idHigh, 0, transfers.pendingHigh, 0, run.batch());
        }
        // Ascending ids, as the clients' own generators make them: time above, here a number for each client.
        long high = (started << 16) | client;
        for (int i = 0; i < run.batch(); i++) {
            transfers.idLow[i] = run.randomIds() ? random.nextLong() : ids.incrementAndGet();
            transfers.idHigh[i] = run.randomIds() ? random.nextLong() : high;
            if (!post) {
                long debit = 1L + random.nextInt(run.accounts());
                long credit = 1L + random.nextInt(run.accounts() - 1);
                transfers.debit[i] = debit;
                transfers.credit[i] = credit < debit ? credit : credit + 1;
                transfers.amount[i] = 1L + random.nextInt(1_000_000);
                if (run.userData()) {
                    transfers.userData128Low[i] = random.nextLong();
                    transfers.userData128High[i] = random.nextLong();
                    transfers.userData64[i] = random.nextLong();
                    transfers.userData32[i] = random.nextInt();
                    transfers.code[i] = 1 + random.nextInt(65_535);
                }
            }
        }
    }

    /** Reads of accounts while nothing else goes on. */
    private Histogram read(LedgerDriver driver) throws Exception {
        Histogram latency = Measured.histogram();
        SplittableRandom random = new SplittableRandom(0xacc);
        for (int i = -run.reads() / 10; i < run.reads(); i++) {
            long sent = System.nanoTime();
            driver.newest(1 + random.nextInt(run.accounts()), READ_LIMIT);
            if (i >= 0) {
                latency.recordValue(System.nanoTime() - sent);
            }
        }
        return latency;
    }

    private Histogram read(LedgerDriver driver, int client, AtomicBoolean over) throws Exception {
        Histogram latency = Measured.histogram();
        SplittableRandom random = new SplittableRandom(client);
        while (!over.get()) {
            long sent = System.nanoTime();
            driver.newest(1 + random.nextInt(run.accounts()), READ_LIMIT);
            latency.recordValue(System.nanoTime() - sent);
        }
        return latency;
    }
}
