package io.thalweg.cli.cluster;

import io.thalweg.cli.terminal.Output;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** The replicas of all shards. */
@Command(name = "shards", description = "The replicas of all shards.", mixinStandardHelpOptions = true)
final class ClusterShards extends ClusterTable {
    @Override
    void show(JsonNode cluster, Output to) {
        to.table(ClusterRows.replicas(cluster), ClusterRows.SHARDS);
    }
}
