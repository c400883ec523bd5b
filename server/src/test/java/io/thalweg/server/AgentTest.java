package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.directory.Want;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.Membership;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.SlabSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The agent API as the programs parse it that were released for it, and not as its documents tell it: types, cases and nulls are
 * what they refuse or accept.
 */
class AgentTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String LOOP = "agent.replicante.io/test.loop";

    @TempDir
    private static Path directory = Path.of("");

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static TestNode node;

    @BeforeAll
    static void start() throws Exception {
        node = new TestNode(NodeOptions.in(directory)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withDataShards(1)
                .withSlab(SlabSettings.DEFAULT.beating(1))
                .withMembership(Membership.ALONE.withAgent(new HostPort("127.0.0.1", 0))));
    }

    @AfterAll
    static void stop() {
        node.close();
        HTTP.close();
    }

    private static HttpResponse<String> send(String method, String path, String body) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(node.node().agentUrl().orElseThrow())
                                    .resolve(path))
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .header("Content-Type", "application/json")
                            .header("X-Trace", "7")
                            .header("Authorization", "Bearer secret")
                            .header("Cookie", "session=secret")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode get(String path) {
        HttpResponse<String> response = send("GET", path, "");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/json");
        return JSON.readTree(response.body());
    }

    private static String schedule(String body, int status) {
        HttpResponse<String> response = send("POST", "api/unstable/action", body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode json = JSON.readTree(response.body());
        if (status != 200) {
            assertThat(json.get("error")).as("the SDK refuses anything else").isEqualTo(JSON.readTree("true"));
            assertThat(json.get("error_msg").isString()).isTrue();
            return json.get("error_msg").asString();
        }
        return json.get("id").asString();
    }

    @Test
    void theNodeIsDescribedInFull() {
        JsonNode info = get("api/unstable/info/node");
        assertThat(info.get("node_id").asString()).isEqualTo("n1");
        assertThat(info.get("node_status").asString()).isEqualTo("HEALTHY");
        assertThat(info.get("store_id").asString()).isNotEmpty();
        for (String field : List.of("number", "checkout", "taint")) {
            assertThat(info.get("agent_version").get(field).isString())
                    .as(field)
                    .isTrue();
        }
        assertThat(info.get("store_version").get("number").asString()).matches("[0-9]+\\.[0-9]+\\.[0-9]+.*");
        assertThat(info.get("address").get("client").asString())
                .isEqualTo(URI.create(node.url()).getAuthority());
        for (JsonNode value : info.get("attributes")) {
            assertThat(value.isContainer()).as("attributes are scalars").isFalse();
        }
        JsonNode store = get("api/unstable/info/store");
        assertThat(UUID.fromString(store.get("cluster_id").asString())).isNotNull();
        for (JsonNode value : store.get("attributes")) {
            assertThat(value.isContainer()).isFalse();
        }
        Client client = node.client();
        client.put("/topics/attributes", "{\"durability\":{\"target_nines\":9}}");
        client.post("/topics/attributes/objects", "{}");
        await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            JsonNode seen = get("api/unstable/info/store").get("attributes");
            assertThat(seen.get("thalweg.io/durability.memos").asLong()).isPositive();
            assertThat(seen.get("thalweg.io/durability.below_target").asLong()).isPositive();
            assertThat(seen.get("thalweg.io/durability.below_target_without_node")
                            .asLong())
                    .isPositive();
            assertThat(Double.parseDouble(
                            seen.get("thalweg.io/durability.annual_loss").asString()))
                    .isPositive();
            JsonNode told = node.operator().get("/operator/durability").json();
            for (String each : List.of("held_memos", "below_target", "below_target_without_self", "annual_loss")) {
                assertThat(told.get(each).asDouble()).as(each).isPositive();
            }
            assertThat(client.get("/metrics").text())
                    .containsPattern("thalweg_slab_below_target [1-9]")
                    .containsPattern("thalweg_slab_annual_loss [0-9.E-]*[1-9]")
                    .contains("thalweg_slab_repair_bytes_total");
        });
    }

    /** Has an action done, and returns its payload. */
    private static JsonNode done(String kind, String args) {
        String id = schedule("{\"kind\":\"" + kind + "\",\"args\":" + args + "}", 200);
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(get("api/unstable/action/" + id)
                                .at("/state/phase")
                                .asString())
                        .isEqualTo("DONE"));
        return get("api/unstable/action/" + id).at("/state/payload");
    }

    /** In how many files of shards and slabs a text is; what goes meanwhile is looked at again. */
    private static long filesWith(String secret) {
        List<Long> found = new ArrayList<>();
        await().atMost(Duration.ofMinutes(1)).ignoreExceptions().until(() -> {
            long count = 0;
            for (String folder : List.of("shards", "slab")) {
                try (Stream<Path> all = Files.walk(directory.resolve(folder))) {
                    for (Path file : all.filter(Files::isRegularFile).toList()) {
                        count += Files.readString(file, StandardCharsets.ISO_8859_1)
                                        .contains(secret)
                                ? 1
                                : 0;
                    }
                }
            }
            return found.add(count);
        });
        return found.getFirst();
    }

    private static String object(Client client, String name) {
        assertThat(client.put("/topics/people", "{\"fields\":{\"name\":{\"type\":\"text\"}}}")
                        .status())
                .isEqualTo(200);
        return client.post("/topics/people/objects", "{\"set\":{\"name\":\"" + name + "\"}}")
                .json()
                .get("object_id")
                .asString();
    }

    @Test
    void whatIsLeftOfADeletedTenantIsSaidFileByFileAndGoesWithoutAnybodyWriting() throws Exception {
        String secret = "secret-" + UUID.randomUUID();
        String tenant = node.operator()
                .post("/operator/tenants", "{\"name\":\"" + UUID.randomUUID() + "\",\"limits\":{}}")
                .json()
                .get("tenant_id")
                .asString();
        String args = "{\"tenant\":\"" + tenant + "\"}";
        Client client = node.client(node.operator()
                .post("/operator/tenants/" + tenant + "/keys", "{\"name\":\"first\",\"role\":\"admin\"}")
                .json()
                .get("api_key")
                .asString());
        client.post("/logs/" + client.createLog("diary") + "/append", secret);
        var _ = object(client, secret);
        String others = object(node.client(), "Tom");
        String log = node.client().createLog(UUID.randomUUID().toString());
        node.client().post("/logs/" + log + "/append", "kept");
        assertThat(filesWith(secret)).isGreaterThanOrEqualTo(2);
        String early = schedule("{\"kind\":\"thalweg.io/node.erase\",\"args\":" + args + "}", 200);
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(get("api/unstable/action/" + early)
                                .at("/state/phase")
                                .asString())
                        .isEqualTo("FAILED"));
        assertThat(get("api/unstable/action/" + early)
                        .at("/state/error/message")
                        .asString())
                .contains("is there");

        node.operator().delete("/operator/tenants/" + tenant);
        JsonNode left = done("thalweg.io/tenant.remains", args);
        assertThat(left.path("tenant_id").asString()).isEqualTo(tenant);
        assertThat(left.path("bytes").asLong()).isGreaterThan(secret.length());
        assertThat(left.path("places").propertyNames()).as("%s", left).contains("shards/1/journal", "slab");

        JsonNode after = done("thalweg.io/node.erase", args);
        assertThat(after.path("bytes").asLong(-1)).as("%s", after).isZero();
        assertThat(node.node().administration().directory().pending())
                .as("what is erased is what the directory has deleted")
                .noneMatch(decision -> decision.wants(1).stream().anyMatch(Want.DropStream.class::isInstance));
        assertThat(done("thalweg.io/tenant.remains", args).path("files").asLong(-1))
                .isZero();
        assertThat(filesWith(secret)).isZero();
        assertThat(node.client()
                        .get("/objects/" + others)
                        .json()
                        .at("/fields/name")
                        .asString())
                .isEqualTo("Tom");
        assertThat(node.client().get("/logs/" + log + "/events?from=1").text()).contains("kept");
        assertThat(object(node.client(), "Tim")).isNotEmpty();
        assertThat(schedule("{\"kind\":\"thalweg.io/tenant.remains\",\"args\":{\"tenant\":\"x\"}}", 400))
                .isNotEmpty();
        assertThat(schedule("{\"kind\":\"thalweg.io/node.erase\",\"args\":{\"tenant\":\"x\"}}", 400))
                .isNotEmpty();
    }

    @Test
    void eachShardHasItsRoleAndAnOffsetThatOnlyGrows() {
        List<Long> before = offsets();
        node.client().post("/logs", "{\"name\":\"" + UUID.randomUUID() + "\"}");
        List<Long> after = offsets();
        assertThat(after).hasSize(2);
        assertThat(after.get(0)).isGreaterThan(before.get(0));
        assertThat(after.get(1)).isGreaterThanOrEqualTo(before.get(1));
    }

    private static List<Long> offsets() {
        List<Long> offsets = new ArrayList<>();
        for (JsonNode shard : get("api/unstable/info/shards").get("shards")) {
            assertThat(shard.get("id").isString()).isTrue();
            assertThat(shard.get("role").asString()).isEqualTo("Primary");
            JsonNode offset = shard.get("commit_offset");
            assertThat(offset.get("unit").get("unit").asString()).isEqualTo("entries");
            assertThat(offset.get("value").isIntegralNumber()).isTrue();
            assertThat(shard.get("lag").isNull())
                    .as("a primary lags behind nobody")
                    .isTrue();
            offsets.add(offset.get("value").asLong());
        }
        return offsets;
    }

    @Test
    void anActionIsDoneAndItsLifeCanBeRead() {
        String id = UUID.randomUUID().toString();
        assertThat(schedule(
                        "{\"id\":\"" + id + "\",\"kind\":\"" + LOOP + "\",\"args\":{\"target\":2},"
                                                                    + "\"created_time\":\"2026-01-02T03:04:05.5Z\",\"metadata\":{\"by\":\"me\"},\"more\":[]}",
                        200))
                .isEqualTo(id);
        assertThat(schedule("{\"id\":\"" + id + "\",\"kind\":\"" + LOOP + "\"}", 409))
                .contains(id);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> get("api/unstable/action/" + id)
                        .get("state")
                        .get("phase")
                        .asString()
                        .equals("DONE"));
        JsonNode action = get("api/unstable/action/" + id);
        assertThat(action.get("args").get("target").asInt()).isEqualTo(2);
        assertThat(action.get("metadata").get("by").asString()).isEqualTo("me");
        assertThat(Instant.parse(action.get("created_time").asString())).isEqualTo("2026-01-02T03:04:05.500Z");
        assertThat(Instant.parse(action.get("scheduled_time").asString()))
                .isBeforeOrEqualTo(Instant.parse(action.get("finished_time").asString()));
        assertThat(action.get("state").get("payload").asInt()).isEqualTo(2);
        JsonNode newest = get("api/unstable/actions/finished").get("actions");
        assertThat(newest.findValuesAsString("id")).contains(id);
        assertThat(newest.get(0).propertyNames()).containsExactlyInAnyOrder("id", "kind", "phase");
    }

    @Test
    void whatFailsSaysWhyAndWhatIsNoActionIsRefused() {
        String id = schedule("{\"kind\":\"agent.replicante.io/test.fail\",\"args\":{\"deep\":{\"er\":[1]}}}", 200);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> get("api/unstable/action/" + id)
                        .get("state")
                        .get("phase")
                        .asString()
                        .equals("FAILED"));
        assertThat(get("api/unstable/action/" + id)
                        .get("state")
                        .get("error")
                        .get("message")
                        .asString())
                .isNotEmpty();
        assertThat(schedule("{\"kind\":\"example.org/nothing\"}", 400)).contains("example.org/nothing");
        assertThat(schedule("{\"kind\":\"" + LOOP + "\",\"args\":{\"target\":\"2\"}}", 400))
                .contains("target");
        assertThat(schedule("{\"kind\":\"" + LOOP + "\",\"args\":[2]}", 400)).contains("object");
        schedule("{\"kind\":\"" + LOOP + "\",\"id\":\"7\"}", 400);
        schedule("{\"kind\":\"" + LOOP + "\",\"created_time\":\"yesterday\"}", 400);
        schedule("{\"kind\":\"" + LOOP + "\",\"metadata\":{\"a\":null}}", 400);
        schedule("{}", 400);
        schedule("not json", 400);
        HttpResponse<String> unknown = send("GET", "api/unstable/action/" + UUID.randomUUID(), "");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).isEmpty();
        assertThat(send("GET", "api/unstable/nothing", "").body()).contains("\"error\":true");
    }

    @Test
    void whatChangesTheClusterHasItsArgumentsAndFailsOnANodeAlone() {
        String add = "{\"kind\":\"agent.replicante.io/cluster.add\",\"args\":";
        String remove = "{\"kind\":\"agent.replicante.io/cluster.remove\",\"args\":";
        assertThat(schedule(add + "{\"node\":\"h:1\",\"http\":\"http://h\"}}", 400))
                .contains("'id'");
        assertThat(schedule(add + "{\"id\":\"n4\",\"http\":\"http://h\"}}", 400))
                .contains("'node'");
        assertThat(schedule(add + "{\"id\":\"n4\",\"host\":\"h:1\",\"http\":\"http://h\",\"rack\":1}}", 400))
                .contains("'rack'");
        assertThat(schedule(remove + "{}}", 400)).contains("'node'");
        for (String asked : List.of(
                add + "{\"id\":\"n4\",\"host\":\"h:1\",\"http\":\"http://h\"}}",
                remove + "{\"node\":\"n4\"}}",
                "{\"kind\":\"agent.replicante.io/cluster.join\",\"args\":{\"node\":\"h:1\"}}")) {
            String id = schedule(asked, 200);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> get("api/unstable/action/" + id)
                            .get("state")
                            .get("phase")
                            .asString()
                            .equals("FAILED"));
        }
    }

    @Test
    void theDialectOf2020HasABaseOfItsOwn() {
        assertThat(get("2020/api/unstable/info/agent")
                        .get("version")
                        .get("taint")
                        .isString())
                .isTrue();
        JsonNode store = get("2020/api/unstable/info/datastore");
        assertThat(store.get("node_id").asString()).isEqualTo("n1");
        assertThat(store.get("cluster_id").asString())
                .isEqualTo(get("api/unstable/info/store").get("cluster_id").asString());
        assertThat(store.get("version").isString()).isTrue();
        JsonNode shard = get("2020/api/unstable/shards").get("shards").get(0);
        assertThat(shard.get("role").asString()).isEqualTo("primary");
        assertThat(shard.get("commit_offset").get("unit").get("unit").asString())
                .isEqualTo("entries");

        String id = UUID.randomUUID().toString();
        String path = "2020/api/unstable/actions/schedule/agent.replicante.io/test.ping";
        HttpResponse<String> taken = send("POST", path, "{\"action_id\":\"" + id + "\",\"requester\":\"CORE_API\"}");
        assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
        assertThat(JSON.readTree(taken.body()).get("id").asString()).isEqualTo(id);
        HttpResponse<String> again = send("POST", path, "{\"action_id\":\"" + id + "\"}");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.body()).contains("ActionAlreadyExists").contains("\"error\"");
        assertThat(send("POST", path.replace("test.ping", "test.pong"), "{}").statusCode())
                .isEqualTo(400);
        assertThat(send("POST", path, "{\"requester\":\"ME\"}").statusCode()).isEqualTo(400);
        assertThat(send("POST", path.replace("io/test", "io%2Ftest"), "").statusCode())
                .isEqualTo(200);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> get("2020/api/unstable/actions/info/" + id)
                        .get("action")
                        .get("state")
                        .asString()
                        .equals("DONE"));
        JsonNode info = get("2020/api/unstable/actions/info/" + id);
        assertThat(info.get("action").get("requester").asString()).isEqualTo("CORE_API");
        assertThat(info.get("action").get("headers").get("x-trace").asString()).isEqualTo("7");
        assertThat(info.get("action").get("headers").propertyNames())
                .doesNotContain("content-type", "authorization", "cookie");
        assertThat(info.get("history").findValuesAsString("state")).containsExactly("DONE", "RUNNING", "NEW");
        JsonNode finished = get("2020/api/unstable/actions/finished");
        assertThat(finished.isArray()).isTrue();
        assertThat(finished.get(0).propertyNames()).containsExactlyInAnyOrder("id", "kind", "state");
        assertThat(get("2020/api/unstable/actions/queue").isArray()).isTrue();
        assertThat(send("GET", "2020/api/unstable/actions/info/" + UUID.randomUUID(), "")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void discoveryListsTheNodeWithItsClassAndAnAddressThatAnswers() {
        JsonNode found = get("platform/discover").get("clusters").get(0);
        assertThat(found.get("cluster_id").asString())
                .isEqualTo(get("api/unstable/info/store").get("cluster_id").asString());
        JsonNode only = found.get("nodes").get(0);
        assertThat(only.get("node_class").asString()).isNotEmpty();
        assertThat(only.get("node_id").asString()).isEqualTo("n1");
        assertThat(only.get("agent_address").asString())
                .isEqualTo(node.node().agentUrl().orElseThrow());
    }

    @Test
    void metricsHaveTheNamesOfTheSdk() {
        HttpResponse<String> metrics = send("GET", "metrics", "");
        get("api/unstable/info/node");
        assertThat(send("GET", "2020/api/unstable/introspect/metrics", "").body())
                .contains("repliagent_action_loops_busy")
                .contains("repliagent_store_ops_duration");
        assertThat(metrics.statusCode()).isEqualTo(200);
    }

    @Test
    void theClusterKeepsItsIdOverARestart() throws Exception {
        String before = get("api/unstable/info/store").get("cluster_id").asString();
        String id = schedule("{\"kind\":\"agent.replicante.io/test.success\"}", 200);
        node.restart();
        assertThat(get("api/unstable/info/store").get("cluster_id").asString()).isEqualTo(before);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> get("api/unstable/action/" + id)
                        .get("state")
                        .get("phase")
                        .asString()
                        .equals("DONE"));
    }
}
