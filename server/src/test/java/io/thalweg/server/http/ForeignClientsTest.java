package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.TestNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that others wrote, on both protocols, with uploads that are refused while they come. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignClientsTest {
    private static final int HUGE = 110 << 20;

    private TestNode node;
    private String log;
    private Path scratch;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        scratch = data;
        node = new TestNode(data.resolve("node"));
        log = "/logs/" + node.client().createLog("foreign");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(node.url() + path)).timeout(Duration.ofSeconds(60));
    }

    private HttpRequest append(String payload) {
        return request(log + "/append")
                .header("Authorization", "Bearer " + node.dev().apiKey())
                .POST(HttpRequest.BodyPublishers.ofString(payload))
                .build();
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpClient.Version.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void anUploadThatIsRefusedLeavesTheConnectionToOthers(HttpClient.Version version) throws Exception {
        try (HttpClient client = HttpClient.newBuilder().version(version).build()) {
            // A request without a body carries the upgrade to HTTP/2; one with a body is answered as it came.
            client.send(request("/health/live").build(), HttpResponse.BodyHandlers.ofString());
            byte[] block = new byte[1 << 20];
            List<CompletableFuture<HttpResponse<String>>> refused = new ArrayList<>();
            List<CompletableFuture<HttpResponse<String>>> taken = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                HttpRequest upload = request("/logs")
                        .POST(HttpRequest.BodyPublishers.ofByteArrays(
                                () -> java.util.stream.Stream.generate(() -> block)
                                        .limit(HUGE >> 20)
                                        .iterator()))
                        .build();
                refused.add(client.sendAsync(upload, HttpResponse.BodyHandlers.ofString()));
                for (int j = 0; j < 25; j++) {
                    taken.add(client.sendAsync(append("beside " + i + " " + j), HttpResponse.BodyHandlers.ofString()));
                }
            }
            for (CompletableFuture<HttpResponse<String>> answer : taken) {
                HttpResponse<String> got = answer.get(60, TimeUnit.SECONDS);
                assertThat(got.statusCode()).as(got.body()).isEqualTo(200);
                assertThat(got.version()).isEqualTo(version);
            }
            for (CompletableFuture<HttpResponse<String>> answer : refused) {
                HttpResponse<String> got = answer.get(60, TimeUnit.SECONDS);
                assertThat(got.statusCode()).isEqualTo(401);
                assertThat(got.body()).contains("unauthenticated");
            }
            assertThat(client.send(append("last"), HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http1.0", "--http2", "--http2-prior-knowledge"})
    void curlAppendsAndIsRefused(String protocol) throws Exception {
        Path huge = scratch.resolve("huge");
        if (!Files.exists(huge)) {
            Files.write(huge, new byte[8 << 20]);
        }
        String bearer = "Authorization: Bearer " + node.dev().apiKey();
        assertThat(run("curl", "-sS", protocol, "-H", bearer, "-d", "by curl", node.url() + log + "/append"))
                .contains("\"success\":true");
        String refused = run(
                "curl",
                "-sS",
                protocol,
                "-w",
                " %{http_code}",
                "-T",
                huge.toString(),
                "-X",
                "POST",
                node.url() + "/logs");
        assertThat(refused).contains("unauthenticated").endsWith(" 401");
        assertThat(run("curl", "-sS", protocol, "-I", "-H", bearer, node.url() + "/logs"))
                .contains(" 200");
    }

    @Test
    void nodesOwnClientsOfBothProtocolsWork() throws Exception {
        Path script = script("foreign.mjs");
        assertThat(run("node", script.toString(), node.url(), node.dev().apiKey(), log))
                .isEqualTo("ok\n");
    }

    @Test
    void pythonsOwnClientWorks() throws Exception {
        Path script = script("foreign.py");
        assertThat(run("python3", script.toString(), node.url(), node.dev().apiKey(), log))
                .isEqualTo("ok\n");
    }

    private Path script(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(ForeignClientsTest.class.getResourceAsStream(name))) {
            Path file = scratch.resolve(name);
            Files.write(file, in.readAllBytes());
            return file;
        }
    }

    /** Runs a command to its end and gives what it wrote, to standard error, too. */
    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(Arrays.toString(command) + ": " + text).isIn(0, 55, 56);
        return text;
    }
}
