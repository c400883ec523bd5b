package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** Shows a plan: each step, what it costs and whether it is done. */
final class ClusterPlanTable {
    static final String PLANS = "/operator/cluster/plans";
    private static final List<Column> STEPS = List.of(
            Column.of("SHARD", "shard"),
            Column.of("FROM", "from"),
            Column.of("TO", "to"),
            Column.of("BYTES", "bytes"),
            Column.of("STATE", "state"));

    private ClusterPlanTable() {}

    static void show(Output output, JsonNode plan) {
        if (output.isJson()) {
            output.say("", plan);
            return;
        }
        ArrayNode rows = Api.JSON.createArrayNode();
        plan.path("steps").forEach(rows::add);
        output.table(rows, STEPS);
    }
}
