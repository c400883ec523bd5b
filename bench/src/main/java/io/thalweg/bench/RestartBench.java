package io.thalweg.bench;

import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/**
 * How long a node with much data takes to be ready again, after a clean stop and after {@code kill -9}. Ready is its ready line; also
 * measured is when a view has answered with everything that was ever appended, which is what a user waits for.
 */
@Command(
        name = "restart",
        mixinStandardHelpOptions = true,
        description = "Start of a node with 10 million events and a view, after a clean stop and after kill -9.")
final class RestartBench implements Callable<Integer> {
    private static final int EVENT_BYTES = 100;
    private static final String VIEW = "count";

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(names = "--events", defaultValue = "10000000", description = "Events in the log; default ${DEFAULT-VALUE}.")
    private long events;

    @Option(names = "--rounds", defaultValue = "3", description = "Starts of each kind; default ${DEFAULT-VALUE}.")
    private int rounds;

    private final Report report = new Report("restart");
    private final Table table = new Table("start", "ready line", "view has all", "resident");

    @Override
    public Integer call() throws Exception {
        Path data = workspace.fresh("restart").resolve("data");
        ArrayNode starts = report.root().putArray("starts");
        NodeProcess node = NodeProcess.start(workspace.launcher(), data);
        String logId;
        long filled;
        try (NodeClient client = node.client()) {
            logId = client.createLog("restart");
            client.deployView(logId, VIEW, workspace.needComponent());
            long start = System.nanoTime();
            filled = Fill.fill(node.url(), client, logId, events, EVENT_BYTES);
            System.err.printf("filled with %,d events in %s%n", filled, Table.time(System.nanoTime() - start));
            count(client, logId, filled);
            System.err.printf("the view has them after %s%n", Table.time(System.nanoTime() - start));
            report.root().put("events", filled);
        }
        for (int round = 0; round < 2 * rounds; round++) {
            boolean clean = round % 2 == 0;
            if (clean) {
                node.stop();
            } else {
                node.kill();
            }
            node = NodeProcess.start(workspace.launcher(), data);
            try (NodeClient client = node.client()) {
                long ready = System.nanoTime();
                count(client, logId, filled);
                long viewNs = node.readyNs() + System.nanoTime() - ready;
                String kind = clean ? "after a clean stop" : "after kill -9";
                table.row(kind, Table.time(node.readyNs()), Table.time(viewNs), (node.residentBytes() >> 20) + " MiB");
                starts.addObject()
                        .put("after", clean ? "stop" : "kill")
                        .put("readyNs", node.readyNs())
                        .put("viewHasAllNs", viewNs)
                        .put("residentBytes", node.residentBytes());
            }
        }
        node.stop();
        report.root().put("dataBytes", Workspace.bytes(data));
        System.out.printf(
                "%,d events of %d bytes, %,d MiB on disk%n", filled, EVENT_BYTES, Workspace.bytes(data) >> 20);
        table.print(System.out);
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return 0;
    }

    private static void count(NodeClient client, String logId, long events) throws IOException {
        String answer = new String(client.query(logId, VIEW, events, new byte[0]), StandardCharsets.UTF_8);
        if (!answer.equals("{\"count\":" + events + "}")) {
            throw new IOException("the view answers " + answer + " after " + events + " events that add 1 each");
        }
    }
}
