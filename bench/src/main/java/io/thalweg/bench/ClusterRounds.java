package io.thalweg.bench;

import io.thalweg.bench.ledger.LedgerDriver;
import io.thalweg.bench.ledger.LedgerResult;
import io.thalweg.bench.ledger.LedgerRun;
import io.thalweg.bench.load.LoadProcess;
import io.thalweg.bench.load.Measured;
import io.thalweg.bench.node.LocalNodes;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import io.thalweg.bench.node.ReadAfterWrite;
import io.thalweg.bench.peer.PeerJars;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What three nodes do beside the lone node besides appends: batches of transfers, and queries of a view that has seen what was just appended. Both systems
 * are up all the time and take turns.
 */
final class ClusterRounds implements AutoCloseable {
    private static final int BATCH = 8189;
    private static final int ACCOUNTS = 10_000;

    /** Clients of a ledger, each with a batch under way. */
    private static final List<Integer> CLIENTS = List.of(1, 4);

    private final Workspace workspace;
    private final Path folder;
    private final List<Nodes> systems = new ArrayList<>();

    /** A lone node, or several. */
    private interface Nodes extends AutoCloseable {
        String name();

        Duration cpu();

        long entries() throws IOException;

        /** Addresses at which there is the tenant's ledger, with commas. */
        String ledger();

        /** A client of the node that leads a new log and, where there are several, one of another. */
        List<NodeClient> clients() throws IOException;

        @Override
        void close() throws IOException;
    }

    private record Alone(NodeProcess node) implements Nodes {
        @Override
        public String name() {
            return "thalweg";
        }

        @Override
        public Duration cpu() {
            return node.cpu();
        }

        @Override
        public long entries() throws IOException {
            return node.entries();
        }

        @Override
        public String ledger() {
            return node.ledger();
        }

        @Override
        public List<NodeClient> clients() throws IOException {
            return List.of(node.client());
        }

        @Override
        public void close() throws IOException {
            node.stop();
        }
    }

    private record Three(LocalNodes nodes) implements Nodes {
        @Override
        public String name() {
            return "thalweg-3";
        }

        @Override
        public Duration cpu() {
            return nodes.cpu();
        }

        @Override
        public long entries() throws IOException {
            return nodes.entries();
        }

        @Override
        public String ledger() {
            return nodes.ledgers();
        }

        @Override
        public List<NodeClient> clients() throws IOException {
            String leader;
            try (NodeClient any = nodes.client(nodes.first())) {
                leader = any.leader(any.createLog("whose-" + System.nanoTime()));
            }
            List<String> others =
                    nodes.ids().stream().filter(id -> !id.equals(leader)).toList();
            return List.of(nodes.client(leader), nodes.client(others.getFirst()));
        }

        @Override
        public void close() throws IOException {
            nodes.close();
        }
    }

    private ClusterRounds(Workspace workspace) throws IOException {
        this.workspace = workspace;
        this.folder = workspace.fresh("cluster");
    }

    /** Starts a node alone and three that have one shard for data. */
    static ClusterRounds start(Workspace workspace) throws IOException, InterruptedException {
        ClusterRounds rounds = new ClusterRounds(workspace);
        try {
            rounds.systems.add(new Three(LocalNodes.start(workspace.launcher(), rounds.folder.resolve("three"), 3, 1)));
            rounds.systems.add(new Alone(NodeProcess.start(workspace.launcher(), rounds.folder.resolve("alone"))));
            return rounds;
        } catch (IOException | InterruptedException | RuntimeException e) {
            rounds.close();
            throw e;
        }
    }

    /** The order of a round. */
    private List<Nodes> turns(int round) {
        return round % 2 == 0 ? systems : systems.reversed();
    }

    /** A turn at the ledger. */
    private record Booked(
            String system, int clients, int round, LedgerResult result, long cpuNs, long all, long entries) {
        double cpuNsPerTransfer() {
            return (double) cpuNs / all;
        }

        double cpuNsPerEntry() {
            return (double) cpuNs / Math.max(1, entries);
        }
    }

