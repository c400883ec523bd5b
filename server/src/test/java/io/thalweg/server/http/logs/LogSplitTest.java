package io.thalweg.server.http.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A log that is split while others write, read and follow it. */
final class LogSplitTest {
    @TempDir
    private Path data;

    private TestNode node;
    private Client client;

    @BeforeEach
    void start() throws Exception {
        node = new TestNode(NodeOptions.in(data)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withDataShards(1));
        client = node.client();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private String log() {
        return client.post("/logs", "{\"name\":\"orders\"}")
                .json()
                .get("log_id")
                .asString();
    }

    private void append(String log, String key, int nth, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        all.addAll(List.of("Thalweg-Key", key));
        Client.Answer answer = client.post("/logs/" + log + "/append", key + "#" + nth, all.toArray(String[]::new));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    @Test
    void aTailAndAPagedReaderGoOnOverSplitsWhileOthersWriteAndMissNothingOfAnyKey() throws Exception {
        String log = log();
        Map<String, Integer> written = new HashMap<>();
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        append(log, "first", 1);
        String token = client.get("/logs/" + log + "/events").header("Thalweg-Position");
        assertThat(token).isEqualTo("1");
        Thread writer = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < 400 && failure.get() == null; i++) {
                String key = "key-" + i % 13;
                try {
                    append(log, key, written.merge(key, 1, Integer::sum));
                } catch (Throwable e) {
                    failure.set(e);
                }
            }
            done.set(true);
        });
        List<String> tailed = new ArrayList<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<java.io.InputStream> tail = http.send(
                    client.request("/logs/" + log + "/tail?after=1").GET().build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            for (int split = 0; split < 3; split++) {
                Client.Answer answer = client.post("/logs/" + log + "/split", "{\"partition\":" + split + "}");
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                JsonNode made = answer.json().get("partitions").get(split + 1);
                assertThat(made.get("from").asInt()).isEqualTo(split);
                assertThat(made.get("slots").asInt()).isEqualTo(4096 >> (split + 1));
            }
            writer.join();
            assertThat(failure.get()).isNull();
            assertThat(done).isTrue();
            append(log, "last", 1);
            written.put("last", 1);
            BufferedReader lines = new BufferedReader(new InputStreamReader(tail.body(), StandardCharsets.UTF_8));
            while (tailed.size() < 401) {
                String line = lines.readLine();
                assertThat(line)
                        .as("the tail ended behind %s events", tailed.size())
                        .isNotNull();
                assertThat(line).isNotEqualTo("event: end");
                if (line.startsWith("data:")) {
                    tailed.add(Client.MAPPER
                            .readTree(line.substring(5))
                            .get("payload")
                            .asString());
                }
            }
            tail.body().close();
        }
        assertOrder(tailed, written);
        List<String> paged = new ArrayList<>();
        for (String position = token; ; ) {
            JsonNode page = client.get("/logs/" + log + "/events?limit=50&after=" + position)
                    .json();
            page.get("events").forEach(event -> paged.add(event.get("payload").asString()));
            if (page.get("events").isEmpty()) {
                break;
            }
            position = page.get("position").asString();
        }
        assertOrder(paged, written);
    }

    private static void assertOrder(List<String> events, Map<String, Integer> written) {
        Map<String, Integer> seen = new HashMap<>();
        for (String event : events) {
            String key = event.substring(0, event.indexOf('#'));
            assertThat(event).isEqualTo(key + "#" + seen.merge(key, 1, Integer::sum));
        }
        assertThat(seen).isEqualTo(written);
    }

    @Test
    void whatIsRepeatedAfterASplitIsTheDuplicateThatItWasBefore() {
        String log = log();
        for (String key : List.of("a", "b", "c", "d", "e")) {
            append(log, key, 1, "Idempotency-Key", "idempotent-" + key);
            append(log, key, 2, "Thalweg-Producer", "p-" + key + "/0", "Thalweg-Number", "7");
        }
        assertThat(client.post("/logs/" + log + "/split", "{}").status()).isEqualTo(200);
        for (String key : List.of("a", "b", "c", "d", "e")) {
            for (String[] repeat : List.of(
                    new String[] {"1", "Idempotency-Key", "idempotent-" + key},
                    new String[] {"2", "Thalweg-Producer", "p-" + key + "/0", "Thalweg-Number", "7"})) {
                List<String> headers = new ArrayList<>(List.of("Thalweg-Key", key));
                headers.addAll(List.of(repeat).subList(1, repeat.length));
                Client.Answer answer =
                        client.post("/logs/" + log + "/append", key + "#" + repeat[0], headers.toArray(String[]::new));
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                assertThat(answer.header("Thalweg-Duplicate")).isEqualTo("true");
                assertThat(answer.json().get("partition").asInt()).isZero();
            }
        }
        assertThat(client.get("/logs/" + log + "/stats")
                        .json()
                        .get("event_count")
                        .asInt())
                .isEqualTo(10);
    }

    @Test
    void aSplitSaysWhatIsWrongWithItAndOutlivesTheNode() throws Exception {
        String log = log();
        assertThat(client.post("/logs/" + log + "/split", "{\"partition\":1}").text())
                .contains("partitions 0 to 0");
        assertThat(client.post("/logs/" + log + "/split", "{\"first_slot\":0,\"last_slot\":4095}")
                        .text())
                .contains("some must stay");
        assertThat(client.post("/logs/" + log + "/split", "{\"first_slot\":9}").status())
                .isEqualTo(400);
        assertThat(client.post("/logs/" + log + "/split", "{\"first_slot\":100,\"last_slot\":4095}")
                        .status())
                .isEqualTo(200);
        node.restart();
        client = node.client();
        JsonNode partitions = client.get("/logs/" + log).json().get("partitions");
        assertThat(partitions.get(0).get("slots").asInt()).isEqualTo(100);
        assertThat(partitions.get(1).get("from_at").asString()).isEqualTo("0");
        assertThat(client.post("/logs/" + log + "/split", "{}").text()).contains("'partition' is missing");
    }
}
