package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.DevNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node with the views of this module's jar, as their users have it: over HTTP. */
abstract class OnNode {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration STARTING = Duration.ofSeconds(30);
    private static final long STARTING_LOOK_MS = 20;

    @TempDir
    private Path data;

    private final HttpClient http = HttpClient.newHttpClient();
    private DevNode node;
    private String token;

    /** What the node runs with. */
    NodeOptions options(NodeOptions usual) {
        return usual;
    }

    @BeforeEach
    final void start() throws Exception {
        node = DevNode.start(options(NodeOptions.in(data).withHttp("127.0.0.1", 0)), new HostPort("127.0.0.1", 0));
        token = node.apiKey();
        token = post("/auth/token", "{\"api_key\":\"" + node.apiKey() + "\",\"expires_in_secs\":null}")
                .json()
                .get("access_token")
                .asString();
    }

    @AfterEach
    final void stop() {
        node.close();
        http.close();
    }

    /** What the node answered. */
    record Answer(int status, String text, String position) {
        JsonNode json() {
            return JSON.readTree(text);
        }
    }

    final String url() {
        return node.node().url();
    }

    final String token() {
        return token;
    }

    /** Asks until the node has what it is asked for: while a view begins it says so, and has done nothing. */
    final Answer send(String method, String path, byte[] body, String... headers) throws Exception {
        long endNs = System.nanoTime() + STARTING.toNanos();
        while (true) {
            Answer answer = sendOnce(method, path, body, headers);
            if (answer.status() != 503 || System.nanoTime() - endNs >= 0) {
                return answer;
            }
            Thread.sleep(STARTING_LOOK_MS);
        }
    }

    /** The same, whatever the node says. */
    final Answer sendOnce(String method, String path, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(node.node().url() + path))
                .header("Authorization", "Bearer " + token)
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(
                response.statusCode(),
                response.body(),
                response.headers().firstValue("Thalweg-Position").orElse(""));
    }

    final Answer post(String path, String body, String... headers) throws Exception {
        return send("POST", path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    static byte[] jar() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes)) {
            for (String name : List.of("classes", "test-classes")) {
                Path classes = Path.of("target", name);
                try (Stream<Path> files = Files.walk(classes)) {
                    for (Path file : files.filter(each -> each.toString().endsWith(".class"))
                            .filter(each -> !each.endsWith("package-info.class"))
                            .toList()) {
                        jar.putNextEntry(
                                new ZipEntry(classes.relativize(file).toString().replace('\\', '/')));
                        jar.write(Files.readAllBytes(file));
                    }
                }
            }
        }
        return bytes.toByteArray();
    }

    final JsonNode deploy(String name, Class<?> view, int partitions) throws Exception {
        Answer answer = send("PUT", "/views/" + name + "?class=" + view.getName() + "&partitions=" + partitions, jar());
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
        return answer.json();
    }

    final String log(String name) throws Exception {
        for (JsonNode log : send("GET", "/logs", new byte[0]).json().get("logs")) {
            if (log.get("log_name").asString().equals(name)) {
                return log.get("log_id").asString();
            }
        }
        throw new AssertionError("no log " + name);
    }

    final JsonNode select(String view, String index, String path, String query) throws Exception {
        Answer answer = post("/views/" + view + "/indexes/" + index + "/select" + query, "{\"path\":" + path + "}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().get("values");
    }

    /** Waits until the first partition of a view is as wanted. */
    final void awaitState(String view, String state) throws Exception {
        String seen = "";
        for (long end = System.nanoTime() + 60_000_000_000L; !seen.equals(state); ) {
            assertThat(System.nanoTime()).as("in time; the view is %s", seen).isLessThan(end);
            seen = send("GET", "/views/" + view, new byte[0])
                    .json()
                    .at("/partitions/0/state")
                    .asString("");
        }
    }

    final void restart() throws Exception {
        restart(_ -> {});
    }

    /** What happens to a node's data while it is off. */
    interface Meanwhile {
        void happens(Path data) throws Exception;
    }

    final void restart(Meanwhile meanwhile) throws Exception {
        stop0();
        meanwhile.happens(data);
        node = DevNode.start(options(NodeOptions.in(data).withHttp("127.0.0.1", 0)), new HostPort("127.0.0.1", 0));
    }

    private void stop0() {
        node.close();
    }
}