    /**
     * Books transfers in full batches, and prints what was seen.
     *
     * @param transfers that count in each turn; half as many go before
     */
    void ledger(int rounds, long transfers, Report report, PrintStream out) throws Exception {
        List<Booked> turns = new ArrayList<>();
        Map<Nodes, LoadProcess> loads = new LinkedHashMap<>();
        try {
            for (Nodes system : systems) {
                loads.put(system, load(system));
            }
            for (int round = 0; round < rounds; round++) {
                for (int clients : CLIENTS) {
                    for (Nodes system : turns(round)) {
                        turns.add(booked(system, Objects.requireNonNull(loads.get(system)), clients, round, transfers));
                    }
                }
            }
        } finally {
            for (LoadProcess load : loads.values()) {
                load.close();
            }
        }
        Table table = new Table(
                "ledger, batches of 8,189",
                "system",
                "transfers/s",
                "p50",
                "p99",
                "cpu/transfer",
                "cpu/entry",
                "over the lone node");
        ArrayNode results = report.root().putArray("ledger");
        for (int clients : CLIENTS) {
            List<Booked> alone = of(turns, "thalweg", clients);
            for (Nodes system : systems) {
                List<Booked> mine = of(turns, system.name(), clients);
                Histogram latency = Measured.histogram();
                mine.forEach(turn -> latency.add(turn.result.requests()));
                double ratio = ratio(mine, alone, turn -> turn.result.perSecond());
                boolean compared = system instanceof Three;
                table.row(
                        clients == 1 ? "1 client" : clients + " clients",
                        system.name(),
                        Table.rate(median(mine, turn -> turn.result.perSecond())),
                        Table.time(latency.getValueAtPercentile(50)),
                        Table.time(latency.getValueAtPercentile(99)),
                        Math.round(median(mine, Booked::cpuNsPerTransfer)) + " ns",
                        Table.time(Math.round(median(mine, Booked::cpuNsPerEntry))),
                        compared ? Table.ratio(ratio) + " x" : "");
                ObjectNode row = results.addObject()
                        .put("system", system.name())
                        .put("clients", clients)
                        .put("batch", BATCH)
                        .put("perSecond", median(mine, turn -> turn.result.perSecond()))
                        .put("p50Ns", latency.getValueAtPercentile(50))
                        .put("p99Ns", latency.getValueAtPercentile(99))
                        .put("serverCpuNsPerTransfer", median(mine, Booked::cpuNsPerTransfer))
                        .put("serverCpuNsPerEntry", median(mine, Booked::cpuNsPerEntry));
                if (compared) {
                    row.put("overTheLoneNode", ratio);
                }
            }
        }
        out.println();
        table.print(out);
    }

    private LoadProcess load(Nodes system) throws IOException, InterruptedException {
        Path jars = PeerJars.resolve("ledger", LedgerDriver.class, workspace.folder(), workspace.repository());
        return new LoadProcess(
                PeerJars.loadCommand(
                        jars, LedgerDriver.class, "TigerBeetleLoad.java", workspace.folder(), Workspace.benchClasses()),
                folder.resolve("ledger-load-" + system.name() + ".log"));
    }

    private static Booked booked(Nodes system, LoadProcess load, int clients, int round, long transfers)
            throws IOException {
        long turnOfAll = (long) BATCH * clients;
        long counting = Math.ceilDiv(transfers, turnOfAll) * turnOfAll;
        long warmUp = Math.ceilDiv(transfers / 2, turnOfAll) * turnOfAll;
        LedgerRun run = new LedgerRun(ACCOUNTS, warmUp, counting, BATCH, clients, false, false, false, 0, 0);
        long entries = system.entries();
        Duration cpu = system.cpu();
        LedgerResult result = LedgerResult.decode(load.measure(run.encode() + " " + system.ledger()), 1);
        Booked turn = new Booked(
                system.name(),
                clients,
                round,
                result,
                system.cpu().minus(cpu).toNanos(),
                run.warmUp() + result.transfers(),
                system.entries() - entries);
        System.err.printf(
                Locale.ROOT,
                "round %d  ledger, %d clients  %s  %,.0f transfers/s%n",
                round + 1,
                clients,
                system.name(),
                result.perSecond());
        return turn;
    }

