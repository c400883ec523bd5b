package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.directory.Actor;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.server.agent.SdkDocuments;
import io.thalweg.shard.Consensus;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What agents of a cluster say, by the rules of the SDK that reads it, and how a node's status follows its life. */
@Timeout(300)
final class ThreeAgentsTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Of a file of a journal, of which there are several so. */
    private static final int SEGMENT_BYTES = 64 << 10;

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> send(Node node, String method, String path, String body) {
        try {
            return http.send(
                    HttpRequest.newBuilder(
                                    URI.create(node.agentUrl().orElseThrow()).resolve("api/unstable/" + path))
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private JsonNode get(Node node, String path) {
        HttpResponse<String> answer = send(node, "GET", path, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private void awaitStatus(Node node, String status) {
        await().atMost(ThreeNodes.PATIENCE).untilAsserted(() -> {
            JsonNode info = get(node, "info/node");
            SdkDocuments.node(info);
            assertThat(info.get("node_status").asString()).isEqualTo(status);
        });
    }

    private static void change(Node node, ClusterChange change) throws InterruptedException {
        var _ = node.administration()
                .run(Reconciler.NOBODY, Actor.operator(), new DirectoryCommand.ChangeCluster(change));
    }

    @Test
    void whatTheySayIsTakenAndFollowsTheNodesLife() throws Exception {
        try (ThreeNodes nodes = ThreeNodes.startWithSegments(directory, 1, SEGMENT_BYTES)) {
            for (int i = 0; i < 3; i++) {
                awaitStatus(nodes.node(i), "HEALTHY");
                SdkDocuments.store(get(nodes.node(i), "info/store"));
            }
            // Who leads may change between two of them.
            await().atMost(ThreeNodes.PATIENCE)
                    .untilAsserted(() -> assertThat(roles(nodes))
                            .containsExactlyInAnyOrder(
                                    "Primary", "Primary", "Secondary", "Secondary", "Secondary", "Secondary"));

            Node last = nodes.node(2);
            await().atMost(ThreeNodes.PATIENCE)
                    .until(() -> last.administration()
                            .directory()
                            .cluster()
                            .node("n3")
                            .isPresent());
            change(nodes.node(0), new ClusterChange.ChangeState("n3", State.LEAVING));
            awaitStatus(last, "LEAVING_CLUSTER");
            change(nodes.node(0), new ClusterChange.ChangeState("n3", State.HEALTHY));
            awaitStatus(last, "HEALTHY");

            var _ = done(last, ask(last, "agent.replicante.io/cluster.init", "{}"));
            snapshots(nodes);
            transfers(nodes);
            erases(nodes);
            startsAlone(nodes);

            Node stranger = nodes.startStranger("n4", 1);
            awaitStatus(stranger, "NOT_IN_CLUSTER");
            assertThat(stranger.notReady()).isPresent();
            String joins = ask(stranger, "agent.replicante.io/cluster.join", "{}");
            assertThat(get(stranger, joins).at("/state/phase").asString()).isIn("NEW", "RUNNING");
            change(nodes.node(0), nodes.comes("n4"));
            awaitStatus(stranger, "HEALTHY");
            var _ = done(stranger, joins);
            actions(stranger);

            // It had all that it should have, and knows of no leader of the shard for data any more.
            nodes.node(0).close();
            nodes.node(1).close();
            awaitStatus(nodes.node(2), "UNHEALTHY");
        }
    }

    /** A call to a node's API, repeated while nobody leads. */
    private JsonNode call(Node node, String bearer, String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.url() + path))
                .header("Authorization", "Bearer " + bearer)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        String answer = await().atMost(ThreeNodes.PATIENCE)
                .until(() -> http.send(request, HttpResponse.BodyHandlers.ofString()), got -> {
                    assertThat(got.statusCode())
                            .as("%s %s: %s", method, path, got.body())
                            .satisfiesAnyOf(
                                    status -> assertThat(status).isBetween(200, 299),
                                    status -> assertThat(status).isIn(502, 503, 504));
                    return got.statusCode() < 300;
                })
                .body();
        return answer.isEmpty() ? JSON.createObjectNode() : JSON.readTree(answer);
    }

    /** A tenant's id, the key of its administrator, and a log of it. */
    private record Owner(String tenant, String key, String log) {}

    private Owner owner(Node node, String name) {
        String tenants = "/operator/tenants";
        String tenant = call(node, node.operatorKey(), "POST", tenants, "{\"name\":\"" + name + "\",\"limits\":{}}")
                .get("tenant_id")
                .asString();
        String role = "{\"name\":\"first\",\"role\":\"admin\"}";
        String key = call(node, node.operatorKey(), "POST", tenants + "/" + tenant + "/keys", role)
                .get("api_key")
                .asString();
        String log = call(node, key, "POST", "/logs", "{\"name\":\"diary\"}")
                .get("log_id")
                .asString();
        return new Owner(tenant, key, log);
    }

    private void append(Node node, Owner owner, String event) {
        var _ = call(node, owner.key(), "POST", "/logs/" + owner.log() + "/append", event);
    }

    private long remains(Node node, Owner owner) {
        String args = "{\"tenant\":\"" + owner.tenant() + "\"}";
        return done(node, ask(node, "thalweg.io/tenant.remains", args))
                .get("bytes")
                .asLong();
    }

    /** In how many files of a node's shards and slab a text is; what goes meanwhile is looked at again. */
    private long filesWith(int node, String text) {
        List<Long> found = new ArrayList<>();
        await().atMost(ThreeNodes.PATIENCE).ignoreExceptions().until(() -> {
            long count = 0;
            for (String folder : List.of("shards", "slab")) {
                try (Stream<Path> all =
                        Files.walk(directory.resolve("n" + (node + 1)).resolve(folder))) {
                    for (Path file : all.filter(Files::isRegularFile).toList()) {
                        count += Files.readString(file, StandardCharsets.ISO_8859_1)
                                        .contains(text)
                                ? 1
                                : 0;
                    }
                }
            }
            return found.add(count);
        });
        return found.getFirst();
    }

    /** What a deleted tenant stored is on none of the nodes any more, once one of them was asked for that; nobody has to write, and a node that ends goes on with it later. */
    private void erases(ThreeNodes nodes) throws IOException {
        String secret = "secret-" + UUID.randomUUID();
        Node any = nodes.node(0);
        Owner gone = owner(any, "gone");
        Owner stays = owner(any, "stays");
        append(any, gone, secret);
        append(any, stays, "first");
        var _ = call(any, gone.key(), "PUT", "/topics/people", "{\"fields\":{\"name\":{\"type\":\"text\"}}}");
        var _ = call(any, gone.key(), "POST", "/topics/people/objects", "{\"set\":{\"name\":\"" + secret + "\"}}");
        for (int i = 0; i < 3; i++) {
            Node node = nodes.node(i);
            await().atMost(ThreeNodes.PATIENCE)
                    .untilAsserted(() -> assertThat(remains(node, gone)).isGreaterThan(secret.length()));
            assertThat(filesWith(i, secret)).isPositive();
        }
        var _ = call(any, any.operatorKey(), "DELETE", "/operator/tenants/" + gone.tenant(), "");
        String erasure = "/operator/cluster/erasures/" + UUID.randomUUID();
        String whose = "{\"tenant_id\":\"" + gone.tenant() + "\"}";
        JsonNode begun = call(any, any.operatorKey(), "PUT", erasure, whose);
        assertThat(begun.get("nodes")).as("%s", begun).hasSize(3);
        nodes.node(2).close();
        nodes.startAgain(2, 1);
        await().atMost(ThreeNodes.PATIENCE.multipliedBy(2)).untilAsserted(() -> {
            JsonNode now = call(any, any.operatorKey(), "PUT", erasure, whose);
            for (JsonNode node : now.get("nodes")) {
                assertThat(node.get("phase").asString()).as("%s", now).isEqualTo("done");
                assertThat(node.at("/report/bytes").asLong(-1)).as("%s", now).isZero();
            }
        });
        for (int i = 0; i < 3; i++) {
            assertThat(filesWith(i, secret)).as("files of node %s", i).isZero();
            assertThat(remains(nodes.node(i), gone)).isZero();
        }
        JsonNode kept = call(any, stays.key(), "GET", "/logs/" + stays.log() + "/events?from=1&limit=1", "");
        assertThat(kept.at("/events/0/sequence").asLong()).as("%s", kept).isEqualTo(1);
    }

    /** Without the others a node that has started is not what it was before, and says of no shard how far behind it is. */
    private void startsAlone(ThreeNodes nodes) throws IOException {
        nodes.closeAll();
        nodes.startAgain(2, 1);
        Node alone = nodes.node(2);
        awaitStatus(alone, "JOINING_CLUSTER");
        await().atMost(ThreeNodes.PATIENCE).untilAsserted(() -> {
            JsonNode shards = get(alone, "info/shards");
            SdkDocuments.shards(shards);
            assertThat(shards.get("shards")).hasSize(2);
            for (JsonNode shard : shards.get("shards")) {
                assertThat(shard.get("role").asString()).as("%s", shard).isEqualTo("Recovering");
                assertThat(shard.get("lag").isNull()).as("%s", shard).isTrue();
            }
        });
        nodes.startAgain(1, 1);
        nodes.startAgain(0, 1);
        for (int i = 0; i < 3; i++) {
            awaitStatus(nodes.node(i), "HEALTHY");
        }
    }

    private List<String> roles(ThreeNodes nodes) {
        List<String> roles = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            JsonNode shards = get(nodes.node(i), "info/shards");
            SdkDocuments.shards(shards);
            for (JsonNode shard : shards.get("shards")) {
                String role = shard.get("role").asString();
                roles.add(role);
                assertThat(shard.get("lag").isNull()).as("%s", shard).isEqualTo(role.equals("Primary"));
            }
        }
        return roles;
    }

    /** Asks for an action, and returns where it is seen. */
    private String ask(Node node, String kind, String args) {
        HttpResponse<String> taken =
                send(node, "POST", "action", "{\"kind\":\"%s\",\"args\":%s}".formatted(kind, args));
        assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
        return "action/" + JSON.readTree(taken.body()).get("id").asString();
    }

    /** The state of an action once it is over, well or not. */
    private JsonNode over(Node node, String action) {
        await().atMost(ThreeNodes.PATIENCE)
                .until(() -> List.of("DONE", "FAILED")
                        .contains(get(node, action).at("/state/phase").asString()));
        return get(node, action).get("state");
    }

    /** The payload of an action, which has to be done in the end. */
    private JsonNode done(Node node, String action) {
        JsonNode state = over(node, action);
        assertThat(state.get("phase").asString()).as("%s", state).isEqualTo("DONE");
        return state.get("payload");
    }

    /** Each node takes one of its own replica of the directory, and says up to where. */
    private void snapshots(ThreeNodes nodes) {
        String kind = "thalweg.io/shard.snapshot";
        for (int i = 0; i < 3; i++) {
            JsonNode covered = done(nodes.node(i), ask(nodes.node(i), kind, "{\"shard\":0}"));
            assertThat(covered.isIntegralNumber()).as("%s", covered).isTrue();
            assertThat(covered.asLong()).isPositive();
        }
        HttpResponse<String> refused =
                send(nodes.node(0), "POST", "action", "{\"kind\":\"" + kind + "\",\"args\":{\"shard\":7}}");
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
        assertThat(refused.body()).contains("no replica of shard 7");
    }

    /** Whoever leads a shard hands it over; of one that does not lead it fails, and says so. */
    private void transfers(ThreeNodes nodes) {
        String kind = "thalweg.io/shard.transfer";
        // Who leads may change before it is asked.
        await().atMost(ThreeNodes.PATIENCE).untilAsserted(() -> {
            int leader = leader(nodes);
            int next = (leader + 1) % 3;
            String to = "{\"shard\":1,\"node\":\"n" + (next + 1) + "\"}";
            var _ = done(nodes.node(leader), ask(nodes.node(leader), kind, to));
            assertThat(leader(nodes)).isEqualTo(next);
            Node other = nodes.node((leader + 2) % 3);
            String back = "{\"shard\":1,\"node\":\"n" + (leader + 1) + "\"}";
            JsonNode refused = over(other, ask(other, kind, back));
            assertThat(refused.get("phase").asString()).as("%s", refused).isEqualTo("FAILED");
            assertThat(refused.at("/error/message").asString()).isNotEmpty();
            assertThat(leader(nodes)).isEqualTo(next);
        });
    }

    /** Who leads the shard for data. */
    private static int leader(ThreeNodes nodes) {
        for (int i = 0; i < 3; i++) {
            if (nodes.shard(i, 1)
                    .filter(shard -> shard.role() == Consensus.Role.LEADER)
                    .isPresent()) {
                return i;
            }
        }
        throw new AssertionError("nobody leads at the moment");
    }

    private void actions(Node node) {
        HttpResponse<String> taken = send(node, "POST", "action", "{\"kind\":\"agent.replicante.io/test.success\"}");
        assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
        String id = UUID.fromString(JSON.readTree(taken.body()).get("id").asString())
                .toString();
        SdkDocuments.action(get(node, "action/" + id));
        SdkDocuments.actions(get(node, "actions/queue"));
        await().atMost(ThreeNodes.PATIENCE)
                .until(() -> get(node, "actions/finished")
                        .get("actions")
                        .findValuesAsString("id")
                        .contains(id));
        SdkDocuments.actions(get(node, "actions/finished"));
        SdkDocuments.action(get(node, "action/" + id));
        for (String refused : List.of("{\"kind\":\"example.org/nothing\"}", "{}", "no json")) {
            HttpResponse<String> answer = send(node, "POST", "action", refused);
            assertThat(answer.statusCode()).as(refused).isEqualTo(400);
            SdkDocuments.refusal(JSON.readTree(answer.body()));
        }
    }
}
