package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** The rows of the tables about a cluster. */
final class ClusterRows {
    static final List<Column> NODES = List.of(
            Column.of("NODE", "node_id"),
            Column.of("STATUS", "status"),
            Column.of("LEADS", "leads"),
            Column.of("REPLICAS", "replicas"),
            Column.of("HTTP", "http"),
            Column.of("VERSION", "version"));

    static final List<Column> SHARDS = List.of(
            Column.of("SHARD", "shard"),
            Column.of("NODE", "node_id"),
            Column.of("ROLE", "role"),
            Column.of("OFFSET", "commit_offset"),
            Column.of("LAG", "lag"));

    private ClusterRows() {}

    /** A row for each node, with how many shards it leads and holds. */
    static ArrayNode nodes(JsonNode cluster) {
        ArrayNode rows = Api.JSON.createArrayNode();
        for (JsonNode node : cluster.path("nodes")) {
            String id = node.path("node_id").asString();
            int leads = 0;
            int replicas = 0;
            for (JsonNode shard : cluster.path("shards")) {
                leads += shard.path("leader").asString("").equals(id) ? 1 : 0;
                for (JsonNode replica : shard.path("replicas")) {
                    replicas += replica.path("node_id").asString().equals(id) ? 1 : 0;
                }
            }
            rows.addObject()
                    .put("node_id", id)
                    .put("status", node.path("status").asString())
                    .put("leads", leads)
                    .put("replicas", replicas)
                    .put("http", node.path("http").asString())
                    .put("version", node.path("version").asString("-"));
        }
        return rows;
    }

    /** A row for each replica. */
    static ArrayNode replicas(JsonNode cluster) {
        ArrayNode rows = Api.JSON.createArrayNode();
        for (JsonNode shard : cluster.path("shards")) {
            for (JsonNode replica : shard.path("replicas")) {
                rows.addObject()
                        .put("shard", shard.path("shard").asInt())
                        .put("node_id", replica.path("node_id").asString())
                        .put("role", replica.path("role").asString())
                        .put("commit_offset", replica.path("commit_offset").asString())
                        .put("lag", replica.path("lag").asString("-"));
            }
        }
        return rows;
    }
}
