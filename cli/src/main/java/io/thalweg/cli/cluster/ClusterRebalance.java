package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Api;
import picocli.CommandLine.Command;
import tools.jackson.databind.node.ObjectNode;

/** Spreads replicas. */
@Command(
        name = "rebalance",
        description = "Move replicas so that nodes have about as many as each other.",
        mixinStandardHelpOptions = true)
final class ClusterRebalance extends ClusterPlan {
    @Override
    ObjectNode request() {
        return Api.JSON.createObjectNode().put("kind", "rebalance");
    }
}
