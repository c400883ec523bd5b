package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import java.io.IOException;
import java.net.URI;
import tools.jackson.databind.JsonNode;

/** What would be less durable than it is to be if a node were not there: its slab goes with it. Said before a node is drained or removed. */
final class WithoutNode {
    private WithoutNode() {}

    /** A sentence for people. */
    static String said(Api api, Access access, String node) throws InterruptedException {
        try {
            String address = "";
            for (JsonNode each : api.get("/operator/cluster").path("nodes")) {
                address = each.path("node_id").asString().equals(node)
                        ? each.path("http").asString()
                        : address;
            }
            if (address.isEmpty()) {
                return "nobody knows where node " + node + " is reached: what only its slab holds is not known";
            }
            URI at = URI.create(address.contains("://") ? address : "http://" + address);
            try (Api there = access.openAsOperator(at)) {
                long below = there.get("/operator/durability")
                        .path("below_target_without_self")
                        .asLong();
                return below == 0
                        ? "no memo falls below its target without the slab of node " + node
                        : below + " memos fall below their target without the slab of node " + node
                                + ": have it leave with 'thalweg slab leave --anyway --url " + at
                                + "' before the node stops";
            }
        } catch (IOException | Failure e) {
            return "node " + node + " does not say what only its slab holds: " + e.getMessage();
        }
    }
}
