package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What strangers found at the door about text, bytes and parameters; each was an answer that was wrong once. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DoorFaultsTest {
    private TestNode node;
    private Client client;
    private String log;
    private int logs;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        node = new TestNode(data);
        client = node.client();
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @BeforeEach
    void freshLog() {
        log = "/logs/" + client.createLog("faults-" + logs++);
    }

    private JsonNode events(String query) {
        Client.Answer page = client.get(log + "/events" + query);
        assertThat(page.status()).as(page.text()).isEqualTo(200);
        return page.json();
    }

    private Client.Answer append(byte[] payload, String type) {
        return client.post(log + "/append", payload, "Content-Type", type);
    }

    @Test
    void aPayloadThatIsNotStrictJsonBreaksNoPage() throws IOException {
        String deep = "[".repeat(600) + "]".repeat(600);
        List<byte[]> odd = List.of(
                new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf, '{', '"', 'a', '"', ':', '1', '}'},
                "{\"a\":1}{\"b\":2}".getBytes(StandardCharsets.UTF_8),
                new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'},
                new byte[] {'"', (byte) 0xc0, (byte) 0xaf, '"'},
                "{\"a\":1}".getBytes(StandardCharsets.UTF_16),
                deep.getBytes(StandardCharsets.UTF_8),
                ("1" + "0".repeat(5_000)).getBytes(StandardCharsets.UTF_8),
                "NaN".getBytes(StandardCharsets.UTF_8),
                "{'a':1}".getBytes(StandardCharsets.UTF_8));
        for (byte[] payload : odd) {
            assertThat(append(payload, "application/json").status()).isEqualTo(200);
        }
        JsonNode page = events("?limit=100").get("events");
        assertThat(page.size()).isEqualTo(odd.size());
        for (int i = 0; i < odd.size(); i++) {
            JsonNode event = page.get(i);
            assertThat(event.get("content_type").asString()).isEqualTo("application/json");
            assertThat(event.get("encoding").asString()).as("event %d", i).isIn("text", "base64");
            byte[] read = event.get("encoding").asString().equals("text")
                    ? event.get("payload").asString().getBytes(StandardCharsets.UTF_8)
                    : java.util.Base64.getDecoder().decode(event.get("payload").asString());
            assertThat(read).isEqualTo(odd.get(i));
        }
        for (String line : client.get(log + "/events?limit=100", "Accept", "application/x-ndjson")
                .text()
                .split("\n", -1)) {
            if (!line.isEmpty()) {
                Client.MAPPER.readTree(line);
            }
        }
    }

    @Test
    void namesThatRepeatInAPayloadAreThePayloadsOwn() {
        assertThat(client.post(log + "/append_batch", "{\"a\":1,\"a\":2}\n", "Content-Type", "application/x-ndjson")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"payload\":\"a\\ud800b\",\"encoding\":\"text\"}]",
                "[{\"payload\":\"a\",\"key\":\"k\\udc00\"}]",
                "[{\"payload\":\"a\",\"headers\":{\"h\":\"\\ud800\"}}]",
                "[{\"payload\":\"a\",\"headers\":{\"\\udfff\":\"v\"}}]",
                "[{\"payload\":\"a\",\"content_type\":\"text/\\ud800\"}]"
            })
    void halfOfASurrogatePairIsRefused(String batch) {
        Client.Answer answer =
                client.post(log + "/append_batch", batch, "Content-Type", "application/vnd.thalweg.events+json");
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.text()).contains("event 1").contains("surrogate");
    }

    @Test
    void halfOfASurrogatePairInANameIsRefusedAndAPairIsNot() {
        assertThat(client.post("/logs", "{\"name\":\"a\\ud800b\"}").status()).isEqualTo(400);
        assertThat(client.post("/logs", "{\"name\":\"a\\\\ud800b\"}").status()).isEqualTo(201);
        assertThat(client.post("/logs", "{\"name\":\"\\ud83d\\ude00\"}").status())
                .isEqualTo(201);
    }

    @Test
    void headersThatAreStoredAreUtf8AndThereOnce() throws IOException {
        String head = "POST " + log + "/append HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + node.dev().apiKey() + "\r\nContent-Length: 1\r\n";
        try (Wire wire = new Wire(node.url())) {
            for (String key : List.of("Grün", "Grün2")) {
                wire.send((head + "Thalweg-Key: " + key + "\r\nThalweg-Header-Ort: Zürich\r\n\r\nx")
                        .getBytes(StandardCharsets.UTF_8));
                assertThat(wire.answer().status()).isEqualTo(200);
            }
            assertThat(wire.send(head + "Thalweg-Key: \u00ff\u00fe\r\n\r\nx")
                            .answer()
                            .status())
                    .isEqualTo(400);
            for (String name : List.of("Thalweg-Key", "Idempotency-Key", "Expected-Sequence")) {
                Wire.Answer twice = wire.send(head + name + ": 2\r\n" + name + ": 2\r\n\r\nx")
                        .answer();
                assertThat(twice.status()).as(name).isEqualTo(400);
                assertThat(twice.text()).contains(name);
            }
            wire.send(head + "Thalweg-Header-A: 1\r\nThalweg-Header-A: 2\r\n\r\nx");
            assertThat(wire.answer().status()).isEqualTo(200);
        }
        JsonNode page = events("?limit=100").get("events");
        assertThat(page.get(0).get("key").asString()).isEqualTo("Grün");
        assertThat(page.get(1).get("key").asString()).isEqualTo("Grün2");
        assertThat(page.get(0).get("headers").get("ort").asString()).isEqualTo("Zürich");
        assertThat(page.get(2).get("headers").toString()).isEqualTo("[[\"a\",\"1\"],[\"a\",\"2\"]]");
        assertThat(client.post(
                                log + "/append_batch",
                                page.toString(),
                                "Content-Type",
                                "application/vnd.thalweg.events+json")
                        .status())
                .as("what was read can be appended again")
                .isEqualTo(200);
        assertThat(events("?from=6").get("events").get(0).get("headers"))
                .isEqualTo(page.get(2).get("headers"));
    }

    @Test
    void headsAreWhatTheyAre() {
        for (int i = 0; i < 3; i++) {
            append(new byte[] {'x'}, "text/plain");
        }
        JsonNode beyond = events("?from=1000");
        assertThat(beyond.get("head").asLong()).isEqualTo(3);
        assertThat(beyond.get("events").size()).isZero();
        Client.Answer tail = client.get(log + "/tail?from=1000");
        assertThat(tail.status()).isEqualTo(400);
        assertThat(tail.text()).contains("newest sequence is 3");
    }

    @Test
    void theEventOfABatchThatIsWrongIsNamed() {
        Client.Answer answer = client.post(
                log + "/append_batch",
                "{\"payload\":1}\n{\"payload\":1,\"key\":\"a\",\"key\":\"b\"}\n",
                "Content-Type",
                "application/vnd.thalweg.events+ndjson");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("event 2");
    }

    @Test
    void aParameterThatIsUnknownOrThereTwiceIsRefused() {
        for (String path : List.of(
                log + "/events?limt=1",
                log + "/events?limit=1&limit=2",
                "/ledgers/default/accounts?cod=1",
                "/logs?x",
                "/health/live?verbose=1")) {
            Client.Answer answer = client.get(path);
            assertThat(answer.status()).as(path).isEqualTo(400);
        }
        assertThat(client.get(log + "/events?limt=1").text()).contains("'limt'").contains("limit");
    }

    /** The words of the parser are those of classes, and of switches that a client does not have. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"name\":\"c\",\"partitions\":\"3\"} | 'partitions' is not a whole number in its bounds",
                "[{\"name\":\"k\"}] | it is not an object",
                "{\"name\":\"l\"} {\"name\":\"m\"} | something follows the value",
                "{\"name\":1} | 'name' is not text",
                "{\"name\":NaN} | Non-standard token 'NaN'"
            })
    void jsonThatIsNotWhatIsExpectedIsToldInWordsOfJson(String body, String why) {
        Client.Answer answer = client.post("/logs", body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text())
                .contains(why)
                .doesNotContain("io.thalweg")
                .doesNotContain("java.")
                .doesNotContain("Jackson")
                .doesNotContain("JsonReadFeature");
    }

    @Test
    void aPartOfAnEventThatIsNotWhatItShouldBeIsNamed() {
        Client.Answer answer =
                client.post("/append", "{\"log\":{},\"payload\":1}\n", "Content-Type", "application/x-ndjson");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("event 1").contains("log is not text");
    }

    @Test
    void anObjectsOddValuesAreRefusedOrTakenForWhatTheyMean() {
        assertThat(client.put("/topics/odd", "{\"fields\":{\"\":{\"type\":\"text\"}}}")
                        .text())
                .contains("a field without a name");
        assertThat(client.put(
                                "/topics/odd",
                                "{\"fields\":{\"t\":{\"type\":\"time\"},\"s\":{\"type\":\"text\",\"merge\":\"set\"}}}")
                        .status())
                .isEqualTo(200);
        Client.Answer far = client.post("/topics/odd/objects", "{\"set\":{\"t\":\"+999999999-12-31T23:59:59Z\"}}");
        assertThat(far.status()).as(far.text()).isEqualTo(400);
        assertThat(far.text()).contains("t is a time").contains("2262");
        assertThat(client.post("/topics/odd/objects", "{\"insert\":{\"s\":[\"a\",\"a\"]}}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void theLinkOfAnInvitationIsAPage() {
        Client.Answer page = node.anonymous().get("/invitations/accept?token=inv_x");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.text()).contains("password");
    }

    @Test
    void loginsAndKeysThatAreWrongAreLimitedFromOnePlaceAndNobodyClearsThat() {
        int wrong = 0;
        int limited = 0;
        for (int i = 0; i < 80; i++) {
            int status = node.anonymous()
                    .post("/auth/token", "{\"api_key\":\"pat_" + i + "\"}")
                    .status();
            wrong += status == 401 ? 1 : 0;
            limited += status == 429 ? 1 : 0;
        }
        assertThat(wrong).isBetween(60, 75);
        assertThat(limited).isEqualTo(80 - wrong);
    }
}
