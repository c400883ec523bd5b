package io.thalweg.bench;

import io.thalweg.bench.javaviews.StreamsPrograms;
import io.thalweg.bench.javaviews.Workload;
import io.thalweg.bench.load.Children;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Views in Java beside Kafka Streams, and batches beside Apache Flink: the same events through the same pipelines, exactly once on both sides. A turn
 * sends all events at once and ends when they are in the last index; then half of the rate that was seen is sent, with probes among it. Systems take
 * turns within a round.
 */
@Command(
        name = "java-views",
        mixinStandardHelpOptions = true,
        description =
                "Pipelines of views in Java beside Kafka Streams and Flink, and reads of their indexes beside a bare"
                        + " RocksDB.",
        footer = {
            "",
            "Cases:",
            "  words  lines of eight words, each counted under its own key after a hop",
            "  keys   counts over a million keys",
            "  hops   payments, counted for account, merchant and kind of goods: two hops",
            "  batches  the lines of words in batches, each seen everywhere at once; beside Flink",
            "  joins  pairs whose halves are joined and counted by window, in batches; beside Flink",
            "  reads  point and range reads of an index beside a bare RocksDB",
            "",
            "Systems:",
            "  thalweg                  a node, ./thalweg dev",
            "  kafka-streams            Kafka Streams, RocksDB stores, exactly_once_v2, and a broker that flushes each"
                    + " batch",
            "  kafka-streams-unflushed  the same with a broker as it comes",
            "  flink                    Apache Flink in one process, RocksDB stores, a checkpoint a second, exactly"
                    + " once, and a broker that flushes each batch"
        })
final class JavaViewsBench implements Callable<Integer> {
    private static final List<String> CASES = List.of("words", "keys", "hops", "batches", "joins", "reads");
    private static final List<String> SYSTEMS = List.of("thalweg", "kafka-streams", "kafka-streams-unflushed", "flink");
    private static final String BASE = "thalweg";
    private static final String FLINK = "flink";
    private static final int MAX_PACE_WARM_UP_SECONDS = 3;
    private static final int WARM_UP_PART = 4;

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(names = "--cases", split = ",", description = "Which; default all.")
    private List<String> cases = CASES;

    @Option(names = "--systems", split = ",", description = "Which; default all but the unflushed.")
    private List<String> systems = List.of(BASE, "kafka-streams", FLINK);

    @Option(
            names = "--events",
            defaultValue = "400000",
            description = "Events of a turn; a quarter as many go before the first; default ${DEFAULT-VALUE}.")
    private long events;

    @Option(names = "--rounds", defaultValue = "3", description = "Turns of each system; default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--seconds",
            defaultValue = "15",
            description = "At half of the rate, and of each kind of read in all; default ${DEFAULT-VALUE}.")
    private int seconds;

