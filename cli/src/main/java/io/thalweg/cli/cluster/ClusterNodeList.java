package io.thalweg.cli.cluster;

import io.thalweg.cli.terminal.Output;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** The nodes. */
@Command(name = "nodes", description = "The nodes, and how many shards each leads.", mixinStandardHelpOptions = true)
final class ClusterNodeList extends ClusterTable {
    @Override
    void show(JsonNode cluster, Output to) {
        to.table(ClusterRows.nodes(cluster), ClusterRows.NODES);
    }
}
