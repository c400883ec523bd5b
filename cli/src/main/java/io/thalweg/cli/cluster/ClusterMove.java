package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Api;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Moves one replica. */
@Command(
        name = "move",
        description = "Move a shard's replica from one node to another.",
        mixinStandardHelpOptions = true)
final class ClusterMove extends ClusterPlan {
    @Parameters(index = "0", paramLabel = "SHARD", description = "The shard's number.")
    private int shard;

    @Parameters(index = "1", paramLabel = "FROM", description = "Who gives its replica up.")
    private String from = "";

    @Parameters(index = "2", paramLabel = "TO", description = "Who gets one.")
    private String to = "";

    @Override
    ObjectNode request() {
        return Api.JSON
                .createObjectNode()
                .put("kind", "move")
                .put("shard", shard)
                .put("from", from)
                .put("to", to);
    }
}
