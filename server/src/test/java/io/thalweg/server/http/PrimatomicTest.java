package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A client of Primatomic, as its documentation describes one: it should not notice whom it talks to. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PrimatomicTest {
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

    @Test
    void theQuickstartWorksAsDocumented() throws Exception {
        Client.Answer token = node.anonymous()
                .post("/auth/token", "{\"api_key\":\"" + node.dev().apiKey() + "\",\"expires_in_secs\":600}");
        assertThat(token.status()).isEqualTo(200);
        assertThat(token.json().get("token_type").asString()).isEqualTo("Bearer");
        assertThat(token.json().get("expires_in").asInt()).isEqualTo(600);
        String header = token.json().get("access_token").asString().replaceFirst("\\..*", "");
        assertThat(new String(Base64.getUrlDecoder().decode(header), StandardCharsets.UTF_8))
                .contains("RS256");

        Client.Answer created = client.post("/logs", "{\"name\":\"order-events\"}");
        assertThat(created.json().get("success").asBoolean()).isTrue();
        String log = created.json().get("log_id").asString();
        assertThat(UUID.fromString(log)).isNotNull();

        assertThat(client.post("/logs/" + log + "/append", "{\"inc\": 10}").text())
                .isEqualTo("{\"sequence\":1,\"success\":true}");
        assertThat(client.post("/logs/" + log + "/append", "{\"dec\": 5}").text())
                .isEqualTo("{\"sequence\":2,\"success\":true}");
        Client.Answer batch = client.post(
                "/logs/" + log + "/append_batch?delimiter=%0A",
                "{\"inc\": 1}\n{\"inc\": 2}\n",
                "Idempotency-Key",
                "b1");
        assertThat(batch.text()).isEqualTo("{\"sequences\":[3,4],\"success\":true}");

        Client.Answer view = client.post(
                "/logs/" + log + "/views/counter",
                TestNode.component("counter-c.wasm"),
                "Content-Type",
                "application/octet-stream");
        assertThat(view.status()).as(view.text()).isEqualTo(201);
        assertThat(view.json().get("success").asBoolean()).isTrue();
        assertThat(UUID.fromString(view.json().get("view_id").asString())).isNotNull();
        Client.Answer answer = client.post("/logs/" + log + "/views/counter/query?after=4", "");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("{\"count\":8}");
        assertThat(answer.header("Thalweg-Position")).isEqualTo("4");

        JsonNode stats = client.get("/logs/" + log + "/stats").json();
        assertThat(stats.get("event_count").asInt()).isEqualTo(4);
        assertThat(stats.get("view_count").asInt()).isEqualTo(1);
        assertThat(stats.get("log_name").asString()).isEqualTo("order-events");
        assertThat(stats.get("first_event_at").asLong()).isPositive();
        JsonNode about = client.get("/logs/" + log).json();
        assertThat(about.get("log_name").asString()).isEqualTo("order-events");
        assertThat(UUID.fromString(about.get("tenant_id").asString())).isNotNull();
    }

    @Test
    void theOlderFormCreatesALogToo() {
        Client.Answer created = client.send(client.request("/logs/by%20path")
                .POST(java.net.http.HttpRequest.BodyPublishers.noBody())
                .build());
        assertThat(created.status()).isEqualTo(201);
        assertThat(client.get("/logs/" + created.json().get("log_id").asString())
                        .json()
                        .get("log_name")
                        .asString())
                .isEqualTo("by path");
        assertThat(client.post("/logs", "{\"name\":\"by path\"}").status()).isEqualTo(409);
    }

    @Test
    void anEmptyLogHasNoTimes() {
        JsonNode stats =
                client.get("/logs/" + client.createLog("empty") + "/stats").json();
        assertThat(stats.get("first_event_at").isNull()).isTrue();
        assertThat(stats.get("last_event_at").isNull()).isTrue();
        assertThat(stats.get("event_count").asInt()).isZero();
    }

    @Test
    void aRepeatedAppendAnswersWithTheFirstSequence() {
        String path = "/logs/" + client.createLog("idempotent") + "/append";
        Client.Answer first = client.post(path, "a", "Idempotency-Key", "k1");
        client.post(path, "b");
        Client.Answer again = client.post(path, "a", "Idempotency-Key", "k1");
        assertThat(again.text()).isEqualTo(first.text());
        assertThat(again.header("Thalweg-Duplicate")).isEqualTo("true");
        Client.Answer other = client.post(path, "c", "Idempotency-Key", "k1");
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.code()).isEqualTo("idempotency_key_reused");
    }

    @Test
    void anExpectedSequenceIsChecked() {
        String path = "/logs/" + client.createLog("expected") + "/append";
        assertThat(client.post(path, "a", "Expected-Sequence", "0").status()).isEqualTo(200);
        Client.Answer late = client.post(path, "b", "Expected-Sequence", "0");
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.code()).isEqualTo("sequence_mismatch");
        assertThat(client.post(path, "b", "Expected-Sequence", "1").status()).isEqualTo(200);
        assertThat(client.post(path, "b", "Expected-Sequence", "x").status()).isEqualTo(400);
        assertThat(client.post(path, "b", "Expected-Sequence", "-1").status()).isEqualTo(400);
        assertThat(client.post(path + "?ack=none", "b", "Expected-Sequence", "x")
                        .status())
                .as("what can be told at once is, also to whoever waits for nothing")
                .isEqualTo(400);
        assertThat(client.post(path + "?ack=full", "c").json().get("answers").isEmpty())
                .as("of no views")
                .isTrue();
    }

    @Test
    void aBatchIsRefusedForTheDocumentedReasons() {
        String path = "/logs/" + client.createLog("batches") + "/append_batch";
        assertThat(client.post(path + "?delimiter=%0A", "a\nb").status()).isEqualTo(400);
        assertThat(client.post(path, "a\nb", "Idempotency-Key", "k").status()).isEqualTo(400);
        assertThat(client.post(path + "?delimiter=", "a\nb", "Idempotency-Key", "k")
                        .status())
                .isEqualTo(400);
        assertThat(client.post(path + "?delimiter=%0A", "", "Idempotency-Key", "k")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void errorsHaveOneShape() {
        for (Client.Answer answer : java.util.List.of(
                client.get("/logs/" + UUID.randomUUID()),
                client.get("/nowhere"),
                client.post("/logs", "not json"),
                node.anonymous().get("/logs"),
                node.anonymous().post("/auth/token", "{\"api_key\":\"pat_wrong\"}"),
                client.post("/logs/" + client.createLog("shape") + "/views/none/query", ""))) {
            assertThat(answer.status()).isBetween(400, 499);
            assertThat(answer.json().get("error").asString()).isNotBlank();
            assertThat(answer.json().get("code").asString()).isNotBlank();
        }
    }

    @Test
    void usageCountsWhatWentOut() {
        JsonNode usage = client.get("/billing/usage").json();
        assertThat(usage.get("compute_ms").isNumber()).isTrue();
        assertThat(usage.get("data_out_gb").isNumber()).isTrue();
        assertThat(usage.get("storage_gb_hours").isNumber()).isTrue();
    }
}
