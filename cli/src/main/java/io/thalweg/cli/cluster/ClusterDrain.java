package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Api;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Has a node give up its replicas. */
@Command(
        name = "drain",
        description =
                "Move all replicas of shards for data from a node, which gets no more. Says what only its slab holds.",
        mixinStandardHelpOptions = true)
final class ClusterDrain extends ClusterPlan {
    @Parameters(index = "0", paramLabel = "NODE", description = "Who gives its replicas up, answering or not.")
    private String node = "";

    @Override
    String leaves() {
        return node;
    }

    @Override
    ObjectNode request() {
        return Api.JSON.createObjectNode().put("kind", "drain").put("node", node);
    }
}
