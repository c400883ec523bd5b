package io.thalweg.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.directory.Log;
import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.log.EventReader;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.shard.Consensus;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A node whose index of a view misses steps that nobody keeps any more begins from another node's index, and leads the view with it. */
@Timeout(300)
final class BehindReplicaTest {
    private static final int DATA = 1;
    private static final int PARTITIONS = 2;
    private static final HistorySettings BRIEF = new HistorySettings(1, 0, Duration.ofMillis(100), 1L << 20);

    /** Counts events by their keys. */
    public static final class Counting implements View {
        private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.log(
                    "words",
                    Codec.text(),
                    (step, _) ->
                            step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1));
        }
    }

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();
    private String token = "";

    private HttpResponse<String> send(Node node, String method, String path, byte[] body, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(node.url() + path)).method(method, BodyPublishers.ofByteArray(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** Asks until it is answered: whoever has just begun to lead says so first. */
    private JsonNode ask(Node node, String method, String path, byte[] body, String... headers) {
        return Client.MAPPER.readTree(await().atMost(ThreeNodes.PATIENCE)
                .until(() -> send(node, method, path, body, headers), answer -> {
                    assertThat(answer.statusCode())
                            .as("%s %s: %s", method, path, answer.body())
                            .satisfiesAnyOf(
                                    status -> assertThat(status).isBetween(200, 299),
                                    status -> assertThat(status).isIn(502, 503, 504));
                    return answer.statusCode() < 300;
                })
                .body());
    }

    private JsonNode ask(Node node, String method, String path, String json) {
        return ask(node, method, path, json.getBytes(UTF_8), "Content-Type", "application/json");
    }

    /** Makes a tenant with the view; returns its log. */
    private String begin(Node node) throws Exception {
        token = node.operatorKey();
        String tenants = "/operator/tenants";
        String tenant = tenants + "/"
                + ask(node, "POST", tenants, "{\"name\":\"acme\",\"limits\":{}}")
                        .get("tenant_id")
                        .asString();
        JsonNode _ = ask(node, "PUT", tenant + "/java_views", "{\"allowed\":true}");
        token = ask(node, "POST", tenant + "/keys", "{\"name\":\"first\",\"role\":\"admin\"}")
                .get("api_key")
                .asString();
        JsonNode _ =
                ask(node, "PUT", "/views/count?class=" + Counting.class.getName() + "&partitions=" + PARTITIONS, jar());
        for (JsonNode log : ask(node, "GET", "/logs", "").get("logs")) {
            if (log.get("log_name").asString().equals("words")) {
                return log.get("log_id").asString();
            }
        }
        throw new AssertionError("the view has made no log");
    }

    private static byte[] jar() throws Exception {
        String name = Counting.class.getName().replace('.', '/') + ".class";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes);
                InputStream code =
                        Objects.requireNonNull(Counting.class.getClassLoader().getResourceAsStream(name))) {
            jar.putNextEntry(new ZipEntry(name));
            code.transferTo(jar);
        }
        return bytes.toByteArray();
    }

    private void append(Node node, String log) {
        for (int i = 0; i < 10; i++) {
            String word = "w" + i;
            JsonNode _ = ask(node, "POST", "/logs/" + log + "/append", word.getBytes(UTF_8), "Thalweg-Key", word);
        }
    }

    /** Whether a node has let go of steps of all partitions. */
    private static boolean isTrimmed(Node node) {
        Log steps = node.administration().directory().tenants().stream()
                .flatMap(tenant -> tenant.views().stream()
                        .map(view -> tenant.log(view.log()).orElseThrow()))
                .findFirst()
                .orElseThrow();
        EventReader events = node.shards().numbered(DATA).events();
        return IntStream.range(0, PARTITIONS).allMatch(i -> events.first(steps.stream(i)) > 1);
    }

    private static int leader(ThreeNodes nodes) {
        return await().atMost(ThreeNodes.PATIENCE)
                .until(
                        () -> IntStream.range(0, 3)
                                .filter(i -> nodes.shard(i, DATA)
                                        .filter(shard -> shard.role() == Consensus.Role.LEADER)
                                        .isPresent())
                                .findFirst()
                                .orElse(-1),
                        found -> found >= 0);
    }

    private Map<String, Long> recount(Node node, String log) {
        Map<String, Long> counts = new TreeMap<>();
        String position = "";
        while (true) {
            JsonNode page =
                    ask(node, "GET", "/logs/" + log + "/events?consistency=linearizable&limit=1000" + position, "");
            if (page.get("events").isEmpty()) {
                return counts;
            }
            page.get("events")
                    .forEach(event -> counts.merge(event.get("payload").asString(), 1L, Long::sum));
            position = "&after=" + page.get("position").asString();
        }
    }

    private Map<String, Long> counted(Node node) {
        Map<String, Long> counts = new TreeMap<>();
        ask(node, "POST", "/views/count/indexes/counts/select?consistency=linearizable", "{\"path\":[[\"all\"]]}")
                .get("values")
                .forEach(pair -> counts.put(pair.get(0).asString(), pair.get(1).asLong()));
        return counts;
    }

    @Test
    void whoMissesStepsThatAreGoneBeginsFromAnothersIndexAndLeadsWithIt() throws Exception {
        try (ThreeNodes nodes = ThreeNodes.startKeeping(directory, DATA, BRIEF)) {
            String log = begin(nodes.node(0));
            int leads = leader(nodes);
            int behind = (leads + 1) % 3;
            await().atMost(ThreeNodes.PATIENCE).until(() -> {
                append(nodes.node(leads), log);
                return isTrimmed(nodes.node(behind));
            });
            nodes.node(behind).close();
            Path home = directory.resolve("n" + (behind + 1));
            Files.move(home.resolve("indexes"), home.resolve("indexes-before"));
            append(nodes.node(leads), log);
            nodes.startAgain(behind, DATA);
            assertThat(isTrimmed(nodes.node(behind)))
                    .as("what it has to begin with is nowhere")
                    .isTrue();
            nodes.awaitWell(DATA);
            await().atMost(ThreeNodes.PATIENCE).ignoreExceptions().until(() -> {
                nodes.shard(leader(nodes), DATA)
                        .orElseThrow()
                        .transferLeadership("n" + (behind + 1))
                        .get(1, TimeUnit.MINUTES);
                return leader(nodes) == behind;
            });
            Node now = nodes.node(behind);
            append(now, log);
            Map<String, Long> recounted = recount(now, log);
            assertThat(recounted).hasSize(10);
            assertThat(counted(now)).isEqualTo(recounted);
        }
    }
}
