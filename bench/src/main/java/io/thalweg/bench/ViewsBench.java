package io.thalweg.bench;

import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import io.thalweg.bench.node.ReadAfterWrite;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/**
 * Views in a running node: how fast one catches up through the compiled C component, and what it costs to read what was just
 * written. The first is counted by wall clock and by CPU time of the whole process, since a core is what is paid for.
 */
@Command(
        name = "views",
        mixinStandardHelpOptions = true,
        description = "Catching up of a view through a C component, and read-after-write beside an append.")
final class ViewsBench implements Callable<Integer> {
    private static final int EVENT_BYTES = 100;
    private static final Duration READ_WARM_UP = Duration.ofSeconds(3);

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(
            names = "--events",
            defaultValue = "5000000",
            description = "Events to catch up with; default ${DEFAULT-VALUE}.")
    private long events;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "Views that catch up one after another; default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--seconds", defaultValue = "10", description = "Of read-after-write; default ${DEFAULT-VALUE}.")
    private int seconds;

    private final Report report = new Report("views");

    @Override
    public Integer call() throws Exception {
        byte[] component = workspace.needComponent();
        try (NodeProcess node = NodeProcess.start(
                        workspace.launcher(), workspace.fresh("views").resolve("data"));
                NodeClient client = node.client()) {
            String logId = client.createLog("views");
            long filled = Fill.fill(node.url(), client, logId, events, EVENT_BYTES);
            report.root().put("events", filled).put("eventBytes", EVENT_BYTES);
            catchUp(node, client, logId, filled, component);
            readAfterWrite(client, component);
            node.stop();
        }
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return 0;
    }

    private void catchUp(NodeProcess node, NodeClient client, String logId, long filled, byte[] component)
            throws IOException {
        Table table = new Table("catching up", "events/s", "events/s of CPU", "cores used");
        ArrayNode rows = report.root().putArray("catchUp");
        for (int round = 0; round < rounds; round++) {
            String view = "count-" + round;
            Duration cpuBefore = node.cpu();
            long start = System.nanoTime();
            client.deployView(logId, view, component);
            String answer = new String(client.query(logId, view, filled, new byte[0]), StandardCharsets.UTF_8);
            double wall = (System.nanoTime() - start) / 1e9;
            double cpu = node.cpu().minus(cpuBefore).toNanos() / 1e9;
            if (!answer.equals("{\"count\":" + filled + "}")) {
                throw new IOException("the view answers " + answer + " after " + filled + " events that add 1 each");
            }
            table.row(
                    "view " + (round + 1),
                    Table.rate(filled / wall),
                    Table.rate(filled / cpu),
                    Table.ratio(cpu / wall));
            rows.addObject().put("eventsPerSecond", filled / wall).put("eventsPerCpuSecond", filled / cpu);
        }
        table.print(System.out);
        System.out.println(
                "From the deployment, which compiles the component, to the answer that has all. CPU: of the whole"
                        + " process.");
        System.out.println();
    }

    private void readAfterWrite(NodeClient client, byte[] component) throws IOException {
        ReadAfterWrite seen = ReadAfterWrite.measure(
                client, client, "read-after-write", component, READ_WARM_UP, Duration.ofSeconds(seconds));
        Histogram appends = seen.append();
        Histogram both = seen.both();
        Table table = new Table("read after write", "p50", "p99", "p99.9");
        row(table, "append", appends);
        row(table, "append, then query?after=", both);
        table.print(System.out);
        double ratio = seen.ratio();
        System.out.println("p99 of both over p99 of the append: " + Table.ratio(ratio));
        report.root()
                .putObject("readAfterWrite")
                .put("appendP99Ns", appends.getValueAtPercentile(99))
                .put("appendAndQueryP99Ns", both.getValueAtPercentile(99))
                .put("ratio", ratio);
    }

    private static void row(Table table, String name, Histogram latency) {
        table.row(
                name,
                Table.time(latency.getValueAtPercentile(50)),
                Table.time(latency.getValueAtPercentile(99)),
                Table.time(latency.getValueAtPercentile(99.9)));
    }
}
