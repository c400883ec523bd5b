package io.thalweg.bench;

import io.thalweg.bench.kafka.KafkaProcess;
import io.thalweg.bench.kafka.KafkaProcess.Durability;
import io.thalweg.bench.load.LoadProcess;
import io.thalweg.bench.load.Measured;
import io.thalweg.bench.load.Pattern;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Durable appends, beside Apache Kafka and beside the bare disk.
 *
 * <p>All systems run on this machine over the loopback, each server and each load generator in its own JVM. They take turns: in each
 * round each pattern is run on every system, one directly after the other, and the order rotates from round to round. A ratio is
 * the median of the ratios within the rounds, so that what disturbs a whole round cancels out.
 */
@Command(
        name = "appends",
        mixinStandardHelpOptions = true,
        description =
                "Appends of 100 B and 1 KiB events, durable, beside Apache Kafka and a raw append-and-force loop.",
        footer = {
            "",
            "Systems:",
            "  thalweg        a node, ./thalweg dev, over HTTP; an answer means flushed",
            "  kafka          one broker as it comes, acks=all, a producer for each connection; an answer means in"
                    + " memory",
            "  kafka-shared   the same broker, all connections through one producer (64 connections only)",
            "  kafka-flush    a broker with log.flush.interval.messages=1; an answer means flushed",
            "  kafka-flush-shared",
            "  raw            write and force into a file that is already there, all connections in one write",
            "  raw-grow       the same into a file that grows"
        })
final class AppendsBench implements Callable<Integer> {
    private static final List<String> ALL =
            List.of("thalweg", "kafka", "kafka-shared", "kafka-flush", "kafka-flush-shared", "raw", "raw-grow");
    private static final int SMALL_BYTES = 100;
    private static final int LARGE_BYTES = 1024;
    private static final int BATCH = 1_000;

