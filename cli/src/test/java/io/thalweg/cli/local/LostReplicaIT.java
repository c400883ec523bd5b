package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Nodes that lose the folder of a shard, or all that they have, come back by themselves, and count again once they are whole: in the end the two that lost something are the majority
 * on which all depends.
 */
@Timeout(300)
class LostReplicaIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();
    private String log = "";

    private JsonNode ask(String url, String key) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .timeout(Duration.ofSeconds(10))
                        .header("Authorization", "Bearer " + key)
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as("%s: %s", url, answer.body()).isEqualTo(200);
        return Api.JSON.readTree(answer.body());
    }

    private static String makeLog(LocalProcess local) throws Exception {
        try (Api api = local.api("n1")) {
            return api.post("/logs", Api.JSON.createObjectNode().put("name", "orders"))
                    .get("log_id")
                    .asString();
        }
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** As the node says itself, and as the cluster sees it. */
    private void awaitWhole(LocalProcess local, String node, int shard) throws Exception {
        String operator = local.ready().get("operatorKey").asString();
        String url = local.all("http").get(local.all("id").indexOf(node));
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
            assertThat(ask(url + "/health/ready", operator).get("reason").asString())
                    .isEmpty();
            JsonNode cluster = ask(url + "/operator/cluster", operator);
            assertThat(cluster.get("shards").get(shard).get("replicas")).anySatisfy(replica -> {
                assertThat(replica.get("node_id").asString()).isEqualTo(node);
                assertThat(replica.get("role").asString()).isIn("primary", "secondary");
            });
        });
    }

    private void lose(LocalProcess local, String node, int shard, ClusterWriter writer) throws Exception {
        local.kill(node);
        delete(directory.resolve("cluster").resolve(node).resolve("shards").resolve(Integer.toString(shard)));
        comeBack(local, node, writer, shard);
    }

    /** A disk that was replaced has what an operator puts there: how the node is configured, and its secrets. */
    private void loseDisk(LocalProcess local, String node, ClusterWriter writer) throws Exception {
        local.kill(node);
        List<Path> gone;
        try (Stream<Path> all = Files.list(directory.resolve("cluster").resolve(node))) {
            gone = all.filter(each -> !each.endsWith("secrets") && !each.endsWith("node.conf"))
                    .toList();
        }
        for (Path each : gone) {
            delete(each);
        }
        comeBack(local, node, writer, 0, 1);
    }

    /** Who asks it meanwhile, while it makes copies, gets right answers or a reason why not. */
    private void comeBack(LocalProcess local, String node, ClusterWriter writer, int... shards) throws Exception {
        String url = local.all("http").get(local.all("id").indexOf(node));
        NodeReader reader = new NodeReader(http, url, local.apiKey(), log, writer);
        Thread reading = Thread.ofPlatform().name("reader").start(reader);
        try {
            local.startAgain(node);
            for (int shard : shards) {
                awaitWhole(local, node, shard);
            }
            await().atMost(PATIENCE).until(() -> reader.right() > 0);
        } finally {
            reader.stop();
            reading.join();
        }
        assertThat(reader.wrong()).isEmpty();
        int before = writer.acknowledged().size();
        await().atMost(PATIENCE).until(() -> writer.acknowledged().size() > before + 20);
    }

    @Test
    void aNodeThatLostAShardsFolderComesBackWithoutAVoteAndVotesOnceItIsWhole() throws Exception {
        try (LocalProcess local = LocalProcess.start(directory.resolve("cluster"), "--nodes", "3", "--shards", "1")) {
            log = makeLog(local);
            ClusterWriter writer = new ClusterWriter(http, local.all("http"), local.apiKey(), log, 0);
            Thread writing = Thread.ofPlatform().name("writer").start(writer);
            try {
                await().atMost(PATIENCE).until(() -> writer.acknowledged().size() > 20);
                lose(local, "n2", 1, writer);
                lose(local, "n3", 0, writer);
                loseDisk(local, "n3", writer);
                local.kill("n1");
                int before = writer.acknowledged().size();
                await().atMost(PATIENCE).until(() -> writer.acknowledged().size() > before + 20);
            } finally {
                writer.stop();
                writing.join();
            }
            Map<String, Long> acknowledged = writer.acknowledged();
            for (String url : local.all("http").subList(1, 3)) {
                await().atMost(PATIENCE)
                        .ignoreExceptions()
                        .untilAsserted(
                                () -> assertThat(events(url, local.apiKey())).containsAllEntriesOf(acknowledged));
            }
        }
    }

    private Map<String, Long> events(String node, String key) throws Exception {
        Map<String, Long> events = new HashMap<>();
        for (long next = 1; ; ) {
            JsonNode page = ask(node + "/logs/" + log + "/events?limit=1000&from=" + next, key);
            if (page.get("events").isEmpty()) {
                return events;
            }
            for (JsonNode event : page.get("events")) {
                next = event.get("sequence").asLong() + 1;
                assertThat(events.put(event.get("payload").asString(), next - 1))
                        .isNull();
            }
        }
    }
}
