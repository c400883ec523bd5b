package io.thalweg.bench;

import io.thalweg.bench.node.LocalNodes;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import io.thalweg.bench.node.ProcessCost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/**
 * What shards cost a node that is at rest: threads, memory, and the processor's time, by how many there are, of a node alone and of three that have
 * replicas of all of them. Each shard has a log with an event in it.
 */
@Command(
        name = "shards",
        mixinStandardHelpOptions = true,
        description = "Threads, memory and idle CPU time of nodes with 1, 10 and 50 shards.")
final class ShardsBench implements Callable<Integer> {
    private static final byte[] EVENT = "an event".getBytes(StandardCharsets.UTF_8);

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(
            names = "--shards",
            split = ",",
            defaultValue = "1,10,50",
            description = "How many; default ${DEFAULT-VALUE}.")
    private List<Integer> counts = List.of();

    @Option(
            names = "--nodes",
            split = ",",
            defaultValue = "1,3",
            description = "Nodes; 1 is a node alone, whose shards have no Raft. Default ${DEFAULT-VALUE}.")
    private List<Integer> nodes = List.of();

    @Option(
            names = "--warm-up",
            defaultValue = "60",
            description = "Seconds before it is measured, in which a JVM still compiles; default ${DEFAULT-VALUE}.")
    private int warmUp;

    @Option(names = "--seconds", defaultValue = "30", description = "Seconds of measuring; default ${DEFAULT-VALUE}.")
    private int seconds;

    private final Report report = new Report("shards");
    private final Table table = new Table(
            "nodes", "shards", "threads", "resident", "idle CPU", "of one shard more:", "threads", "KiB", "CPU");

    /** Of one node. */
    private record Cost(int shards, double threads, double residentBytes, double cpu) {}

    @Override
    public Integer call() throws Exception {
        ArrayNode results = report.root().putArray("results");
        try {
            for (int count : nodes) {
                measure(count, results);
            }
        } finally {
            // What was measured before something failed, too.
            System.out.println("of one node, at rest; CPU in percent of a processor; against the line above");
            table.print(System.out);
            System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        }
        return 0;
    }

    private void measure(int count, ArrayNode results) throws IOException, InterruptedException {
        List<Cost> costs = new ArrayList<>();
        for (int shards : counts) {
            System.err.println(count + " nodes, " + shards + " shards");
            Cost cost = count == 1 ? alone(shards) : together(count, shards);
            costs.add(cost);
            System.err.println("  " + String.join("; ", row(count, costs)));
            results.addObject()
                    .put("nodes", count)
                    .put("shards", shards)
                    .put("threadsOfANode", cost.threads)
                    .put("residentBytesOfANode", cost.residentBytes)
                    .put("idleCpuOfANode", cost.cpu);
        }
    }

    private List<String> row(int count, List<Cost> costs) {
        Cost now = costs.getLast();
        List<String> cells = new ArrayList<>(List.of(
                count == 1 ? "a node alone" : count + " nodes",
                Integer.toString(now.shards),
                number(now.threads),
                number(now.residentBytes / (1 << 20)) + " MiB",
                percent(now.cpu),
                ""));
        if (costs.size() > 1) {
            Cost before = costs.get(costs.size() - 2);
            double more = Math.max(1, now.shards - before.shards);
            cells.add(number((now.threads - before.threads) / more));
            cells.add(number((now.residentBytes - before.residentBytes) / more / 1024));
            cells.add(percent((now.cpu - before.cpu) / more));
        } else {
            cells.addAll(List.of("", "", ""));
        }
        table.row(cells.toArray(String[]::new));
        return cells;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%,.1f", value);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    private Cost alone(int shards) throws IOException, InterruptedException {
        Path data = workspace.fresh("shards").resolve("data");
        try (NodeProcess node =
                NodeProcess.start(workspace.launcher(), data, Map.of("THALWEG_SHARDS", Integer.toString(shards)))) {
            try (NodeClient client = node.client()) {
                use(client, shards);
            }
            return measure(List.of(ProcessHandle.of(node.pid()).orElseThrow()), shards);
        }
    }

    private Cost together(int count, int shards) throws IOException, InterruptedException {
        Path data = workspace.fresh("shards").resolve("data");
        try (LocalNodes local = LocalNodes.start(workspace.launcher(), data, count, shards)) {
            try (NodeClient client = local.client(local.first())) {
                use(client, shards);
            }
            return measure(local.processes(), shards);
        }
    }

    /** The directory places logs where there are fewest. */
    private static void use(NodeClient client, int shards) throws IOException {
        for (int i = 0; i < shards; i++) {
            var _ = client.append(client.createLog("log-" + i), EVENT);
        }
    }

    private Cost measure(Collection<ProcessHandle> processes, int shards) throws IOException, InterruptedException {
        Thread.sleep(Duration.ofSeconds(warmUp));
        Duration before = ProcessCost.of(processes).cpu();
        long sinceNs = System.nanoTime();
        Thread.sleep(Duration.ofSeconds(seconds));
        ProcessCost after = ProcessCost.of(processes);
        double cpu = (double) after.cpu().minus(before).toNanos() / (System.nanoTime() - sinceNs);
        double count = processes.size();
        return new Cost(shards, after.threads() / count, after.residentBytes() / count, cpu / count);
    }
}
