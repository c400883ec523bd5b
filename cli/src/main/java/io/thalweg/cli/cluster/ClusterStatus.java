package io.thalweg.cli.cluster;

import io.thalweg.cli.terminal.Output;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** All of it: nodes and shards. */
@Command(name = "status", description = "Nodes and shards: who leads what, who lags.", mixinStandardHelpOptions = true)
final class ClusterStatus extends ClusterTable {
    @Override
    void show(JsonNode cluster, Output to) {
        if (to.isJson()) {
            to.say("", cluster);
            return;
        }
        to.table(ClusterRows.nodes(cluster), ClusterRows.NODES);
        to.out().println();
        to.table(ClusterRows.replicas(cluster), ClusterRows.SHARDS);
    }
}
