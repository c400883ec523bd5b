package io.thalweg.server.http;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One of each thing that the API's paths name, made again when a call took it away. */
final class Things {
    private static final List<String> ODD =
            List.of("nothing", "..", "%", "a b", "\u0000", "ü", "x".repeat(2_000), "-1", "$audit");

    private final TestNode node;
    private final TestNode.Tenancy tenant;
    private final Map<String, String> known = new LinkedHashMap<>();
    private final Client client;

    Things(TestNode node) {
        this.node = node;
        tenant = node.tenant("{\"requests_per_second\":null}");
        client = node.client(tenant.apiKey());
    }

    /** Makes what is not there, or not any more. */
    void make() throws Exception {
        known.put("tenant_id", node.tenant("{}").id());
        String logs = "/logs/" + known.getOrDefault("log_id", "none");
        if (client.get(logs).status() != 200) {
            known.put("log_id", client.createLog("l" + System.nanoTime()));
            known.put("view_name", "counter");
            logs = "/logs/" + known.get("log_id");
            for (int i = 0; i < 20; i++) {
                client.post(logs + "/append", "{\"n\":" + i + "}", "Content-Type", "application/json");
            }
            client.post(logs + "/views/counter", TestNode.component("counter-c.wasm"));
        }
        if (!known.containsKey("ledger_id")) {
            String ledger = client.post("/ledgers", "{\"name\":\"books\"}")
                    .json()
                    .get("ledger_id")
                    .asString();
            known.put("ledger_id", ledger);
            known.put("account_id", "1");
            client.post(
                    "/ledgers/" + ledger + "/accounts",
                    "[{\"id\":1,\"ledger\":1,\"code\":1,\"flags\":[\"history\"]},{\"id\":2,\"ledger\":1,\"code\":1}]");
            client.post(
                    "/ledgers/" + ledger + "/transfers",
                    "[{\"id\":1,\"debit_account_id\":1,\"credit_account_id\":2,\"amount\":5,\"ledger\":1,\"code\":1}]");
        }
        if (client.get("/objects/" + known.getOrDefault("object_id", "0".repeat(64)))
                        .status()
                != 200) {
            client.put("/topics/cats", "{\"fields\":{\"name\":{\"type\":\"text\",\"merge\":\"last\"}}}");
            JsonNode made = client.post("/topics/cats/objects", "{\"set\":{\"name\":\"Tom\"}}")
                    .json();
            known.put("topic", "cats");
            known.put("object_id", made.get("object_id").asString());
            known.put("memo_id", made.get("memo_id").asString());
        }
        known.put(
                "key_id",
                client.post("/keys", "{\"name\":\"k\"}").json().path("key_id").asString(""));
    }

    /** What stands for a parameter of a path: mostly something that is there. */
    String path(String segment, Object operation, RandomGenerator random) {
        String name = segment.substring(1, segment.length() - 1);
        return random.nextInt(8) == 0 ? ODD.get(random.nextInt(ODD.size())) : known.getOrDefault(name, "nothing");
    }

    String text(RandomGenerator random) {
        return List.of("a", "books", "7", "%0A", "token", "").get(random.nextInt(6));
    }

    /** Puts identifiers of things that are there into a body, so that some of it succeeds. */
    JsonNode body(Object operation, JsonNode body, RandomGenerator random) {
        if (body instanceof ObjectNode object && random.nextBoolean()) {
            if (object.has("name")) {
                object.put("name", "n" + random.nextInt(1_000));
            }
            if (object.has("api_key")) {
                object.put("api_key", tenant.apiKey());
            }
        }
        return body;
    }

    /** Mostly who may. */
    String bearer(String access, RandomGenerator random) {
        if (random.nextInt(20) == 0) {
            return List.of("", "nonsense", "a.b.c").get(random.nextInt(3));
        }
        return switch (access) {
            case "operator" -> node.node().operatorKey();
            case "open" -> "";
            default -> tenant.apiKey();
        };
    }
}
