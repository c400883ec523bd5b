package io.thalweg.server.http.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.Slots;
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
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Logs of several partitions, positions in them, producers, and appends to several logs at once. */
final class PartitionedLogsTest {
    @TempDir
    private static Path data;

    private static TestNode node;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        node = new TestNode(NodeOptions.in(data)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withDataShards(2));
        client = node.client();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static String create(String name, int partitions, String with) {
        Client.Answer answer = client.post(
                "/logs",
                "{\"name\":\"" + name + "\",\"partitions\":" + partitions
                        + (with.isEmpty() ? "" : ",\"with\":\"" + with + "\"") + "}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().get("log_id").asString();
    }

    /** A log of several partitions in one shard: beside one that has a single one. */
    private static String inOneShard(String name, int partitions) {
        return create(name, partitions, create(name + "-anchor", 1, ""));
    }

    @Test
    void eachKeyHasItsPartitionWhereItsEventsKeepTheirOrderAndAPositionLeadsThroughAllOfThem() {
        String log = create("keyed", 5, "");
        Map<String, List<Integer>> sent = new HashMap<>();
        for (int i = 0; i < 60; i++) {
            String key = "key-" + new Random(i).nextInt(9);
            Client.Answer answer = client.post("/logs/" + log + "/append", "" + i, "Thalweg-Key", key);
            assertThat(answer.json().get("partition").asInt()).isEqualTo(Slots.partition(Slots.of(key), 5));
            assertThat(answer.header("Thalweg-Position")).startsWith("p");
            sent.computeIfAbsent(key, _ -> new ArrayList<>()).add(i);
        }
        Map<String, List<Integer>> read = new HashMap<>();
        List<Integer> order = new ArrayList<>();
        String position = "";
        while (true) {
            Client.Answer page =
                    client.get("/logs/" + log + "/events?limit=7" + (position.isEmpty() ? "" : "&after=" + position));
            if (page.json().get("events").isEmpty()) {
                break;
            }
            for (JsonNode event : page.json().get("events")) {
                int payload = Integer.parseInt(event.get("payload").asString());
                read.computeIfAbsent(event.get("key").asString(), _ -> new ArrayList<>())
                        .add(payload);
                order.add(payload);
            }
            position = page.json().get("position").asString();
            assertThat(page.header("Thalweg-Position")).isEqualTo(position);
        }
        assertThat(read).isEqualTo(sent);
        assertThat(order).as("shards share a clock here").hasSize(60);
        JsonNode whole = client.get("/logs/" + log).json();
        JsonNode stats = client.get("/logs/" + log + "/stats").json();
        long heads = 0;
        for (JsonNode partition : whole.get("partitions")) {
            heads += Long.parseLong(partition.get("head").asString());
            assertThat(partition.get("leader").asString()).isEqualTo("n1");
        }
        assertThat(heads).isEqualTo(60);
        assertThat(stats.get("event_count").asInt()).isEqualTo(60);
        assertThat(stats.get("partitions")).hasSize(5);
        assertThat(client.get("/logs/" + log + "/events?partition=5").status()).isEqualTo(400);
        assertThat(client.get("/logs/" + log + "/events?from=1").status()).isEqualTo(400);
        assertThat(client.get("/logs/" + log + "/events?after=17").text()).contains("partitions");
        assertThat(client.get("/logs/" + log + "/events?partition=0&from=1")
                        .json()
                        .get("next"))
                .isNotNull();
    }

    @Test
    void aTailOverAllPartitionsGoesOnBehindTheLastEventThatItsReaderSaw() throws Exception {
        String log = create("tailed", 3, "");
        List<String> seen = new ArrayList<>();
        String last = client.get("/logs/" + log + "/events").header("Thalweg-Position");
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 4; i++) {
                    client.post("/logs/" + log + "/append", round + "/" + i, "Thalweg-Key", "k" + i);
                }
                HttpResponse<java.io.InputStream> tail = http.send(
                        client.request("/logs/" + log + "/tail")
                                .header("Last-Event-ID", last)
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
                try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(tail.body(), StandardCharsets.UTF_8))) {
                    for (int events = 0; events < 4; ) {
                        String line = lines.readLine();
                        assertThat(line).isNotNull();
                        if (line.startsWith("id: ")) {
                            last = line.substring(4);
                        } else if (line.startsWith("data: ")) {
                            seen.add(Client.MAPPER
                                    .readTree(line.substring(6))
                                    .get("payload")
                                    .asString());
                            events++;
                        }
                    }
                }
            }
        }
        assertThat(seen)
                .containsExactly("0/0", "0/1", "0/2", "0/3", "1/0", "1/1", "1/2", "1/3", "2/0", "2/1", "2/2", "2/3");
    }

    /** More than a step of a tail takes, so that it stops in the middle of a partition and looks around. */
    @Test
    void aTailThatIsFarBehindGivesEachEventOnce() throws Exception {
        String log = create("far-behind", 2, "");
        for (int i = 0; i < 2; i++) {
            String lines = "x\n".repeat(1_300);
            assertThat(client.post(
                                    "/logs/" + log + "/append_batch?partition=" + i + "&delimiter=%0A",
                                    lines,
                                    "Idempotency-Key",
                                    "k" + i)
                            .status())
                    .isEqualTo(200);
        }
        String begin =
                client.get("/logs/" + log + "/events?partition=0&limit=1").header("Thalweg-Position");
        List<String> seen = new ArrayList<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<java.io.InputStream> tail = http.send(
                    client.request("/logs/" + log + "/tail")
                            .header("Last-Event-ID", begin)
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(tail.body(), StandardCharsets.UTF_8))) {
                while (seen.size() < 2_599) {
                    String line = lines.readLine();
                    if (line.startsWith("data: ")) {
                        JsonNode event = Client.MAPPER.readTree(line.substring(6));
                        seen.add(event.get("partition").asInt() + "/"
                                + event.get("sequence").asString());
                    }
                }
            }
        }
        assertThat(seen).doesNotHaveDuplicates();
    }

    @Test
    void whatWouldBeIgnoredIsRefused() {
        String log = create("strict", 4, "");
        assertThat(client.post("/logs/" + log + "/append", "x", "Expected-Sequence", "0")
                        .text())
                .contains("choose one");
        assertThat(client.post("/logs/" + log + "/append?partition=1", "x", "Expected-Sequence", "0")
                        .status())
                .isEqualTo(200);
        String event = "{\"log\":\"strict\",\"partition\":0,\"payload\":\"x\"}\n";
        assertThat(client.post("/append", event, "Content-Type", "application/x-ndjson", "Idempotency-Key", "k")
                        .text())
                .contains("take no Idempotency-Key");
        assertThat(client.post("/append", event, "Content-Type", "application/x-ndjson", "Expected-Sequence", "0")
                        .text())
                .contains("expected_sequence");
    }

    @Test
    void aTailWaitsForAPositionThatThisNodeDoesNotHaveYet() throws Exception {
        String log = create("ahead", 1, "");
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<java.io.InputStream> tail = http.send(
                    client.request("/logs/" + log + "/tail")
                            .header("Last-Event-ID", "2")
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            assertThat(tail.statusCode()).isEqualTo(200);
            for (int i = 1; i <= 3; i++) {
                client.post("/logs/" + log + "/append", "event " + i);
            }
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(tail.body(), StandardCharsets.UTF_8))) {
                String line = lines.readLine();
                while (line != null && !line.startsWith("id: ")) {
                    line = lines.readLine();
                }
                assertThat(line).isEqualTo("id: 3");
            }
        }
    }

    @Test
    void aProducersRepeatIsTheFirstAnswerAgainAndWhatIsOlderIsRefused() {
        String log = inOneShard("produced", 4);
        Client.Answer first = produce(log, "importer/1", 1, "a");
        Client.Answer again = produce(log, "importer/1", 1, "a");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.text()).isEqualTo(first.text());
        assertThat(first.header("Thalweg-Duplicate")).isEmpty();
        assertThat(again.header("Thalweg-Duplicate")).isEqualTo("true");
        assertThat(produce(log, "importer/1", 5, "b").status()).as("a gap").isEqualTo(200);
        assertThat(produce(log, "importer/1", 4, "c").code()).isEqualTo("producer_number");
        assertThat(produce(log, "importer/2", 1, "d").status()).isEqualTo(200);
        assertThat(produce(log, "importer/1", 6, "e").code()).isEqualTo("producer_fenced");
        assertThat(produce(log, "importer", 6, "e").status()).isEqualTo(400);
        assertThat(client.post("/logs/" + log + "/append", "x", "Thalweg-Producer", "a/1")
                        .status())
                .isEqualTo(400);
        Client.Answer batch = client.post(
                "/logs/" + log + "/append_batch",
                "{\"key\":\"a\",\"payload\":1}\n{\"key\":\"b\",\"payload\":2}\n",
                "Content-Type",
                "application/vnd.thalweg.events+ndjson",
                "Thalweg-Producer",
                "importer/2",
                "Thalweg-Number",
                "2");
        assertThat(batch.status()).as(batch.text()).isEqualTo(200);
        assertThat(batch.json().get("partitions")).hasSize(2);
        assertThat(client.get("/logs/" + log + "/events").json().get("events")).hasSize(5);
    }

    private static Client.Answer produce(String log, String producer, int number, String payload) {
        return client.post(
                "/logs/" + log + "/append", payload, "Thalweg-Producer", producer, "Thalweg-Number", "" + number);
    }

    @Test
    void eventsForSeveralLogsAreAppendedAllOrNoneIfOneShardHoldsThem() {
        String left = create("left", 1, "");
        String right = create("right", 2, left);
        Client.Answer done = appendAll("{\"log\":\"left\",\"payload\":\"1\"}\n{\"log\":\"" + right
                + "\",\"key\":\"k\",\"payload\":{\"n\":2}}\n{\"log\":\"left\",\"payload\":3}\n");
        assertThat(done.status()).as(done.text()).isEqualTo(200);
        assertThat(done.json().get("results")).hasSize(3);
        assertThat(done.json().at("/results/2/sequence").asInt()).isEqualTo(2);
        assertThat(appendAll("{\"log\":\"left\",\"payload\":\"4\"}\n"
                                + "{\"log\":\"right\",\"partition\":1,\"expected_sequence\":7,\"payload\":5}\n")
                        .code())
                .isEqualTo("sequence_mismatch");
        assertThat(client.get("/logs/" + left + "/stats")
                        .json()
                        .get("event_count")
                        .asInt())
                .isEqualTo(2);
        String spread = create("spread", 64, "");
        int other = 0;
        JsonNode partitions = client.get("/logs/" + spread).json().get("partitions");
        while (partitions.get(other).get("shard").equals(partitions.get(0).get("shard"))) {
            other++;
        }
        assertThat(appendAll("{\"log\":\"spread\",\"partition\":0,\"payload\":1}\n"
                                + "{\"log\":\"spread\",\"partition\":" + other + ",\"payload\":1}\n")
                        .code())
                .isEqualTo("not_one_shard");
        assertThat(appendAll("{\"log\":\"nowhere\",\"payload\":1}\n").status()).isEqualTo(404);
        assertThat(appendAll("{\"log\":\"$audit\",\"payload\":1}\n").status()).isEqualTo(403);
        assertThat(appendAll("{\"payload\":1}\n").status()).isEqualTo(400);
        assertThat(appendAll("").status()).isEqualTo(400);
    }

    private static Client.Answer appendAll(String lines) {
        return client.post("/append", lines, "Content-Type", "application/x-ndjson");
    }
}
