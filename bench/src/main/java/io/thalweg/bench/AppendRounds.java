package io.thalweg.bench;

import io.thalweg.bench.load.Measured;
import io.thalweg.bench.load.Pattern;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Systems that take turns at appends: in each round each pattern is run on every system, one directly after the other, and the order
 * rotates from round to round. Options that benchmarks of appends have.
 */
final class AppendRounds {
    private static final int SMALL_BYTES = 100;
    private static final int LARGE_BYTES = 1024;
    private static final int BATCH = 1_000;

    /** Events that a client of a session, or of a producer, has under way. */
    private static final int WINDOW = 4_000;

    @Mixin
    Workspace workspace = new Workspace();

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "How often every system has its turn; default ${DEFAULT-VALUE}.")
    int rounds;

    @Option(names = "--seconds", defaultValue = "4", description = "Measured in each turn; default ${DEFAULT-VALUE}.")
    int seconds;

    @Option(
            names = "--warm-up",
            defaultValue = "2",
            description = "Seconds before each measurement; default ${DEFAULT-VALUE}.")
    int warmUp;

    @Option(names = "--cases", split = ",", description = "Which patterns, such as one-100,batch-1024; default all.")
    private List<String> cases = List.of();

    static List<Pattern> patterns() {
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

    /**
     * Starts the systems, has them take their turns, and prints the table.
     *
     * @param systems in the order of the table
     * @param base the one whose rate is divided by each other's
     * @param report what was seen is added to it
     */
    void run(List<String> systems, String base, Report report) throws Exception {
        AppendTurns turns = new AppendTurns(patterns(), systems, base);
        Map<String, AppendPeer> peers = new LinkedHashMap<>();
        AppendPeers start = new AppendPeers(workspace);
        try {
            for (String system : systems) {
                System.err.println("starting " + system);
                peers.put(system, start.start(system, peers));
            }
            for (Map.Entry<String, AppendPeer> peer : peers.entrySet()) {
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
            for (AppendPeer peer : peers.values()) {
                peer.close();
            }
        }
        turns.print(System.out);
        report.root().put("rounds", rounds).put("seconds", seconds).put("kafka", "4.3.1");
        turns.addTo(report);
    }

    /** Writes a report to where it was asked for. */
    void write(Report report) throws IOException {
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
    }

    /** A first turn that is not counted, so that no system's first measurement meets cold code. */
    private void warmUp(String system, AppendPeer peer) throws IOException {
        if (!system.endsWith("-shared")) {
            System.err.println("warming up " + system);
            Pattern pattern = new Pattern("warm-up", 1, oneByOne(system) ? 1 : BATCH, SMALL_BYTES);
            peer.load().run(pattern, peer.target(pattern, 0), Duration.ZERO, Duration.ofSeconds(2L * warmUp));
        }
    }

    /** A system that takes one small thing a request. */
    private static boolean oneByOne(String system) {
        return system.startsWith("etcd");
    }

    private void turn(int round, Pattern pattern, String system, Map<String, AppendPeer> peers, AppendTurns turns)
            throws IOException {
        boolean single = pattern.batch() == 1 && pattern.window() == 1;
        if ((system.endsWith("-shared") && !(single && pattern.connections() > 1))
                || (system.startsWith("raw") && pattern.window() > 1)
                || (oneByOne(system) && !single)) {
            return;
        }
        AppendPeer peer = peers.get(system);
        if (peer == null) {
            throw new IllegalArgumentException("no system " + system);
        }
        Pattern sent = system.startsWith("raw")
                ? new Pattern(pattern.name(), 1, pattern.connections() * pattern.batch(), pattern.eventBytes())
                : pattern;
        DeviceWrites writes = new DeviceWrites(workspace.folder());
        String target = peer.target(pattern, round);
        long entriesBefore = peer.entries().now();
        Duration cpuBefore = peer.cpu();
        long writtenBefore = writes.bytes();
        Measured measured = peer.load().run(sent, target, Duration.ofSeconds(warmUp), Duration.ofSeconds(seconds));
        Duration cpu = peer.cpu().minus(cpuBefore);
        AppendTurns.Turn turn = new AppendTurns.Turn(
                pattern,
                system,
                round,
                measured,
                cpu,
                peer.entries().now() - entriesBefore,
                writes.bytes() - writtenBefore);
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
}
