package io.thalweg.bench;

import io.thalweg.bench.node.GrowingNode;
import io.thalweg.bench.node.NodeClient;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/**
 * How long nobody's write is acknowledged while a node alone becomes one of two: its lone shards become groups, the directory's first, and get their second replica.
 * Writers append events one after the other, each on its own connection, and try again what was not acknowledged.
 */
@Command(
        name = "grow",
        mixinStandardHelpOptions = true,
        description = "The pause of writes while a node alone gets a second node.")
final class GrowBench implements Callable<Integer> {
    private static final byte[] EVENT = "an event".getBytes(StandardCharsets.UTF_8);
    private static final Duration SETTLED = Duration.ofSeconds(3);
    private static final long AGAIN_MS = 5;

    /** What issue 12 asks for. */
    private static final Duration GOAL = Duration.ofSeconds(2);

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(names = "--runs", defaultValue = "5", description = "How often; default ${DEFAULT-VALUE}.")
    private int runs;

    @Option(names = "--writers", defaultValue = "4", description = "Writers; default ${DEFAULT-VALUE}.")
    private int writers;

    @Option(
            names = "--events",
            defaultValue = "10000",
            description = "Events that are there before; default ${DEFAULT-VALUE}.")
    private int events;

    @Option(
            names = "--warm-up",
            defaultValue = "20",
            description = "Seconds of writing before the second node comes; default ${DEFAULT-VALUE}.")
    private int warmUp;

    private final Report report = new Report("grow");

    /** Longest silence, and longest wait of a single append with its repeats. */
    private static final class Pauses {
        private final AtomicLong lastNs = new AtomicLong(System.nanoTime());
        private final AtomicLong silentNs = new AtomicLong();
        private final AtomicLong waitedNs = new AtomicLong();

        void acknowledged(long sinceNs) {
            long nowNs = System.nanoTime();
            silentNs.accumulateAndGet(nowNs - lastNs.getAndSet(nowNs), Math::max);
            waitedNs.accumulateAndGet(nowNs - sinceNs, Math::max);
        }

        /** A silence that is not over counts as far as it has lasted. */
        void end() {
            silentNs.accumulateAndGet(System.nanoTime() - lastNs.get(), Math::max);
        }

        void forget() {
            silentNs.set(0);
            waitedNs.set(0);
        }
    }

    @Override
    public Integer call() throws Exception {
        ArrayNode results = report.root().putArray("results");
        Table table = new Table("run", "longest silence", "longest append", "whole until two replicas");
        List<Long> silences = new ArrayList<>();
        for (int run = 1; run <= runs; run++) {
            Pauses pauses = new Pauses();
            long tookNs = grow(pauses);
            silences.add(pauses.silentNs.get());
            table.row(
                    Integer.toString(run),
                    millis(pauses.silentNs.get()),
                    millis(pauses.waitedNs.get()),
                    millis(tookNs));
            results.addObject()
                    .put("silentNs", pauses.silentNs.get())
                    .put("waitedNs", pauses.waitedNs.get())
                    .put("tookNs", tookNs);
        }
        System.out.println(
                "writes while a node alone becomes one of two; goal: a silence below " + GOAL.toMillis() + " ms");
        table.print(System.out);
        System.out.println("longest of all: " + millis(Collections.max(silences)));
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return 0;
    }

    private static String millis(long ns) {
        return String.format(Locale.ROOT, "%,d ms", ns / 1_000_000);
    }

    private long grow(Pauses pauses) throws IOException, InterruptedException {
        try (GrowingNode node = GrowingNode.start(workspace.launcher(), workspace.fresh("grow"))) {
            String log;
            try (NodeClient client = new NodeClient(node.url(), node.apiKey())) {
                log = client.createLog("events");
                for (int i = 0; i < events; i++) {
                    var _ = client.append(log, EVENT);
                }
            }
            List<Thread> writing = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                writing.add(Thread.ofPlatform()
                        .name("writer-" + i)
                        .start(() -> write(node.url(), node.apiKey(), log, pauses)));
            }
            try {
                Thread.sleep(Duration.ofSeconds(warmUp));
                pauses.forget();
                long sinceNs = System.nanoTime();
                node.grow();
                long tookNs = System.nanoTime() - sinceNs;
                Thread.sleep(SETTLED);
                pauses.end();
                return tookNs;
            } finally {
                for (Thread each : writing) {
                    each.interrupt();
                    each.join();
                }
            }
        }
    }

    private static void write(URI url, String apiKey, String log, Pauses pauses) {
        long sinceNs = System.nanoTime();
        while (!Thread.currentThread().isInterrupted()) {
            try (NodeClient client = new NodeClient(url, apiKey)) {
                while (!Thread.currentThread().isInterrupted()) {
                    var _ = client.append(log, EVENT);
                    pauses.acknowledged(sinceNs);
                    sinceNs = System.nanoTime();
                }
            } catch (IOException e) {
                try {
                    Thread.sleep(AGAIN_MS);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
