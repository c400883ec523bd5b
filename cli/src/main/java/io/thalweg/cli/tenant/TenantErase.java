package io.thalweg.cli.tenant;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Has each node rid its disk of a deleted tenant, and says what is left where. */
@Command(
        name = "erase",
        description = "Have what is left of a deleted tenant go from the disks of all nodes, and say what is left.",
        mixinStandardHelpOptions = true)
final class TenantErase implements Callable<Integer> {
    static final String SECONDS = "600";
    private static final Set<String> OVER = Set.of("done", "failed");
    private static final long LOOK_EVERY_MS = 500;

    private static final List<Column> COLUMNS = List.of(
            Column.of("NODE", "node_id"),
            Column.of("STATE", "phase"),
            Column.of("BYTES LEFT", "bytes"),
            Column.of("WHERE", "where"));

    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "TENANT", description = "The id that the deleted tenant had.")
    private String tenant = "";

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = SECONDS,
            description = "Longest wait; nodes that were asked go on without. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            return erase(api, output, tenant, seconds);
        }
    }

    /** Asks until each node is done; fails when anything is left, or not known to be gone. */
    static int erase(Api api, Output output, String tenant, int seconds) throws IOException, InterruptedException {
        String path = "/operator/cluster/erasures/" + UUID.randomUUID();
        ObjectNode wanted = Api.JSON.createObjectNode().put("tenant_id", tenant);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        JsonNode nodes = api.put(path, wanted).path("nodes");
        while (!isOver(nodes) && System.nanoTime() < end) {
            Thread.sleep(LOOK_EVERY_MS);
            nodes = api.put(path, wanted).path("nodes");
        }
        ArrayNode rows = Api.JSON.createArrayNode();
        boolean gone = true;
        for (JsonNode node : nodes) {
            boolean done = node.path("phase").asString().equals("done");
            JsonNode report = node.path("report");
            gone &= done && report.path("bytes").asLong() == 0;
            ObjectNode row = rows.addObject();
            row.set("node_id", node.path("node_id"));
            row.set("phase", node.path("phase"));
            if (done) {
                row.set("bytes", report.path("bytes"));
                row.put("where", String.join(" ", report.path("places").propertyNames()));
            } else {
                row.set("where", node.path("error"));
            }
        }
        output.table(rows, COLUMNS);
        if (!gone) {
            throw new Failure(
                    "something of the tenant is left, or it is not known that nothing is; erase again when each node"
                            + " answers. What lies in left/ and aside/ is for you to delete");
        }
        return 0;
    }

    private static boolean isOver(JsonNode nodes) {
        for (JsonNode node : nodes) {
            if (!OVER.contains(node.path("phase").asString())) {
                return false;
            }
        }
        return true;
    }
}
