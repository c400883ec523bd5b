package io.thalweg.cli.api;

import io.thalweg.cli.terminal.Failure;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Which ledger a command is about, and how to get there. */
public final class LedgerAccess {
    @Mixin
    private final Access access = new Access();

    @Option(
            names = "--ledger",
            paramLabel = "NAME",
            description = "Name or id of the ledger (default: ${DEFAULT-VALUE}).",
            defaultValue = "default")
    private String ledger = "default";

    public Api open() throws IOException {
        return access.open();
    }

    /** The path of something in the ledger. */
    public String path(String rest) {
        return "/ledgers/" + Api.escape(ledger) + rest;
    }

    /** Creates one thing; a failure that the ledger reports is one of the command. */
    public JsonNode createOne(Api api, String kind, ObjectNode wanted) throws IOException, InterruptedException {
        ArrayNode results = createMany(api, kind, Api.JSON.createArrayNode().add(wanted));
        JsonNode result = results.get(0);
        String status = result.path("status").asString();
        if (!status.equals("created") && !status.equals("exists")) {
            throw new Failure("not booked: " + status);
        }
        return Api.JSON
                .createObjectNode()
                .put("id", wanted.path("id").asString())
                .put("status", status)
                .put("timestamp", result.path("timestamp").asString());
    }

    /** Creates many; one result each. */
    public ArrayNode createMany(Api api, String kind, ArrayNode wanted) throws IOException, InterruptedException {
        byte[] body = Api.JSON.writeValueAsBytes(wanted);
        JsonNode reply = Api.JSON.readTree(api.send(
                        "POST",
                        path("/" + kind),
                        java.net.http.HttpRequest.BodyPublishers.ofByteArray(body),
                        java.util.Map.of("Content-Type", "application/json"))
                .body());
        if (reply.path("results") instanceof ArrayNode results && results.size() == wanted.size()) {
            return results;
        }
        throw new Failure("the node gave no result for each element");
    }
}
