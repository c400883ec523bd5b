package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cli.api.Api;
import io.thalweg.server.data.DataReport;
import io.thalweg.server.data.DataVerifier;
import io.thalweg.server.data.DirectoryLock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A bit that turns on the disk of one of three nodes: the others have it right. {@code RottenReplicaTest} has what is replaced. */
@Timeout(300)
class DamageIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** More than one segment of a journal. */
    private static final int BATCHES = 9;

    private static final int EVENTS = 9;
    private static final int EVENT_BYTES = 1_000_000;

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> send(String method, String url, String key, String type, String body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .timeout(Duration.ofSeconds(60))
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", type)
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private double metric(String node, String name) throws Exception {
        return send("GET", node + "/metrics", "", "text/plain", "")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(-1);
    }

    private static List<Path> list(Path folder, String end) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(end))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(at);
            int before = opened.read();
            opened.seek(at);
            opened.write(before ^ 1);
        }
    }

    /** One by one, for they are large. */
    private void requireAll(String node, String log, String key, long last) throws Exception {
        for (long sequence = 1; sequence <= last; sequence++) {
            HttpResponse<String> page =
                    send("GET", node + "/logs/" + log + "/events?limit=1&from=" + sequence, key, "text/plain", "");
            assertThat(page.statusCode()).as("event %d", sequence).isEqualTo(200);
            assertThat(Api.JSON.readTree(page.body()).get("events").size()).isEqualTo(1);
        }
    }

    @Test
    void eventsAreMendedFromAnotherReplica() throws Exception {
        Path data = directory.resolve("cluster");
        try (LocalProcess local = LocalProcess.start(data, "--nodes", "3", "--shards", "1")) {
            List<String> nodes = local.all("http");
            String key = local.apiKey();
            String log = Api.JSON
                    .readTree(send("POST", nodes.getFirst() + "/logs", key, "application/json", "{\"name\":\"orders\"}")
                            .body())
                    .get("log_id")
                    .asString();
            for (int batch = 0; batch < BATCHES; batch++) {
                String lines = ("{\"payload\":\"" + "x".repeat(EVENT_BYTES) + "\"}\n").repeat(EVENTS);
                HttpResponse<String> done = send(
                        "POST",
                        nodes.getFirst() + "/logs/" + log + "/append_batch",
                        key,
                        "application/vnd.thalweg.events+ndjson",
                        lines);
                assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
            }
            String second = nodes.get(1);
            Path shard = data.resolve("n2").resolve("shards").resolve("1");
            await().atMost(PATIENCE)
                    .until(() -> list(shard.resolve("journal"), ".seg").size() > 1);
            Path first = list(shard.resolve("journal"), ".seg").getFirst();
            flip(first, 5_000_000);
            // Whoever reads it meets it, until it is right; then everybody reads all.
            await().atMost(PATIENCE).untilAsserted(() -> requireAll(second, log, key, 2 * EVENTS));
            assertThat(metric(second, "thalweg_damage_mended_total")).isEqualTo(1);
            assertThat(metric(second, "thalweg_damage_given_up_total")).isZero();
            local.stop();
        }
        for (String node : List.of("n1", "n2", "n3")) {
            Path folder = data.resolve(node);
            try (DirectoryLock _ = DirectoryLock.take(folder)) {
                DataReport verified = DataVerifier.verify(folder, (_, _) -> {});
                assertThat(verified.findings()).as(node).isEmpty();
                assertThat(verified.refusal()).as(node).isEmpty();
            }
        }
    }
}
