package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Asks for replicas to go from node to node, and shows which do. */
abstract class ClusterPlan implements Callable<Integer> {
    private static final List<Column> STEPS = List.of(
            Column.of("SHARD", "shard"), Column.of("FROM", "from"), Column.of("TO", "to"), Column.of("BYTES", "bytes"));

    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Option(names = "--dry-run", description = "Show the plan, and change nothing.")
    private boolean dryRun;

    /** What is asked for; see {@code POST /operator/cluster/moves}. */
    abstract ObjectNode request();

    /** Who is to leave in the end; empty when all stay. */
    String leaves() {
        return "";
    }

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            if (!leaves().isEmpty()) {
                output.err().println(WithoutNode.said(api, access, leaves()));
            }
            JsonNode plan = api.post("/operator/cluster/moves", request().put("dry_run", dryRun));
            if (output.isJson()) {
                output.say("", plan);
                return 0;
            }
            ArrayNode rows = Api.JSON.createArrayNode();
            for (JsonNode step : plan.path("steps")) {
                rows.addObject()
                        .put("shard", step.path("shard").asInt())
                        .put("from", step.path("from").asString())
                        .put("to", step.path("to").asString())
                        .put("bytes", step.path("bytes").asString("-"));
            }
            output.table(rows, STEPS);
            return 0;
        }
    }
}
