package io.thalweg.bench;

import io.thalweg.bench.load.Measured;
import io.thalweg.bench.load.Pattern;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What was measured of appends, and its comparison with one of the systems, the base. */
final class AppendTurns {
    private final List<Pattern> patterns;
    private final List<String> systems;
    private final String base;
    private final List<Turn> turns = new ArrayList<>();

    /** @param base the system whose rate is divided by each other's */
    AppendTurns(List<Pattern> patterns, List<String> systems, String base) {
        this.patterns = patterns;
        this.systems = systems;
        this.base = base;
    }

    /** One turn of one system; CPU time and entries of its server and bytes written to the device are of the warm-up too. */
    record Turn(
            Pattern pattern, String system, int round, Measured measured, Duration cpu, long entries, long written) {
        double eventsPerSecond() {
            return measured.requestsPerSecond() * eventsPerRequest();
        }

        double cpuNsPerEvent() {
            return (double) cpu.toNanos() / (measured.allRequests() * eventsPerRequest());
        }

        /** NaN for a system that does not say how many entries it has. */
        double cpuNsPerEntry() {
            return entries == 0 ? Double.NaN : (double) cpu.toNanos() / entries;
        }

        double writtenOverPayload() {
            return (double) written / (measured.allRequests() * eventsPerRequest() * pattern.eventBytes());
        }

        /** The raw loop folds all connections into one write. */
        private long eventsPerRequest() {
            return (long) pattern.batch() * (system.startsWith("raw") ? pattern.connections() : 1);
        }
    }

    void add(Turn turn) {
        turns.add(turn);
    }

    /** Prints the table, without the words that explain it. */
    void print(PrintStream out) {
        Table table = new Table(
                "case", "system", "events/s", "p50", "p99", "p99.9", "cpu/event", "cpu/entry", "disk", base + " is");
        for (Pattern pattern : patterns) {
            for (String system : systems) {
                List<Turn> mine = select(pattern, system);
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
                        cpu(median(mine, Turn::cpuNsPerEvent)),
                        cpu(median(mine, Turn::cpuNsPerEntry)),
                        Table.ratio(median(mine, Turn::writtenOverPayload)) + " x",
                        system.equals(base) ? "" : Table.ratio(ratio(pattern, system)) + " x");
            }
        }
        table.print(out);
    }

    private static String cpu(double ns) {
        return Double.isNaN(ns) ? "-" : String.format(Locale.ROOT, "%.2f us", ns / 1e3);
    }

    /** Adds the results to a report. */
    void addTo(Report report) {
        ArrayNode results = report.root().putArray("results");
        for (Pattern pattern : patterns) {
            for (String system : systems) {
                List<Turn> mine = select(pattern, system);
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
                double cpuPerEntry = median(mine, Turn::cpuNsPerEntry);
                if (Double.isFinite(cpuPerEntry)) {
                    row.put("serverCpuNsPerEntry", cpuPerEntry);
                }
                row.put("deviceBytesOverPayload", median(mine, Turn::writtenOverPayload));
                double ratio = ratio(pattern, system);
                if (Double.isFinite(ratio)) {
                    row.put(base + "OverThis", ratio);
                }
                ArrayNode perRound = row.putArray("eventsPerSecond");
                mine.forEach(turn -> perRound.add(turn.eventsPerSecond()));
            }
        }
    }

    private List<Turn> select(Pattern pattern, String system) {
        return turns.stream()
                .filter(turn -> turn.pattern().equals(pattern) && turn.system().equals(system))
                .toList();
    }

    private static Histogram merged(List<Turn> turns) {
        Histogram all = Measured.histogram();
        turns.forEach(turn -> all.add(turn.measured().latencyNs()));
        return all;
    }

    /** Median over the rounds of the base's rate over the other's; NaN without both. */
    private double ratio(Pattern pattern, String system) {
        double[] ratios = select(pattern, system).stream()
                .flatMap(other -> select(pattern, base).stream()
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
