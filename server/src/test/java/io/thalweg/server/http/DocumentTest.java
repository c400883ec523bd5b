package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.networknt.schema.InputFormat;
import io.thalweg.server.Client;
import io.thalweg.server.Contract;
import io.thalweg.server.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** What the node says about itself. That replies are as documented, every other test checks through {@link Contract}. */
class DocumentTest {

    @Test
    void everyRouteIsInTheDocumentAndNothingElse(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            JsonNode document = node.anonymous().get("/openapi.json").json();
            assertThat(document.get("openapi").asString()).startsWith("3.1");
            Set<String> documented = new HashSet<>();
            Set<String> ids = new HashSet<>();
            for (String path : document.get("paths").propertyNames()) {
                for (String method : document.get("paths").get(path).propertyNames()) {
                    JsonNode operation = document.get("paths").get(path).get(method);
                    documented.add(method + " " + path.replaceAll("\\{[^}]*}", "{}"));
                    assertThat(ids.add(operation.get("operationId").asString())).isTrue();
                    operation
                            .findValuesAsString("$ref")
                            .forEach(ref -> assertThat(
                                            document.at(ref.substring(1)).isMissingNode())
                                    .as(ref)
                                    .isFalse());
                }
            }
            Set<String> served = new HashSet<>();
            for (Route route : node.node().routes()) {
                served.add(route.method().text().toLowerCase(java.util.Locale.ROOT) + " "
                        + route.template().replaceAll("\\{[^}]*}", "{}"));
            }
            assertThat(documented).isEqualTo(served);

            Client.Answer page = node.anonymous().get("/docs");
            assertThat(page.text())
                    .contains("/openapi.json")
                    .doesNotContain("http://")
                    .doesNotContain("https://");

            assertThat(node.anonymous().get("/health/live").status()).isEqualTo(200);
            assertThat(node.anonymous().get("/health/ready").status()).isEqualTo(200);
            Client client = node.client();
            client.post("/logs/" + client.createLog("measured") + "/append", "x");
            // A call is counted when all of it is over, behind what its client sees of it.
            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(
                            () -> assertThat(node.anonymous().get("/metrics").text())
                                    .contains("thalweg_events_appended_total 1.0")
                                    .contains("thalweg_shard_role{role=\"leader\",shard=\"0\"} 1")
                                    .contains("thalweg_http_calls_seconds_count{route=\"append_log\",status=\"200\"} 1")
                                    .contains("thalweg_views_lag")
                                    .contains("thalweg_shard_queue_bytes"));
            assertThat(node.dev().readyLine())
                    .matches(
                            "ready"
                                + " \\{\"http\":\"http://127.0.0.1:\\d+\",\"ledger\":\"127.0.0.1:\\d+\",\"tenant\":\"dev\",\"apiKey\":\"pat_[\\w-]+\"}");
        }
    }

    @Test
    void aBodyOfLinesHasAnExampleOfWhichEachLineIsJson(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            JsonNode document = node.anonymous().get("/openapi.json").json();
            int seen = 0;
            for (JsonNode request : document.findValues("requestBody")) {
                for (String type : List.of("application/x-ndjson", "application/vnd.thalweg.events+ndjson")) {
                    JsonNode body = request.at("/content").path(type);
                    if (!body.isMissingNode()) {
                        String example = body.path("example").asString("");
                        assertThat(example).as("%s of %s", type, request).endsWith("}\n");
                        example.lines()
                                .forEach(line -> assertThat(new ObjectMapper().readTree(line))
                                        .as(line)
                                        .isNotEmpty());
                        seen++;
                    }
                }
            }
            assertThat(seen).isGreaterThan(3);
        }
    }

    /** Each is sent as it stands there. */
    @Test
    void aBodyOfBytesHasAnExampleThatTheNodeTakes(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            String log = client.createLog("bytes");
            int seen = 0;
            JsonNode paths = node.anonymous().get("/openapi.json").json().get("paths");
            // Accounts before transfers, as they stand in the document.
            for (String template : paths.propertyNames()) {
                JsonNode content = paths.get(template).at("/post/requestBody/content");
                for (String type : content.propertyNames()) {
                    for (JsonNode example : content.get(type).path("examples")) {
                        String address = example.get("externalValue").asString();
                        byte[] body = Base64.getDecoder().decode(address.substring(address.indexOf(',') + 1));
                        String path = template.replace("{log_id}", log).replace("{ledger_id}", "default")
                                + (template.endsWith("append_batch") && type.equals("application/octet-stream")
                                        ? "?delimiter=%0A"
                                        : "");
                        Client.Answer answer =
                                client.post(path, body, "Content-Type", type, "Idempotency-Key", "k" + seen);
                        assertThat(answer.status())
                                .as("%s %s: %s", path, type, answer.text())
                                .isEqualTo(200);
                        seen++;
                    }
                }
            }
            assertThat(seen).isEqualTo(7);
        }
    }

    @Test
    void whatIsAJsonBodyHasAnExampleThatItsSchemaAllows(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            JsonNode document = node.anonymous().get("/openapi.json").json();
            int seen = 0;
            for (JsonNode body : document.findValues("application/json")) {
                if (!body.path("schema").has("$ref")) {
                    continue;
                }
                String ref = body.at("/schema/$ref").asString();
                String name = ref.substring(ref.lastIndexOf('/') + 1);
                assertThat(body.has("example")).as(name).isTrue();
                assertThat(node.contract
                                .schema(document, name)
                                .validate(body.get("example").toString(), InputFormat.JSON))
                        .as("%s %s", name, body.get("example"))
                        .isEmpty();
                seen++;
            }
            assertThat(seen).isGreaterThan(100);
            JsonNode missing =
                    document.at("/paths/~1logs~1{log_id}/get/responses/404/content/application~1json/example");
            assertThat(missing.get("code").asString()).isEqualTo("not_found");
        }
    }
}
