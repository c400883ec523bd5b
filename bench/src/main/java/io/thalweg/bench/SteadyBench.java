package io.thalweg.bench;

import io.thalweg.bench.kill.PausedTurns;
import io.thalweg.bench.load.LoadProcess;
import io.thalweg.bench.load.Measured;
import io.thalweg.bench.load.Pattern;
import io.thalweg.bench.node.LocalNodes;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.Terms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Three nodes under full load: that nobody is elected without need, and what a follower costs that stands still. */
@Command(
        name = "steady",
        mixinStandardHelpOptions = true,
        description = "Three nodes under full load: elections while nothing happens, and throughput while a follower"
                + " stands still.")
final class SteadyBench implements Callable<Integer> {
    /** What issue 12 asks for. */
    private static final double LOSS_MAX = 0.2;

    private static final double SLOWER_MAX = 3;

    /** So that an hour's events do not fill the disk. */
    private static final long KEPT_BYTES = 256L << 20;

    private static final int EVENT_BYTES = 100;
    private static final int CHUNK_SECONDS = 60;
    private static final Duration SETTLING = Duration.ofSeconds(2);
    private static final Duration WHOLE_PATIENCE = Duration.ofMinutes(5);
    private static final long LOOK_MS = 100;

    private enum Part {
        ELECTIONS,
        PAUSED
    }

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(names = "--parts", split = ",", description = "Of ${COMPLETION-CANDIDATES}; default all.")
    private List<Part> parts = List.of(Part.values());

    @Option(
            names = "--seconds",
            defaultValue = "3600",
            description = "How long elections are counted; default ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description =
                    "Windows with a follower that stands still, each beside one without; default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--window", defaultValue = "20", description = "Seconds of one; default ${DEFAULT-VALUE}.")
    private int window;

    @Option(
            names = "--warm-up",
            defaultValue = "20",
            description = "Seconds before all, in which JVMs still compile; default ${DEFAULT-VALUE}.")
    private int warmUp;

    @Option(
            names = "--connections",
            defaultValue = "64",
            description = "How many append at the same time; default ${DEFAULT-VALUE}.")
    private int connections;

    @Override
    public Integer call() throws Exception {
        Path folder = workspace.fresh("steady");
        Report report = new Report("steady");
        boolean met = true;
        try (LocalNodes nodes = LocalNodes.start(workspace.launcher(), folder.resolve("data"), 3, 1);
                LoadProcess load = new LoadProcess(Workspace.loadCommand("http"), folder.resolve("load.log"))) {
            Load under = new Load(
                    nodes, load, log(nodes), new Pattern("steady", connections, 1, EVENT_BYTES), nodes.first());
            if (warmUp > 0) {
                Measured _ = under.run(Duration.ZERO, Duration.ofSeconds(warmUp));
            }
            if (parts.contains(Part.ELECTIONS)) {
                met = elections(under, report);
            }
            if (parts.contains(Part.PAUSED)) {
                met &= paused(under, report);
            }
        }
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return met ? 0 : 1;
    }

    private static String log(LocalNodes nodes) throws IOException {
        try (NodeClient any = nodes.client(nodes.first())) {
            return any.createLog("steady", KEPT_BYTES);
        }
    }

    /** @param asked a node that runs */
    private record Load(LocalNodes nodes, LoadProcess load, String log, Pattern pattern, String asked) {
        Load at(String node) {
            return new Load(nodes, load, log, pattern, node);
        }

        String leader() throws IOException {
            try (NodeClient any = nodes.client(asked)) {
                return any.leader(log);
            }
        }

        /** Asked at the leader. */
        Measured run(Duration before, Duration measured) throws IOException {
            try (NodeClient client = nodes.client(leader())) {
                return load.run(pattern, client.target(log), before, measured);
            }
        }
    }

