package io.thalweg.server.http.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Views over HTTP: deployed, asked, steered, replaced, and there again after a restart. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ViewsTest {
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
    void aQueryThatCannotBeAnsweredInTimeSaysHowFarTheViewIs() throws Exception {
        String log = log("late");
        client.post(log + "/append", "{\"inc\":1}");
        client.post(log + "/views/c", TestNode.component("counter-c.wasm"));
        assertThat(client.post(log + "/views/c/query?after=1", "").text()).isEqualTo("{\"count\":1}");
        Client.Answer late = client.post(log + "/views/c/query?after=2&timeout=50", "");
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.json().get("position").asLong()).isEqualTo(1);
        assertThat(late.json().get("wanted").asLong()).isEqualTo(2);
        assertThat(late.header("Thalweg-Position")).isEqualTo("1");
        assertThat(client.post(log + "/views/c/query?after=tomorrow", "").status())
                .isEqualTo(400);
        assertThat(client.post(log + "/views/none/query", "").status()).isEqualTo(404);
        for (int count = 2; count < 20; count++) {
            client.post(log + "/append", "{\"inc\":1}");
            assertThat(client.post(log + "/views/c/query?consistency=linearizable", "")
                            .text())
                    .isEqualTo("{\"count\":" + count + "}");
        }
    }

    @Test
    void parametersReachTheView() throws Exception {
        String log = log("delays");
        client.post(
                log + "/append_batch",
                "{\"origin\":\"SFO\",\"destination\":\"LAX\",\"delay\":10,\"distance\":337,\"date\":\"2001/01/01"
                    + " 00:00\"}\n"
                    + "{\"origin\":\"SFO\",\"destination\":\"JFK\",\"delay\":20,\"distance\":2586,\"date\":\"2001/01/01"
                    + " 00:01\"}",
                "Content-Type",
                "application/x-ndjson");
        Client.Answer deployed = client.post(log + "/views/delays", TestNode.component("delays-c.wasm"));
        assertThat(deployed.status()).as(deployed.text()).isEqualTo(201);
        assertThat(deployed.json().get("world").asString()).startsWith("thalweg:view");
        Client.Answer answer = client.post(log + "/views/delays/query?after=2&airport=SFO", "");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.header("content-type")).startsWith("application/json");
        assertThat(answer.text()).contains("SFO");
    }

    @Test
    void whatIsNoViewIsRefusedWithWhatIsMissing() {
        String log = log("refusals");
        for (byte[] bytes :
                new byte[][] {new byte[0], "not wasm".getBytes(StandardCharsets.UTF_8), {0, 'a', 's', 'm', 1, 0, 0, 0}
                }) {
            Client.Answer answer = client.post(log + "/views/v", bytes);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.code()).isEqualTo("invalid_component");
        }
        assertThat(client.get(log + "/views").json().get("views")).isEmpty();
    }

    @Test
    void aNewVersionTakesOverAndCanBeRolledBack() throws Exception {
        String log = log("versions");
        client.post(log + "/append", "{\"inc\":3}");
        client.post(log + "/views/c", TestNode.component("counter-c.wasm"));
        assertThat(client.post(log + "/views/c", TestNode.component("counter-rs.wasm"))
                        .status())
                .isEqualTo(409);
        Client.Answer second = client.post(log + "/views/c?replace", TestNode.component("counter-rs.wasm"));
        assertThat(second.status()).as(second.text()).isEqualTo(200);
        assertThat(second.json().get("version").asInt()).isEqualTo(2);
        awaitActive(log, 2);
        Client.Answer answer = client.post(log + "/views/c/query?after=1", "");
        assertThat(answer.header("Thalweg-View-Version")).isEqualTo("2");
        JsonNode rolledBack = client.post(log + "/views/c/rollback", "").json();
        assertThat(rolledBack.get("active_version").asInt()).isEqualTo(1);
        client.post(log + "/append", "{\"inc\":1}");
        Client.Answer old = client.post(log + "/views/c/query?after=2", "");
        assertThat(old.text()).isEqualTo("{\"count\":4}");
        assertThat(old.header("Thalweg-View-Version")).isEqualTo("1");
    }

    private void awaitActive(String log, int version) {
        await().atMost(Duration.ofMinutes(1))
                .until(() -> client.get(log + "/views/c")
                                .json()
                                .get("active_version")
                                .asInt()
                        == version);
    }

    private void awaitState(String view, String state) {
        await().atMost(Duration.ofMinutes(1))
                .until(() -> client.get(view).json().get("state").asString().equals(state));
    }

    @Test
    void aPausedViewStandsStillUntilItIsResumed() throws Exception {
        String log = log("pause");
        client.post(log + "/append", "{\"inc\":1}");
        client.post(log + "/views/c", TestNode.component("counter-c.wasm"));
        client.post(log + "/views/c/query?after=1", "");
        assertThat(client.post(log + "/views/c/pause", "").json().get("wanted").asString())
                .isEqualTo("paused");
        awaitState(log + "/views/c", "paused");
        client.post(log + "/append", "{\"inc\":1}");
        assertThat(client.post(log + "/views/c/query?after=2&timeout=50", "").status())
                .isIn(503, 504);
        assertThat(client.post(log + "/views/c/query", "").text()).isEqualTo("{\"count\":1}");
        client.post(log + "/views/c/resume", "");
        assertThat(client.post(log + "/views/c/query?after=2", "").text()).isEqualTo("{\"count\":2}");
        assertThat(client.post(log + "/views/c/retry", "").status()).isEqualTo(409);
        assertThat(client.post(log + "/views/c/skip", "").status()).isEqualTo(409);
        assertThat(client.delete(log + "/views/c").status()).isEqualTo(204);
        assertThat(client.get(log + "/views/c").status()).isEqualTo(404);
        assertThat(client.post(log + "/views/c/query", "").status()).isEqualTo(404);
    }

    @Test
    void aPoisonEventParksTheViewUntilItIsSkipped() throws Exception {
        String log = log("poison");
        client.post(log + "/append_batch", "{\"origin\":\"SFO\"}\nnull", "Content-Type", "application/x-ndjson");
        client.post(log + "/views/d", TestNode.component("delays-c.wasm"));
        awaitState(log + "/views/d", "parked");
        JsonNode parked = client.get(log + "/views/d").json();
        assertThat(parked.get("blocked_at").asLong()).isEqualTo(1);
        assertThat(parked.get("reason").asString()).isNotBlank();
        assertThat(client.post(log + "/views/d/query?after=1&timeout=100", "").status())
                .isIn(503, 504);
        assertThat(client.post(log + "/views/d/skip?sequence=7", "").status()).isEqualTo(409);
        assertThat(client.post(log + "/views/d/skip?reason=by+hand", "").status())
                .isEqualTo(200);
        await().atMost(Duration.ofMinutes(1))
                .until(() -> client.get(log + "/views/d").json().get("position").asLong() >= 1);
        // What was decided about an event holds for the next version, too, so that it can take over.
        client.post(log + "/views/d?replace", TestNode.component("delays-c.wasm"));
        await().atMost(Duration.ofMinutes(1)).until(() -> skipThrough(log));
        assertThat(client.get(log + "/views/d").json().get("versions").get(1).get("missing"))
                .isEmpty();
        for (JsonNode found : client.get("/logs").json().get("logs")) {
            if (found.get("log_name").asString().equals("$dead-letters")) {
                JsonNode letters = client.get("/logs/" + found.get("log_id").asString() + "/events")
                        .json()
                        .get("events");
                assertThat(letters.get(0).get("headers").get("thalweg-reason").asString())
                        .isEqualTo("by hand");
                assertThat(letters.get(0)
                                .get("headers")
                                .get("thalweg-source-sequence")
                                .asString())
                        .isEqualTo("1");
                assertThat(letters.get(0).get("payload").get("origin").asString())
                        .isEqualTo("SFO");
            }
        }
    }

    /** Both versions stand before the second wrong event, and pass it together. */
    private boolean skipThrough(String log) {
        JsonNode view = client.get(log + "/views/d").json();
        if (view.get("active_version").asInt() == 2) {
            return true;
        }
        for (JsonNode version : view.get("versions")) {
            if (version.get("state").asString().equals("parked")) {
                assertThat(version.get("blocked_at").asLong())
                        .as(view.toString())
                        .isEqualTo(2);
                client.post(log + "/views/d/skip?sequence=2", "");
            }
        }
        return false;
    }

    @Test
    void retentionWaitsForAViewButNotForEver() throws Exception {
        String log = log("patience");
        client.post(log + "/views/c", TestNode.component("counter-c.wasm"));
        client.post(log + "/views/c/pause", "");
        awaitState(log + "/views/c", "paused");
        for (int i = 0; i < 200; i++) {
            client.post(log + "/append", new byte[10_000]);
        }
        client.patch(log, "{\"retention\":{\"max_bytes\":500000}}");
        await().atMost(Duration.ofMinutes(2))
                .until(() ->
                        client.get(log + "/stats").json().get("first_sequence").asLong() > 1);
        // Twice what the bound says, and no more.
        JsonNode stats = client.get(log + "/stats").json();
        assertThat(stats.get("event_count").asLong()).isBetween(90L, 110L);
        long first = stats.get("first_sequence").asLong();
        client.post(log + "/views/c/resume", "");
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        client.get(log + "/views/c").json().get("blocked_at").asLong(0) == 1);
        assertThat(client.get(log + "/views/c").json().get("reason").asString())
                .contains("events 1 to " + (first - 1) + " were removed by retention");
        assertThat(client.post(log + "/views/c/skip?sequence=1", "").status()).isEqualTo(200);
        String missing = "1-" + (first - 1);
        Client.Answer answer = client.post(log + "/views/c/query?after=200", "");
        assertThat(answer.header("Thalweg-Missing")).isEqualTo(missing);
        assertThat(client.get(log + "/views/c").json().get("missing").get(0).asString())
                .isEqualTo(missing);
        // The next view begins where retention is by then: nobody holds it back any more.
        JsonNode later = client.post(log + "/views/late", TestNode.component("counter-c.wasm"))
                .json();
        assertThat(later.get("version").asInt()).isEqualTo(1);
        String gap = client.post(log + "/views/late/query?after=200", "").header("Thalweg-Missing");
        assertThat(gap).startsWith("1-");
        assertThat(Long.parseLong(gap.substring(2)) + 1)
                .isBetween(
                        first,
                        client.get(log + "/stats").json().get("first_sequence").asLong());
    }

    @Test
    void everythingIsThereAfterARestart(@TempDir Path data) throws Exception {
        try (TestNode restarted = new TestNode(data)) {
            Client before = restarted.client();
            String log = "/logs/" + before.createLog("kept");
            before.post(log + "/append", "{\"inc\":2}", "Idempotency-Key", "k");
            before.post(log + "/views/c", TestNode.component("counter-c.wasm"));
            assertThat(before.post(log + "/views/c/query?after=1", "").text()).isEqualTo("{\"count\":2}");
            double usedBefore =
                    before.get("/billing/usage").json().get("data_out_gb").asDouble();
            assertThat(usedBefore).isPositive();
            String key = restarted.dev().apiKey();
            restarted.restart();
            assertThat(restarted.dev().apiKey()).isEqualTo(key);
            Client after = restarted.client();
            assertThat(after.post(log + "/append", "{\"inc\":2}", "Idempotency-Key", "k")
                            .text())
                    .isEqualTo("{\"sequence\":1,\"success\":true}");
            assertThat(after.post(log + "/append", "{\"inc\":5}").text())
                    .isEqualTo("{\"sequence\":2,\"success\":true}");
            assertThat(after.post(log + "/views/c/query?after=2", "").text()).isEqualTo("{\"count\":7}");
            assertThat(after.get("/logs").text()).contains("kept");
            assertThat(after.get("/billing/usage").json().get("data_out_gb").asDouble())
                    .isGreaterThanOrEqualTo(usedBefore);
            assertThat(after.get("/billing/usage").json().get("compute_ms").asDouble())
                    .isPositive();
        }
    }
}