    private static List<Booked> of(List<Booked> turns, String system, int clients) {
        return turns.stream()
                .filter(turn -> turn.system.equals(system) && turn.clients == clients)
                .toList();
    }

    private static double median(List<Booked> turns, ToDoubleFunction<Booked> what) {
        return AppendTurns.median(turns.stream().mapToDouble(what).toArray());
    }

    /** Median of the ratios within the rounds. */
    private static double ratio(List<Booked> mine, List<Booked> others, ToDoubleFunction<Booked> what) {
        double[] ratios = new double[mine.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = what.applyAsDouble(mine.get(i)) / what.applyAsDouble(others.get(i));
        }
        return AppendTurns.median(ratios);
    }

    /** Appends and asks a view for what was appended: at the node that leads, and at another. */
    void views(int rounds, byte[] component, Duration warmUp, Duration measured, Report report, PrintStream out)
            throws IOException {
        List<String> names = List.of("thalweg-3", "thalweg-3, asked elsewhere", "thalweg");
        List<Histogram> appends = new ArrayList<>();
        List<Histogram> both = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            appends.add(Measured.histogram());
            both.add(Measured.histogram());
        }
        for (int round = 0; round < rounds; round++) {
            for (Nodes system : turns(round)) {
                List<NodeClient> clients = system.clients();
                try {
                    for (int reader = 0; reader < clients.size(); reader++) {
                        int row = system instanceof Three ? reader : names.size() - 1;
                        System.err.printf("round %d  read after write  %s%n", round + 1, names.get(row));
                        ReadAfterWrite seen = ReadAfterWrite.measure(
                                clients.getFirst(),
                                clients.get(reader),
                                "read-after-write-" + round + "-" + reader,
                                component,
                                warmUp,
                                measured);
                        appends.get(row).add(seen.append());
                        both.get(row).add(seen.both());
                    }
                } finally {
                    for (NodeClient client : clients) {
                        client.close();
                    }
                }
            }
        }
        Table table = new Table(
                "read after write",
                "append p50",
                "p99",
                "append, then query?after= p50",
                "p99",
                "p99 over the append's");
        ArrayNode results = report.root().putArray("readAfterWrite");
        for (int i = 0; i < names.size(); i++) {
            ReadAfterWrite all = new ReadAfterWrite(appends.get(i), both.get(i));
            table.row(
                    names.get(i),
                    Table.time(all.append().getValueAtPercentile(50)),
                    Table.time(all.append().getValueAtPercentile(99)),
                    Table.time(all.both().getValueAtPercentile(50)),
                    Table.time(all.both().getValueAtPercentile(99)),
                    Table.ratio(all.ratio()) + " x");
            results.addObject()
                    .put("system", names.get(i))
                    .put("pairs", all.both().getTotalCount())
                    .put("appendP50Ns", all.append().getValueAtPercentile(50))
                    .put("appendP99Ns", all.append().getValueAtPercentile(99))
                    .put("appendAndQueryP50Ns", all.both().getValueAtPercentile(50))
                    .put("appendAndQueryP99Ns", all.both().getValueAtPercentile(99))
                    .put("ratio", all.ratio());
        }
        out.println();
        table.print(out);
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (Nodes system : systems) {
            try {
                system.close();
            } catch (IOException e) {
                failure = e;
            } catch (RuntimeException e) {
                failure = new IOException(system.name() + " did not stop", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