    private boolean elections(Load under, Report report) throws IOException, InterruptedException {
        Terms before = under.nodes.terms();
        long endNs = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        long events = 0;
        int interrupted = 0;
        long told = 0;
        for (long leftNs = endNs - System.nanoTime(); leftNs > 0; leftNs = endNs - System.nanoTime()) {
            Duration chunk = Duration.ofNanos(
                    Math.min(leftNs, Duration.ofSeconds(CHUNK_SECONDS).toNanos()));
            try {
                events += under.run(Duration.ZERO, chunk).requests();
            } catch (IOException e) {
                interrupted++;
                Thread.sleep(LOOK_MS);
                System.err.println("the load was interrupted: " + e.getMessage());
            }
            long now = under.nodes.terms().since(before);
            if (now > told) {
                System.err.printf("%d elections with %d s to go%n", now, Math.max(0, leftNs / 1_000_000_000));
                told = now;
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%d elections in %,d s under load (goal: none); %,d events of %d connections; the load was interrupted"
                        + " %d times%n",
                told,
                seconds,
                events,
                connections,
                interrupted);
        report.root()
                .put("seconds", seconds)
                .put("elections", told)
                .put("events", events)
                .put("interrupted", interrupted);
        return told == 0 && interrupted == 0 && events > 0;
    }

    private boolean paused(Load under, Report report) throws IOException, InterruptedException {
        PausedTurns turns = new PausedTurns();
        ArrayNode rows = report.root().putArray("paused");
        Table table = new Table("round", "a follower stands still", "p99", "all run", "p99");
        for (int round = 0; round < rounds; round++) {
            PausedTurns.Window paused;
            PausedTurns.Window whole;
            // What comes second meets files that have grown.
            if (round % 2 == 0) {
                paused = pausedWindow(under);
                whole = window(under);
            } else {
                whole = window(under);
                paused = pausedWindow(under);
            }
            turns.add(paused, whole);
            ObjectNode _ = rows.addObject()
                    .put("pausedPerSecond", paused.perSecond())
                    .put("pausedP99Ns", paused.p99Ns())
                    .put("wholePerSecond", whole.perSecond())
                    .put("wholeP99Ns", whole.p99Ns());
            table.row(
                    Integer.toString(round + 1),
                    Table.rate(paused.perSecond()),
                    Table.time(paused.p99Ns()),
                    Table.rate(whole.perSecond()),
                    Table.time(whole.p99Ns()));
        }
        table.print(System.out);
        System.out.printf(
                Locale.ROOT,
                "%nevents a second of %d connections; a follower that stands still costs %.0f %% of the throughput"
                        + " (goal: at most %.0f %%), and p99 is %.1f times as long (goal: at most %.0f)%n",
                connections,
                100 * turns.loss(),
                100 * LOSS_MAX,
                turns.slower(),
                SLOWER_MAX);
        report.root().put("loss", turns.loss()).put("p99Times", turns.slower());
        return turns.loss() <= LOSS_MAX && turns.slower() <= SLOWER_MAX;
    }

    private PausedTurns.Window pausedWindow(Load under) throws IOException, InterruptedException {
        Set<String> leaders = under.nodes.leaders(under.nodes.first());
        String leader = under.leader();
        // One that leads nothing, so that nobody is elected in its place.
        String still = under.nodes.ids().stream()
                .filter(id -> !leaders.contains(id))
                .findFirst()
                .orElseThrow(() -> new IOException("all nodes lead something: " + leaders));
        System.err.println("node " + still + " stands still; " + leader + " leads");
        under.nodes.signal(still, "STOP");
        try {
            return window(under.at(leader));
        } finally {
            under.nodes.signal(still, "CONT");
            awaitWhole(under.nodes);
        }
    }

    private PausedTurns.Window window(Load under) throws IOException {
        Measured seen = under.run(SETTLING, Duration.ofSeconds(window));
        return new PausedTurns.Window(seen.requestsPerSecond(), seen.latencyNs().getValueAtPercentile(99));
    }

    private static void awaitWhole(LocalNodes nodes) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + WHOLE_PATIENCE.toNanos();
        while (!nodes.isWhole(nodes.first())) {
            if (System.nanoTime() > endNs) {
                throw new IOException("the cluster is not whole after " + WHOLE_PATIENCE.toMinutes() + " minutes");
            }
            Thread.sleep(LOOK_MS);
        }
    }
}
