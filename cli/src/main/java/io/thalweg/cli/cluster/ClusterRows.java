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
            Column.of("BYTES", "bytes"),
            Column.of("HTTP", "http"),
            Column.of("VERSION", "version"));

    static final List<Column> SHARDS = List.of(
            Column.of("SHARD", "shard"),
            Column.of("NODE", "node_id"),
            Column.of("ROLE", "role"),
            Column.of("OFFSET", "commit_offset"),
            Column.of("LAG", "lag"),
            Column.of("BYTES", "bytes"));

    static final List<Column> MOVES = List.of(
            Column.of("SHARD", "shard"), Column.of("FROM", "from"), Column.of("TO", "to"), Column.of("BYTES", "bytes"));

    private ClusterRows() {}

    /** A row for each node, with how many shards it leads and holds, and about how many bytes those are. */
    static ArrayNode nodes(JsonNode cluster) {
        ArrayNode rows = Api.JSON.createArrayNode();
        for (JsonNode node : cluster.path("nodes")) {
            String id = node.path("node_id").asString();
            int leads = 0;
            int replicas = 0;
            long bytes = 0;
            for (JsonNode shard : cluster.path("shards")) {
                leads += shard.path("leader").asString("").equals(id) ? 1 : 0;
                for (JsonNode replica : shard.path("replicas")) {
                    if (replica.path("node_id").asString().equals(id)) {
                        replicas++;
                        bytes += bytes(replica);
                    }
                }
            }
            rows.addObject()
                    .put("node_id", id)
                    .put("status", node.path("status").asString())
                    .put("leads", leads)
                    .put("replicas", replicas)
                    .put("bytes", bytes)
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
                        .put("lag", replica.path("lag").asString("-"))
                        .put("bytes", text(replica.path("bytes")));
            }
        }
        return rows;
    }

    /** A row for each replica that is to go, with what comes in its place and about how many bytes that is. */
    static ArrayNode moves(JsonNode cluster) {
        ArrayNode rows = Api.JSON.createArrayNode();
        for (JsonNode move : cluster.path("moves")) {
            int number = move.path("shard").asInt();
            long bytes = 0;
            for (JsonNode shard : cluster.path("shards")) {
                for (JsonNode replica : shard.path("replicas")) {
                    bytes = Math.max(bytes, shard.path("shard").asInt() == number ? bytes(replica) : 0);
                }
            }
            rows.addObject()
                    .put("shard", number)
                    .put("from", text(move.path("from")))
                    .put("to", text(move.path("to")))
                    .put("bytes", bytes);
        }
        return rows;
    }

    /** 0 where a node does not say it. */
    private static long bytes(JsonNode replica) {
        JsonNode said = replica.path("bytes");
        return said.isString() ? Long.parseLong(said.asString()) : 0;
    }

    private static String text(JsonNode said) {
        return said.isString() ? said.asString() : "-";
    }
}