    private final Report report = new Report("java-views");
    private final Table table = new Table(
            "case", "system", "events/s", "p50", "p99", "at events/s", "disk/event", BASE + " is", "its p99 is");
    private final List<String> wrong = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        require(cases, CASES, "case");
        require(systems, SYSTEMS, "system");
        report.root().put("events", events).put("rounds", rounds).put("partitions", Workload.PARTITIONS);
        ArrayNode results = report.root().putArray("results");
        try (PipelinePeers peers = new PipelinePeers(workspace)) {
            for (Workload workload : Workload.values()) {
                if (cases.contains(workload.word())) {
                    pipeline(peers, workload, results);
                }
            }
        }
        table.print(System.out);
        System.out.println("""

            events/s: from the first that is sent until all are in the last index, hops included; medians. p50, p99: from when an event is due until a
            reader of committed state sees what came of it, at half of the system's rate. disk: bytes to the device for an event. Kafka Streams and
            Flink are taken to be done when their last handler is, before they commit.\
            """);
        if (cases.contains("reads")) {
            reads();
        }
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        wrong.forEach(System.err::println);
        return wrong.isEmpty() ? 0 : 1;
    }

    private static void require(List<String> asked, List<String> known, String what) {
        for (String each : asked) {
            if (!known.contains(each)) {
                throw new IllegalArgumentException("no " + what + " " + each + "; there are " + known);
            }
        }
    }

    /** What a system has done with a pipeline. */
    private static final class Run {
        final PipelinePeer peer;
        final List<Double> rates = new ArrayList<>();
        long sent;
        long probes;
        long filled;
        long written;

        Run(PipelinePeer peer) {
            this.peer = peer;
        }

        double rate() {
            return AppendTurns.median(
                    rates.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    /** Batches are measured beside Flink; Kafka Streams has no transaction over partitions that readers see whole. */
    private static boolean runs(String system, Workload workload) {
        boolean inBatches = workload == Workload.BATCHES || workload == Workload.JOINS;
        return system.equals(BASE) || inBatches == system.equals(FLINK);
    }

    private void pipeline(PipelinePeers peers, Workload workload, ArrayNode results) throws Exception {
        DeviceWrites device = new DeviceWrites(workspace.folder());
        Map<String, Run> runs = new LinkedHashMap<>();
        try {
            for (String system : systems) {
                if (!runs(system, workload)) {
                    continue;
                }
                say(workload, system, "starts");
                runs.put(system, new Run(peers.start(system, workload)));
            }
            for (int round = -1; round < rounds; round++) {
                for (Map.Entry<String, Run> each : runs.entrySet()) {
                    Run run = each.getValue();
                    long count = round < 0 ? Math.max(1, events / WARM_UP_PART) : events;
                    long before = device.bytes();
                    double rate = run.peer.fill(workload, run.sent, count, run.probes);
                    run.sent += count;
                    if (round >= 0) {
                        run.rates.add(rate);
                        run.written += device.bytes() - before;
                        run.filled += count;
                    }
                    say(workload, each.getKey(), Table.rate(rate) + " events/s" + (round < 0 ? ", warming up" : ""));
                }
            }
            Map<String, PipelinePeer.Paced> paced = new LinkedHashMap<>();
            for (Map.Entry<String, Run> each : runs.entrySet()) {
                Run run = each.getValue();
                PipelinePeer.Paced seen = run.peer.pace(
                        workload,
                        run.sent,
                        Math.max(1, run.rate() / 2),
                        Math.min(seconds, MAX_PACE_WARM_UP_SECONDS),
                        seconds);
                run.sent += seen.sent();
                run.probes += seen.probes();
                paced.put(each.getKey(), seen);
                check(workload, each.getKey(), run);
            }
            runs.forEach((system, run) -> row(workload, system, run, runs, paced, results));
        } finally {
            for (Run run : runs.values()) {
                run.peer.close();
            }
        }
    }

    private void check(Workload workload, String system, Run run) throws IOException {
        long expected = workload.counted(run.sent) + run.probes;
        run.peer.await(expected);
        long sum = run.peer.sum();
        if (sum != expected) {
            wrong.add(workload.word() + ": " + system + " has counted " + sum + ", expected " + expected);
        }
    }

    private void row(
            Workload workload,
            String system,
            Run run,
            Map<String, Run> runs,
            Map<String, PipelinePeer.Paced> paced,
            ArrayNode results) {
        PipelinePeer.Paced seen = paced.get(system);
        Run base = runs.get(BASE);
        PipelinePeer.Paced basePaced = paced.get(BASE);
        if (seen == null) {
            return;
        }
        Histogram latency = seen.latencyNs();
        double faster = Double.NaN;
        double slower = Double.NaN;
        boolean compared = false;
        if (base != null && basePaced != null && !system.equals(BASE)) {
            compared = true;
            faster = base.rate() / run.rate();
            slower = (double) basePaced.latencyNs().getValueAtPercentile(99) / latency.getValueAtPercentile(99);
        }
        double disk = (double) run.written / Math.max(1, run.filled);
        table.row(
                workload.word(),
                system,
                Table.rate(run.rate()),
                Table.time(latency.getValueAtPercentile(50)),
                Table.time(latency.getValueAtPercentile(99)),
                Table.rate(seen.rate()),
                String.format(Locale.ROOT, "%,.0f B", disk),
                compared ? Table.ratio(faster) + " x" : "",
                compared ? Table.ratio(slower) + " x" : "");
        ObjectNode result = results.addObject();
        result.put("case", workload.word()).put("system", system);
        result.put("p50Ns", latency.getValueAtPercentile(50));
        result.put("p99Ns", latency.getValueAtPercentile(99));
        result.put("probes", latency.getTotalCount());
        result.put("pacedEventsPerSecond", seen.rate());
        result.put("deviceBytesPerEvent", disk);
        if (compared) {
            result.put(BASE + "OverThis", faster).put(BASE + "P99OverThis", slower);
        }
        ArrayNode rates = result.putArray("eventsPerSecond");
        run.rates.forEach(rates::add);
    }

    private void reads() throws IOException, InterruptedException {
        Path folder = workspace.fresh("java-views-reads");
        Path log = workspace.folder().resolve("java-views-reads.log");
        double each = Math.max(0.2, seconds / 16.0); // two kinds, two sides, four turns
        Process process = Children.watched(
                new ProcessBuilder(StreamsPrograms.reads(workspace.folder(), folder, Math.max(1_000, events), each))
                        .redirectError(log.toFile())
                        .start());
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("the comparison of reads failed; see " + log);
        }
        Table reads = new Table("reads", "index/s", "bare RocksDB/s", "index is");
        ArrayNode results = report.root().putArray("reads");
        for (String line : said.lines().toList()) {
            String[] words = line.split(" ", -1);
            double ours = Double.parseDouble(words[1]);
            double bare = Double.parseDouble(words[2]);
            reads.row(words[0], Table.rate(ours), Table.rate(bare), Table.ratio(ours / bare) + " x");
            results.addObject()
                    .put("kind", words[0])
                    .put("indexPerSecond", ours)
                    .put("barePerSecond", bare)
                    .put("ratio", ours / bare);
        }
        System.out.println();
        reads.print(System.out);
        System.out.println(
                "Points of a map of " + Math.max(1_000, events) + " keys, ranges of 100 of a thousand; one thread.");
    }

    private static void say(Workload workload, String system, String what) {
        System.err.println(workload.word() + ", " + system + ": " + what);
    }
}
