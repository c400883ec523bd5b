package io.thalweg.server.http.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Events in all the forms in which they go in and come out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventsTest {
    private TestNode node;
    private Client client;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        node = new TestNode(data);
        client = node.client();
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private String log(String name) {
        return "/logs/" + client.createLog(name);
    }

    @Test
    void aReadWaitsForThePositionThatItIsToBeBehind() throws Exception {
        String log = log("behind");
        String at = client.post(log + "/append", "one").header("Thalweg-Position");
        client.post(log + "/append", "two");
        assertThat(client.get(log + "/events?after=" + at).json().get("events")).hasSize(1);
        Client.Answer early = client.get(log + "/events?after=4&timeout=50");
        assertThat(early.status()).isEqualTo(504);
        assertThat(early.code()).isEqualTo("deadline_exceeded");
        assertThat(early.text()).contains("up to 2", "not yet 4");
        Thread writer = Thread.ofVirtual().start(() -> {
            for (String text : List.of("three", "four", "five")) {
                client.post(log + "/append", text);
            }
        });
        assertThat(client.get(log + "/events?after=4&timeout=30000")
                        .json()
                        .get("head")
                        .asLong())
                .isGreaterThanOrEqualTo(4);
        writer.join();
    }

    @Test
    void aLinearizableReadShowsAllThatWasAcknowledged() {
        String log = log("fresh");
        for (int i = 1; i <= 50; i++) {
            client.post(log + "/append", "event");
            assertThat(client.get(log + "/events?consistency=linearizable&limit=1")
                            .json()
                            .get("head")
                            .asLong())
                    .isEqualTo(i);
        }
        assertThat(client.get(log + "/events?consistency=eventual").text())
                .contains("parameter 'consistency' is 'eventual', expected one of [stale, linearizable]");
    }

    @Test
    void metadataTravelsWithAnEvent() {
        String log = log("metadata");
        client.post(
                log + "/append",
                "{\"a\":\n1}",
                "Content-Type",
                "application/json",
                "Thalweg-Key",
                "user-1",
                "Thalweg-Header-Trace",
                "9f");
        client.post(log + "/append", new byte[] {(byte) 0xff, 0});
        client.post(log + "/append", "plain \"text\"\n", "Content-Type", "text/plain");
        JsonNode page = client.get(log + "/events").json();
        JsonNode first = page.get("events").get(0);
        assertThat(first.get("sequence").asLong()).isEqualTo(1);
        assertThat(first.get("content_type").asString()).isEqualTo("application/json");
        assertThat(first.get("key").asString()).isEqualTo("user-1");
        assertThat(first.get("headers").get("trace").asString()).isEqualTo("9f");
        assertThat(first.get("encoding").asString()).isEqualTo("json");
        assertThat(first.get("payload").get("a").asInt()).isEqualTo(1);
        JsonNode second = page.get("events").get(1);
        assertThat(second.get("encoding").asString()).isEqualTo("base64");
        assertThat(second.get("payload").asString()).isEqualTo("/wA=");
        assertThat(second.has("content_type")).isFalse();
        JsonNode third = page.get("events").get(2);
        assertThat(third.get("encoding").asString()).isEqualTo("text");
        assertThat(third.get("payload").asString()).isEqualTo("plain \"text\"\n");
        assertThat(page.get("next").asLong()).isEqualTo(4);
        assertThat(page.get("head").asLong()).isEqualTo(3);
    }

    @Test
    void pagesFollowEachOtherWithoutAGap() {
        String log = log("pages");
        client.post(log + "/append_batch?delimiter=,", "a,b,c,d,e", "Idempotency-Key", "k");
        JsonNode first = client.get(log + "/events?limit=2").json();
        assertThat(first.get("next").asLong()).isEqualTo(3);
        JsonNode last = client.get(log + "/events?from=4&limit=100").json();
        assertThat(last.get("events")).hasSize(2);
        JsonNode behind = client.get(log + "/events?from=6").json();
        assertThat(behind.get("events")).isEmpty();
        assertThat(behind.get("next").asLong()).isEqualTo(6);
        assertThat(client.get(log + "/events?from=0").status()).isEqualTo(400);
        assertThat(client.get(log + "/events?limit=0").status()).isEqualTo(400);
        assertThat(client.get(log + "/events?encoding=rot13").status()).isEqualTo(400);
    }

    @Test
    void whatWasReadInAnyFormCanBeAppendedInTheSame() {
        String from = log("original");
        client.post(from + "/append", "{\"n\":1}", "Content-Type", "application/json", "Thalweg-Key", "k");
        client.post(from + "/append", new byte[] {1, (byte) 0xfe, 10, 13, 0});
        client.post(from + "/append", "text\nof two lines", "Thalweg-Header-a", "b");
        client.post(from + "/append", "");
        String original = client.get(from + "/events?encoding=base64").text();
        for (String[] form : List.of(
                new String[] {"application/vnd.thalweg.frames", "application/vnd.thalweg.frames"},
                new String[] {"application/x-ndjson", "application/vnd.thalweg.events+ndjson"})) {
            String to = log("copy as " + form[1].replaceAll(".*[.]", ""));
            Client.Answer read = client.get(from + "/events", "Accept", form[0]);
            assertThat(read.status()).as(read.text()).isEqualTo(200);
            assertThat(read.header("Thalweg-Next-Sequence")).isEqualTo("5");
            Client.Answer written = client.post(to + "/append_batch", read.body(), "Content-Type", form[1]);
            assertThat(written.text()).isEqualTo("{\"sequences\":[1,2,3,4],\"success\":true}");
            assertThat(withoutTimes(client.get(to + "/events?encoding=base64").text()))
                    .isEqualTo(withoutTimes(original));
        }
        String to = log("copy as array");
        String array = client.get(from + "/events").json().get("events").toString();
        client.post(to + "/append_batch", array, "Content-Type", "application/vnd.thalweg.events+json");
        assertThat(withoutTimes(client.get(to + "/events?encoding=base64").text()))
                .isEqualTo(withoutTimes(original));
    }

    private static String withoutTimes(String page) {
        return page.replaceAll("\"time\":\"[^\"]*\"", "");
    }

    @Test
    void aJsonArrayAndLinesKeepTheirPayloadsToTheByte() {
        String log = log("json");
        client.post(
                log + "/append_batch",
                " [ {\"b\" : 1.50, \"a\":[1, 2]} , 17,\"t\\u0041xt\", null,true , 1e400] ",
                "Content-Type",
                "application/json");
        client.post(log + "/append_batch", "{\"x\":1}\r\n\n 12 \n\"s\"", "Content-Type", "application/x-ndjson");
        List<String> payloads = new ArrayList<>();
        for (JsonNode event : client.get(log + "/events?encoding=base64").json().get("events")) {
            assertThat(event.get("content_type").asString()).isEqualTo("application/json");
            payloads.add(new String(
                    java.util.Base64.getDecoder().decode(event.get("payload").asString()), StandardCharsets.UTF_8));
        }
        assertThat(payloads)
                .containsExactly(
                        "{\"b\" : 1.50, \"a\":[1, 2]}",
                        "17",
                        "\"t\\u0041xt\"",
                        "null",
                        "true",
                        "1e400",
                        "{\"x\":1}",
                        "12",
                        "\"s\"");
    }

    @Test
    void aBatchWithOneBadEventAppendsNothing() {
        String log = log("atomic");
        for (String[] bad : List.of(
                new String[] {"application/json", "[1,2,"},
                new String[] {"application/json", "{\"not\":\"an array\"}"},
                new String[] {"application/json", "[1] 2"},
                new String[] {"application/x-ndjson", "{\"a\":1}\n{\"a\":"},
                new String[] {"application/vnd.thalweg.events+json", "[{\"payload\":1},{\"key\":\"no payload\"}]"},
                new String[] {"application/vnd.thalweg.events+json", "[{\"payload\":1},{\"payload\":1,\"typo\":1}]"},
                new String[] {"application/vnd.thalweg.events+json", "[{\"payload\":\"?\",\"encoding\":\"base64\"}]"},
                new String[] {"application/vnd.thalweg.frames", "\u0002\u0000\u0000\u0000\u0000a\u0009\u0000"},
                new String[] {"application/vnd.thalweg.frames", "\u0002\u0000\u0000\u0000@a"},
                new String[] {"application/vnd.thalweg.frames", "\u0003\u0000\u0000\u0000\u0002\u0009\u0000"})) {
            Client.Answer answer = client.post(log + "/append_batch", bad[1], "Content-Type", bad[0]);
            assertThat(answer.status()).as(bad[0] + " " + bad[1]).isEqualTo(400);
        }
        assertThat(client.post(log + "/append_batch", "<x/>", "Content-Type", "application/xml")
                        .status())
                .isEqualTo(415);
        assertThat(client.post(log + "/append_batch", "[]", "Content-Type", "application/json")
                        .status())
                .isEqualTo(400);
        assertThat(client.get(log + "/stats").json().get("event_count").asLong())
                .isZero();
        assertThat(client.post(
                                log + "/append_batch",
                                "[1]",
                                "Content-Type",
                                "application/json",
                                "Expected-Sequence",
                                "1")
                        .status())
                .isEqualTo(409);
        assertThat(client.post(
                                log + "/append_batch",
                                "[1,2]",
                                "Content-Type",
                                "application/json",
                                "Expected-Sequence",
                                "0",
                                "Idempotency-Key",
                                "once")
                        .text())
                .isEqualTo("{\"sequences\":[1,2],\"success\":true}");
        assertThat(client.post(
                                log + "/append_batch",
                                "[1,2]",
                                "Content-Type",
                                "application/json",
                                "Expected-Sequence",
                                "0",
                                "Idempotency-Key",
                                "once")
                        .text())
                .as("a repetition answers before the sequence is looked at")
                .isEqualTo("{\"sequences\":[1,2],\"success\":true}");
        assertThat(client.post(
                                log + "/append_batch",
                                "[1,3]",
                                "Content-Type",
                                "application/json",
                                "Idempotency-Key",
                                "once")
                        .code())
                .isEqualTo("idempotency_key_reused");
    }

    @Test
    void aStreamOfManyEventsIsWhole() {
        String log = log("many");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            lines.append("{\"n\":")
                    .append(i)
                    .append(",\"pad\":\"")
                    .append("x".repeat(100))
                    .append("\"}\n");
        }
        client.post(log + "/append_batch", lines.toString(), "Content-Type", "application/x-ndjson");
        Client.Answer all = client.get(log + "/events?limit=1000000", "Accept", "application/x-ndjson");
        assertThat(all.text().lines().count()).isEqualTo(20_000);
        assertThat(all.text()).endsWith("}\n").contains("\"sequence\":20000,");
        assertThat(all.header("Thalweg-Next-Sequence")).isEqualTo("20001");
        Client.Answer some = client.get(log + "/events?from=5001&limit=2500", "Accept", "application/x-ndjson");
        assertThat(some.text().lines().count()).isEqualTo(2_500);
        assertThat(some.header("Thalweg-Next-Sequence")).isEqualTo("7501");
    }

    @Test
    void bodiesAreBounded() {
        String log = log("bounds");
        byte[] most = new byte[1 << 20];
        assertThat(client.post(log + "/append", most).status()).isEqualTo(200);
        Client.Answer over = client.post(log + "/append", new byte[(1 << 20) + 1]);
        assertThat(over.status()).isEqualTo(413);
        assertThat(over.code()).isEqualTo("too_large");
        assertThat(client.post(log + "/append_batch?delimiter=%00x", new byte[(10 << 20) + 1], "Idempotency-Key", "k")
                        .status())
                .isEqualTo(413);
        assertThat(client.post(log + "/append", "after", "Expected-Sequence", "1")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aTailResumesBehindTheLastEventThatWasSeen() throws Exception {
        String log = log("tail");
        client.post(log + "/append_batch?delimiter=,", "a,b,c", "Idempotency-Key", "k");
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<java.io.InputStream> tail = http.send(
                    client.request(log + "/tail").header("Last-Event-ID", "1").build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            assertThat(tail.statusCode()).isEqualTo(200);
            assertThat(tail.headers().firstValue("content-type")).contains("text/event-stream");
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(tail.body(), StandardCharsets.UTF_8))) {
                assertThat(next(lines)).startsWith("2 ").contains("\"payload\":\"b\"");
                assertThat(next(lines)).startsWith("3 ").contains("\"payload\":\"c\"");
                client.post(log + "/append", "d");
                assertThat(next(lines)).startsWith("4 ").contains("\"payload\":\"d\"");
                client.delete(log);
                assertThat(lines.lines()
                                .filter(line -> line.startsWith("event: "))
                                .findFirst())
                        .contains("event: end");
            }
        }
        assertThat(client.get(log + "/tail?from=x").status()).isEqualTo(404);
    }

    /** The next event of a stream, as "id data". */
    private static String next(BufferedReader lines) throws java.io.IOException {
        String id = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("data: ")) {
                return id + " " + line.substring(6);
            }
        }
        throw new java.io.EOFException("the tail ended");
    }

    @Test
    void whatRetentionNoLongerKeepsIsGone() {
        String log = log("trimmed");
        for (int i = 0; i < 200; i++) {
            client.post(log + "/append", new byte[10_000]);
        }
        client.patch(log, "{\"retention\":{\"max_bytes\":500000}}");
        await().atMost(Duration.ofMinutes(2))
                .until(() ->
                        client.get(log + "/stats").json().get("first_sequence").asLong() > 1);
        JsonNode stats = client.get(log + "/stats").json();
        assertThat(stats.get("head_sequence").asLong()).isEqualTo(200);
        assertThat(stats.get("event_count").asLong()).isBetween(40L, 150L);
        Client.Answer gone = client.get(log + "/events?from=1");
        assertThat(gone.status()).isEqualTo(410);
        assertThat(gone.code()).isEqualTo("sequence_gone");
        assertThat(client.get(log + "/tail?from=1").status()).isEqualTo(410);
        long first = stats.get("first_sequence").asLong();
        assertThat(client.get(log + "/events?limit=1")
                        .json()
                        .get("events")
                        .get(0)
                        .get("sequence")
                        .asLong())
                .isEqualTo(first);
    }

    @Test
    void retentionIsSetAndADeletedLogIsGone() {
        String log = log("short");
        assertThat(client.patch(log, "{\"retention\":{\"max_bytes\":100,\"max_age_seconds\":null}}")
                        .json()
                        .get("retention")
                        .get("max_bytes")
                        .asLong())
                .isEqualTo(100);
        assertThat(client.patch(log, "{\"retention\":{\"max_byte\":100}}").status())
                .isEqualTo(400);
        assertThat(client.patch(log, "{}").status()).isEqualTo(400);
        assertThat(client.patch(log, "{\"retention\":{\"max_bytes\":0}}").status())
                .isEqualTo(400);
        assertThat(client.delete(log).status()).isEqualTo(204);
        assertThat(client.get(log).status()).isEqualTo(404);
        assertThat(client.post(log + "/append", "x").status()).isEqualTo(404);
        log("short");
    }
}