    /** Events that a client of a session, or of a producer, has under way. */
    private static final int WINDOW = 4_000;

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "How often every system has its turn; default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--seconds", defaultValue = "4", description = "Measured in each turn; default ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--warm-up",
            defaultValue = "2",
            description = "Seconds before each measurement; default ${DEFAULT-VALUE}.")
    private int warmUp;

    @Option(names = "--systems", split = ",", description = "Which; default all.")
    private List<String> systems = ALL;

    @Option(names = "--cases", split = ",", description = "Which patterns, such as one-100,batch-1024; default all.")
    private List<String> cases = List.of();

    /** One turn of one system; CPU time of its server and bytes written to the device are of the warm-up too. */
    private record Turn(Pattern pattern, String system, int round, Measured measured, Duration cpu, long written) {
        double eventsPerSecond() {
            return measured.requestsPerSecond() * eventsPerRequest();
        }

        double cpuNsPerEvent() {
            return (double) cpu.toNanos() / (measured.allRequests() * eventsPerRequest());
        }

        double writtenOverPayload() {
            return (double) written / (measured.allRequests() * eventsPerRequest() * pattern.eventBytes());
        }

        /** The raw loop folds all connections into one write. */
        private long eventsPerRequest() {
            return (long) pattern.batch() * (system.startsWith("raw") ? pattern.connections() : 1);
        }
    }

    /** A system that is up: who sends to it, and where to. */
    private interface Peer extends AutoCloseable {
        LoadProcess load();

        /** CPU time of the server so far; zero for a system without one. */
        default Duration cpu() {
            return Duration.ZERO;
        }

        String target(Pattern pattern, int round) throws IOException;

        @Override
        void close() throws IOException;
    }

    private static List<Pattern> patterns() {
        List<Pattern> patterns = new ArrayList<>();
        for (int bytes : List.of(SMALL_BYTES, LARGE_BYTES)) {
            patterns.add(new Pattern("one-" + bytes, 1, 1, bytes));
            patterns.add(new Pattern("many-" + bytes, 64, 1, bytes));
            patterns.add(new Pattern("batch-" + bytes, 1, BATCH, bytes));
            patterns.add(new Pattern("batches-" + bytes, 4, BATCH, bytes));
            patterns.add(new Pattern("session-" + bytes, 1, 1, bytes, WINDOW));
            patterns.add(new Pattern("sessions-" + bytes, 8, 1, bytes, WINDOW));
        }
        return patterns;
    }

    @Override
    public Integer call() throws Exception {
        List<Turn> turns = new ArrayList<>();
        Map<String, Peer> peers = new LinkedHashMap<>();
        try {
            for (String system : systems) {
                System.err.println("starting " + system);
                peers.put(system, start(system, peers));
            }
            for (Map.Entry<String, Peer> peer : peers.entrySet()) {
                warmUp(peer.getKey(), peer.getValue());
            }
            for (int round = 0; round < rounds; round++) {
                for (Pattern pattern : patterns()) {
                    if (!cases.isEmpty() && !cases.contains(pattern.name())) {
                        continue;
                    }
                    for (int i = 0; i < systems.size(); i++) {
                        String system = systems.get((i + round) % systems.size());
                        turn(round, pattern, system, peers, turns);
                    }
                }
            }
        } finally {
            for (Peer peer : peers.values()) {
                peer.close();
            }
        }
        print(turns, System.out);
        System.err.println("wrote " + report(turns).write(workspace.json, workspace.folder()));
        return 0;
    }

    /** A first turn that is not counted, so that no system's first measurement meets cold code. */
    private void warmUp(String system, Peer peer) throws IOException {
        if (!system.endsWith("-shared")) {
            System.err.println("warming up " + system);
            Pattern pattern = new Pattern("warm-up", 1, BATCH, SMALL_BYTES);
            peer.load().run(pattern, peer.target(pattern, 0), Duration.ZERO, Duration.ofSeconds(2L * warmUp));
        }
    }

    private void turn(int round, Pattern pattern, String system, Map<String, Peer> peers, List<Turn> turns)
            throws IOException {
        boolean shareable = pattern.connections() > 1 && pattern.batch() == 1 && pattern.window() == 1;
        if ((system.endsWith("-shared") && !shareable) || (system.startsWith("raw") && pattern.window() > 1)) {
            return;
        }
        Peer peer = peers.get(system);
        if (peer == null) {
            throw new IllegalArgumentException("no system " + system + "; there are " + ALL);
        }
        Pattern sent = system.startsWith("raw")
                ? new Pattern(pattern.name(), 1, pattern.connections() * pattern.batch(), pattern.eventBytes())
                : pattern;
        DeviceWrites writes = new DeviceWrites(workspace.folder());
        Duration cpuBefore = peer.cpu();
        long writtenBefore = writes.bytes();
        Measured measured = peer.load()
                .run(sent, peer.target(pattern, round), Duration.ofSeconds(warmUp), Duration.ofSeconds(seconds));
        Duration cpu = peer.cpu().minus(cpuBefore);
        Turn turn = new Turn(pattern, system, round, measured, cpu, writes.bytes() - writtenBefore);
        turns.add(turn);
        Histogram latency = measured.latencyNs();
        System.err.printf(
                "round %d  %-12s %-18s %12s events/s  p50 %s  p99 %s  cpu %.2f us  disk %.2f x%n",
                round + 1,
                pattern.name(),
                system,
                Table.rate(turn.eventsPerSecond()),
                Table.time(latency.getValueAtPercentile(50)),
                Table.time(latency.getValueAtPercentile(99)),
                turn.cpuNsPerEvent() / 1e3,
                turn.writtenOverPayload());
    }

    private Peer start(String system, Map<String, Peer> started) throws Exception {
        return switch (system) {
            case "thalweg" -> thalweg();
            case "kafka" -> kafka(system, Durability.UNFLUSHED);
            case "kafka-flush" -> kafka(system, Durability.FLUSHED);
            case "kafka-shared" -> shared(started.get("kafka"), system);
            case "kafka-flush-shared" -> shared(started.get("kafka-flush"), system);
            case "raw", "raw-grow" -> raw(system);
            default -> throw new IllegalArgumentException("no system " + system + "; there are " + ALL);
        };
    }

    private Peer thalweg() throws Exception {
        Path data = workspace.fresh("appends-thalweg").resolve("data");
        NodeProcess node = NodeProcess.start(workspace.launcher(), data);
        NodeClient client = node.client();
        LoadProcess load = load("thalweg", Workspace.loadCommand("http"));
        return new Peer() {
            @Override
            public LoadProcess load() {
                return load;
            }

            @Override
            public Duration cpu() {
                return node.cpu();
            }

            @Override
            public String target(Pattern pattern, int round) throws IOException {
                return client.target(client.createLog("bench-" + pattern.name() + "-" + round));
            }

            @Override
            public void close() throws IOException {
                load.close();
                client.close();
                node.stop();
            }
        };
    }

    private Peer kafka(String system, Durability durability) throws Exception {
        Path jars = KafkaProcess.jars(workspace.folder(), workspace.repository());
        KafkaProcess broker = KafkaProcess.start(jars, workspace.fresh("appends-" + system), durability);
        LoadProcess load = load(system, KafkaProcess.loadCommand(jars, workspace.folder(), Workspace.benchClasses()));
        return new Peer() {
            @Override
            public LoadProcess load() {
                return load;
            }

            @Override
            public Duration cpu() {
                return broker.cpu();
            }

            @Override
            public String target(Pattern pattern, int round) {
                return broker.servers() + "," + pattern.name() + "-" + round + ",own";
            }

            @Override
            public void close() throws IOException {
                load.close();
                broker.close();
            }
        };
    }

    private static Peer shared(@Nullable Peer broker, String system) {
        if (broker == null) {
            throw new IllegalArgumentException(
                    system + " shares the broker of the system without -shared: name that first");
        }
        return new Peer() {
            @Override
            public LoadProcess load() {
                return broker.load();
            }

            @Override
            public Duration cpu() {
                return broker.cpu();
            }

            @Override
            public String target(Pattern pattern, int round) throws IOException {
                String[] own = broker.target(pattern, round).split(",", -1);
                return own[0] + "," + own[1] + "-shared,shared";
            }

            @Override
            public void close() {}
        };
    }

    private Peer raw(String system) throws IOException {
        Path folder = workspace.fresh("appends-" + system);
        LoadProcess load = load(system, Workspace.loadCommand(system));
        return new Peer() {
            @Override
            public LoadProcess load() {
                return load;
            }

            @Override
            public String target(Pattern pattern, int round) {
                return folder.resolve(pattern.name()).toString();
            }

            @Override
            public void close() throws IOException {
                load.close();
            }
        };
    }

    private LoadProcess load(String system, List<String> command) throws IOException {
        return new LoadProcess(command, workspace.folder().resolve("appends-" + system + "-load.log"));
    }

    /** What the issue asks of appends, as pairs of a peer and the least ratio to it. */
    private static void print(List<Turn> turns, PrintStream out) {
        Table table = new Table("case", "system", "events/s", "p50", "p99", "p99.9", "cpu/event", "disk", "thalweg is");
        for (Pattern pattern : patterns()) {
            for (String system : ALL) {
                List<Turn> mine = select(turns, pattern, system);
                if (mine.isEmpty()) {
                    continue;
                }
                Histogram latency = merged(mine);
                table.row(
                        pattern.name(),
                        system,
                        Table.rate(median(mine, Turn::eventsPerSecond)),
                        Table.time(latency.getValueAtPercentile(50)),
                        Table.time(latency.getValueAtPercentile(99)),
                        Table.time(latency.getValueAtPercentile(99.9)),
                        String.format(Locale.ROOT, "%.2f us", median(mine, Turn::cpuNsPerEvent) / 1e3),
                        Table.ratio(median(mine, Turn::writtenOverPayload)) + " x",
                        system.equals("thalweg") ? "" : Table.ratio(ratio(turns, pattern, system)) + " x");
            }
        }
        table.print(out);
        out.println();
        out.println("one: 1 connection, 1 event a request. many: 64 connections. batch: 1 connection, 1,000 events a"
                + " request. batches: 4.");
        out.println("session: 1 client hands events over one by one and has 4,000 under way; its session, or Kafka's"
                + " producer as it comes, joins them. sessions: 8.");
        out.println("cpu/event: CPU time of the server's process. disk: bytes written to the device over those of the"
                + " payload, all of it:");
        out.println(
                "what the system writes later on its own (kafka) falls into another turn; other programs' writes are"
                        + " in it.");
        out.println(
                "\"thalweg is\": events/s of thalweg over those of this system, median over the rounds. A closed loop:"
                        + " latencies");
        out.println("are those of answered requests, not corrected for coordinated omission. kafka answers before it"
                + " flushes.");
    }

    private Report report(List<Turn> turns) {
        Report report = new Report("appends");
        report.root().put("rounds", rounds).put("seconds", seconds).put("kafka", "4.3.1");
        ArrayNode results = report.root().putArray("results");
        for (Pattern pattern : patterns()) {
            for (String system : ALL) {
                List<Turn> mine = select(turns, pattern, system);
                if (mine.isEmpty()) {
                    continue;
                }
                Histogram latency = merged(mine);
                ObjectNode row = results.addObject();
                row.put("case", pattern.name()).put("system", system);
                row.put("connections", pattern.connections());
                row.put("batch", pattern.batch());
                row.put("eventBytes", pattern.eventBytes());
                row.put("p50Ns", latency.getValueAtPercentile(50));
                row.put("p99Ns", latency.getValueAtPercentile(99));
                row.put("p999Ns", latency.getValueAtPercentile(99.9));
                row.put("serverCpuNsPerEvent", median(mine, Turn::cpuNsPerEvent));
                row.put("deviceBytesOverPayload", median(mine, Turn::writtenOverPayload));
                double ratio = ratio(turns, pattern, system);
                if (Double.isFinite(ratio)) {
                    row.put("thalwegOverThis", ratio);
                }
                ArrayNode perRound = row.putArray("eventsPerSecond");
                mine.forEach(turn -> perRound.add(turn.eventsPerSecond()));
            }
        }
        return report;
    }

    private static List<Turn> select(List<Turn> turns, Pattern pattern, String system) {
        return turns.stream()
                .filter(turn -> turn.pattern().equals(pattern) && turn.system().equals(system))
                .toList();
    }

    private static Histogram merged(List<Turn> turns) {
        Histogram all = Measured.histogram();
        turns.forEach(turn -> all.add(turn.measured().latencyNs()));
        return all;
    }

    /** Median over the rounds of thalweg's rate over the other's; NaN without both. */
    private static double ratio(List<Turn> turns, Pattern pattern, String system) {
        double[] ratios = select(turns, pattern, system).stream()
                .flatMap(other -> select(turns, pattern, "thalweg").stream()
                        .filter(mine -> mine.round() == other.round())
                        .map(mine -> mine.eventsPerSecond() / other.eventsPerSecond()))
                .mapToDouble(Double::doubleValue)
                .toArray();
        return ratios.length == 0 ? Double.NaN : median(ratios);
    }

    private static double median(List<Turn> turns, ToDoubleFunction<Turn> what) {
        return median(turns.stream().mapToDouble(what).toArray());
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
