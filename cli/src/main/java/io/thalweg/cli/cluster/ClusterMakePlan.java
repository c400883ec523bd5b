package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Says what would have to be done, and does nothing. */
@Command(
        name = "plan",
        description = "Say what has to be done for something, and what each step costs; run does it.",
        mixinStandardHelpOptions = true)
final class ClusterMakePlan implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(
            index = "0",
            paramLabel = "ACTION",
            description = "drain, add, remove, replace, rebalance, leaders, move or transfer.")
    private String action = "";

    @Option(names = "--node", paramLabel = "NODE", description = "Who goes or comes.")
    private @Nullable String node;

    @Option(names = "--shard", paramLabel = "N", description = "Of a move or transfer.")
    private @Nullable Integer shard;

    @Option(names = "--from", paramLabel = "NODE", description = "Of a move: who gives its replica up.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "NODE", description = "Who gets a replica, leads, or takes another's place.")
    private @Nullable String to;

    @Option(names = "--peer", paramLabel = "HOST:PORT", description = "Of a node that comes: where others reach it.")
    private @Nullable String peer;

    @Option(names = "--http", paramLabel = "URL", description = "Of a node that comes: where clients reach it.")
    private @Nullable String http;

    @Override
    public Integer call() throws Exception {
        ObjectNode wanted = Api.JSON.createObjectNode().put("action", action);
        if (shard != null) {
            wanted.put("shard", shard);
        }
        put(wanted, "node", node);
        put(wanted, "from", from);
        put(wanted, "to", to);
        put(wanted, "peer", peer);
        put(wanted, "http", http);
        try (Api api = access.openAsOperator()) {
            JsonNode plan = api.post(ClusterPlanTable.PLANS, wanted);
            ClusterPlanTable.show(output, plan);
            if (!output.isJson()) {
                output.out()
                        .println("to do it: thalweg cluster run "
                                + plan.path("plan_id").asString());
            }
            return 0;
        }
    }

    private static void put(ObjectNode wanted, String name, @Nullable String value) {
        if (value != null) {
            wanted.put(name, value);
        }
    }
}
