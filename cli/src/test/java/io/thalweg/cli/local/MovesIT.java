package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cli.api.Api;
import io.thalweg.cluster.certificate.PeerAuthority;
import io.thalweg.cluster.certificate.PeerAuthority.Issued;
import io.thalweg.server.auth.SecretFiles;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Three nodes become four, and three again without the one that led, while a client writes; nothing that was acknowledged is lost. */
@Timeout(900)
class MovesIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String PLANS = "/operator/cluster/plans";

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> send(String method, String url, String key, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .timeout(Duration.ofSeconds(60))
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private JsonNode ask(String method, String url, String key, String body) throws Exception {
        HttpResponse<String> answer = send(method, url, key, body);
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, url, answer.body())
                .isLessThan(300);
        return Api.JSON.readTree(answer.body());
    }

    /** Repeats a call until it is not refused. */
    private JsonNode eventually(String method, String url, String key, String body) {
        List<JsonNode> answers = new ArrayList<>();
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> answers.add(ask(method, url, key, body)));
        return answers.getFirst();
    }

    /** Nodes with a replica of a shard, as the cluster tells it. */
    private static Set<String> replicas(JsonNode cluster, int shard) {
        Set<String> ids = new TreeSet<>();
        for (JsonNode each : cluster.get("shards")) {
            if (each.get("shard").asInt() == shard) {
                each.get("replicas")
                        .forEach(replica -> ids.add(replica.get("node_id").asString()));
            }
        }
        return ids;
    }

    /** A fourth node beside the three, with what they share and a certificate of its own. */
    private String fourth(Path data) throws IOException {
        Path first = data.resolve("n1");
        Path fourth = Files.createDirectories(data.resolve("n4").resolve("secrets"));
        try (var secrets = Files.list(first.resolve("secrets"))) {
            for (Path secret : secrets.toList()) {
                Files.copy(secret, fourth.resolve(secret.getFileName()));
            }
        }
        Path shared = data.resolve("secrets");
        Issued own = PeerAuthority.of(new Issued(
                        SecretFiles.read(shared.resolve("ca.pem")), SecretFiles.read(shared.resolve("ca-key.pem"))))
                .issue("n4", List.of("127.0.0.1"), Instant.now());
        SecretFiles.write(fourth.resolve("peer.pem"), own.certificate());
        SecretFiles.write(fourth.resolve("peer-key.pem"), own.key());
        int[] ports = FreePorts.take(1, 3).getFirst();
        StringBuilder config = new StringBuilder();
        for (String line : Files.readAllLines(first.resolve("node.conf"))) {
            if (!line.startsWith("http ")
                    && !line.startsWith("agent ")
                    && !line.startsWith("peer ")
                    && !line.startsWith("id ")
                    && !line.startsWith("slab.domain")
                    && !line.startsWith("ledger.")) {
                config.append(line).append('\n');
            }
        }
        config.append(
                        "id = n4\nhttp = 127.0.0.1:%d\npeer = 127.0.0.1:%d\nagent = 127.0.0.1:%d\nslab.domain = global/n4%n"
                                .formatted(ports[0], ports[1], ports[2]))
                .append(
                        "cluster.join = true%ncluster.member.n4 = 127.0.0.1:%d http://127.0.0.1:%d http://127.0.0.1:%d/%n"
                                .formatted(ports[1], ports[0], ports[2]));
        Files.writeString(data.resolve("n4").resolve("node.conf"), config);
        return "{\"node_id\":\"n4\",\"peer\":\"127.0.0.1:%d\",\"http\":\"http://127.0.0.1:%d\"}"
                .formatted(ports[1], ports[0]);
    }

    @Test
    void aNodeComesAndTheLeaderGoesWhileAClientWrites() throws Exception {
        Path data = directory.resolve("cluster");
        try (LocalProcess local = LocalProcess.start(data, "--nodes", "3", "--shards", "1")) {
            String operator = local.ready().get("operatorKey").asString();
            String key = local.apiKey();
            String any = local.all("http").get(1);
            String log = ask("POST", any + "/logs", key, "{\"name\":\"orders\"}")
                    .get("log_id")
                    .asString();
            String fourth = fourth(data);
            ClusterWriter writer = new ClusterWriter(http, local.all("http"), key, log, 0);
            Thread writing = Thread.ofPlatform().name("writer").start(writer);
            try {
                eventually("POST", any + "/operator/cluster/transfer", operator, "{\"shard\":1,\"node\":\"n3\"}");
                HttpResponse<String> alone =
                        send("POST", any + "/operator/cluster/moves", operator, "{\"kind\":\"drain\",\"node\":\"n3\"}");
                assertThat(alone.statusCode()).as(alone.body()).isEqualTo(400);
                assertThat(alone.body()).contains("add a node first");

                JsonNode joining = ask("POST", any + "/operator/cluster/add", operator, fourth);
                assertThat(joining.get("state").asString()).isEqualTo("joining");
                local.startAgain("n4");
                move(any, operator, "n3", "n4");
                awaitReplicas(any, operator, "n1", "n2", "n4");
                local.kill("n4");
                local.startAgain("n4");
                move(any, operator, "n4", "n3");
                awaitReplicas(any, operator, "n1", "n2", "n3");
                JsonNode plan = eventually(
                        "POST", any + PLANS, operator, "{\"action\":\"replace\",\"node\":\"n3\",\"to\":\"n4\"}");
                assertThat(plan.get("steps").size()).isEqualTo(1);
                run(local.all("http").getFirst(), operator, plan);
                awaitReplicas(any, operator, "n1", "n2", "n4");
                int before = writer.acknowledged().size();
                await().atMost(PATIENCE).until(() -> writer.acknowledged().size() > before + 20);
                JsonNode gone = eventually("POST", any + "/operator/cluster/remove", operator, "{\"node_id\":\"n3\"}");
                assertThat(gone.get("state").asString()).isEqualTo("gone");
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(
                                        replicas(ask("GET", any + "/operator/cluster", operator, ""), 0))
                                .doesNotContain("n3"));
                // Until it ends by itself the directory's group may still count it, and would be without a majority.
                await().atMost(PATIENCE).until(() -> !local.isAlive("n3"));
                local.kill("n1");
                int without = writer.acknowledged().size();
                await().atMost(PATIENCE).until(() -> writer.acknowledged().size() > without + 20);
            } finally {
                writer.stop();
                writing.join();
            }
            String came = Api.JSON.readTree(fourth).get("http").asString();
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(events(came, key, log)).containsAllEntriesOf(writer.acknowledged()));
        }
    }

    private void move(String any, String operator, String from, String to) {
        JsonNode plan = eventually(
                "POST",
                any + PLANS,
                operator,
                "{\"action\":\"move\",\"shard\":1,\"from\":\"%s\",\"to\":\"%s\"}".formatted(from, to));
        assertThat(plan.get("steps").size()).isEqualTo(1);
        assertThat(plan.get("state").asString()).isEqualTo("planned");
        run(any, operator, plan);
    }

    /** Has a plan done; asked of another node than the one that made it, it would be the same. */
    private void run(String any, String operator, JsonNode plan) {
        String path = any + PLANS + "/" + plan.get("plan_id").asString();
        JsonNode begun = eventually("POST", path + "/run", operator, "{}");
        assertThat(begun.get("state").asString()).isIn("running", "done");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                ask("GET", path, operator, "").get("state").asString())
                        .isEqualTo("done"));
    }

    /** Until the shard's replicas are on these nodes, all of them whole. */
    private void awaitReplicas(String any, String operator, String... ids) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode cluster = ask("GET", any + "/operator/cluster", operator, "");
            assertThat(replicas(cluster, 1)).as("%s", cluster).containsExactlyInAnyOrder(ids);
            assertThat(cluster.get("moves").size()).as("%s", cluster).isZero();
        });
    }

    /** What there is, by what it says. */
    private Map<String, Long> events(String node, String key, String log) throws Exception {
        Map<String, Long> events = new HashMap<>();
        long next = 1;
        while (true) {
            JsonNode page = ask("GET", node + "/logs/" + log + "/events?limit=1000&from=" + next, key, "");
            if (page.get("events").isEmpty()) {
                return events;
            }
            for (JsonNode event : page.get("events")) {
                long sequence = event.get("sequence").asLong();
                assertThat(events.put(payload(event), sequence)).isNull();
                next = sequence + 1;
            }
        }
    }

    private static String payload(JsonNode event) {
        return event.get("payload").asString();
    }
}
