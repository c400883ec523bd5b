package io.thalweg.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /metrics} says, and that the board and the alerts in {@code deploy/} ask for nothing else. */
class MetricsTest {
    private static final Path DEPLOY = Path.of("..", "deploy");
    private static final Pattern NAME = Pattern.compile("(?:thalweg|jvm)_[a-z_]+");

    @Test
    void aNodeCountsWhatItHasAndHowLongCallsTake(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            String log = client.createLog("measured");
            client.post("/ledgers", "{\"name\":\"books\"}");
            client.post("/logs/" + log + "/append", "x".repeat(1_000));
            String ledger =
                    client.get("/ledgers").json().at("/ledgers/0/ledger_id").asString();
            client.post("/ledgers/" + ledger + "/transfers", "[]");
            // A call is counted when all of it is over, behind what its client sees of it.
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            node.anonymous().get("/metrics").text().contains("{route=\"append_log\",status=\"200\""));
            String metrics = node.anonymous().get("/metrics").text();
            assertThat(metrics)
                    .contains("thalweg_tenants 1.0")
                    .contains("thalweg_logs 4.0")
                    .contains("thalweg_ledgers 2.0")
                    .contains("thalweg_disk_free_bytes ")
                    .containsPattern("thalweg_disk_bytes\\{part=\"journal\"} [1-9]")
                    .contains("thalweg_http_calls_seconds_bucket{route=\"append_log\",status=\"200\",le=\"+Inf\"} 1");
            assertAllThere("prometheus/alerts.yaml", metrics);
            assertAllThere("grafana/thalweg.json", metrics);
        }
    }

    @Test
    void numbersHaveAnAddressOfTheirOwnIfAsked(@TempDir Path data) throws Exception {
        NodeOptions options = NodeOptions.in(data).withHttp("127.0.0.1", 0).withMetrics(new HostPort("127.0.0.1", 0));
        try (TestNode node = new TestNode(options);
                HttpClient http = HttpClient.newHttpClient()) {
            assertThat(node.anonymous().get("/metrics").status()).isEqualTo(404);
            assertThat(node.anonymous().get("/openapi.json").text()).doesNotContain("\"/metrics\"");
            String own = node.node().metricsUrl();
            assertThat(get(http, own + "/metrics").body())
                    .contains("thalweg_node_up 1")
                    .contains("thalweg_tenants ");
            assertThat(get(http, own + "/health/ready").statusCode()).isEqualTo(200);
            assertThat(get(http, own + "/logs").statusCode()).isEqualTo(404);
        }
    }

    private static HttpResponse<String> get(HttpClient http, String url) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    }

    private static void assertAllThere(String file, String metrics) throws Exception {
        TreeSet<String> asked = new TreeSet<>();
        NAME.matcher(Files.readString(DEPLOY.resolve(file))).results().forEach(name -> asked.add(name.group()));
        assertThat(asked).hasSizeGreaterThan(5);
        // Only a node with a certificate knows when it expires.
        asked.remove("thalweg_tls_certificate_expires");
        List<String> there =
                metrics.lines().map(line -> line.replaceFirst("[{ ].*", "")).toList();
        assertThat(there).containsAll(asked);
    }
}
