package io.thalweg.cli.cluster;

import io.thalweg.cli.terminal.Output;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** All of it: nodes and shards, and replicas on their way. */
@Command(
        name = "status",
        description = "Nodes and shards: who leads what, who lags, how much is where, and what moves.",
        mixinStandardHelpOptions = true)
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
        to.note(ClusterRows.moves(cluster), ClusterRows.MOVES);
    }
}
