package io.thalweg.cli.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.Clerk;
import io.thalweg.cli.DevProcess;
import io.thalweg.cli.ExamplesJar;
import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A real node with views in Java, killed under load, and while other versions of one process its log again beside the one that answers: what a view
 * counted equals a recount of its log, whatever was answered is there, what it emits is there once, and money moves once.
 */
class JavaViewKillIT {
    private static final int KILLS = 2;

    /** Who append lines beside the clerk, as fast as they are answered. */
    private static final int BESIDE = 4;

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();
    private String url = "";
    private String token = "";

    private HttpResponse<String> send(String method, String path, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode ask(String method, String path, String body) throws Exception {
        HttpResponse<String> answer = send(method, path, body.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
        return Api.JSON.readTree(answer.body());
    }

    private ReadyProcess start() throws Exception {
        ReadyProcess node = DevProcess.start(directory);
        url = node.ready().get("http").asString();
        token = "";
        token = ask(
                        "POST",
                        "/auth/token",
                        "{\"api_key\":\"" + node.ready().get("apiKey").asString() + "\"}")
                .get("access_token")
                .asString();
        return node;
    }

    /** Appends lines until the node dies; of what nobody tracks a recount of the log knows, too. */
    private Thread load(String lines) {
        return Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; ; i++) {
                    byte[] line = "a load".getBytes(StandardCharsets.UTF_8);
                    HttpResponse<String> _ =
                            send("POST", "/logs/" + lines + "/append", line, "Thalweg-Key", "key-" + i % 50);
                }
            } catch (Exception _) {
                // It was killed.
            }
        });
    }

    private void awaitTakeover() throws Exception {
        JsonNode view = ask("GET", "/views/words", "");
        for (long end = System.nanoTime() + 60_000_000_000L;
                !view.get("candidate").isNull() || view.get("partitions").isEmpty();
                Thread.sleep(50)) {
            assertThat(System.nanoTime()).as("in time: %s", view).isLessThan(end);
            view = ask("GET", "/views/words", "");
        }
        assertThat(view.get("active_version").asInt()).isGreaterThan(1);
    }

    @Test
    void whatAViewCountedEqualsARecountOfItsLogHoweverOftenTheNodeWasKilled() throws Exception {
        ReadyProcess node = start();
        try {
            HttpResponse<String> deployed =
                    send("PUT", "/views/words?class=io.thalweg.examples.WordCount&partitions=3", ExamplesJar.bytes());
            assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(201);
            deployed = send("PUT", "/views/shop?class=io.thalweg.examples.Shop&partitions=2", ExamplesJar.bytes());
            assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(201);
            Clerk clerk = new Clerk((path, event, headers) -> send("POST", path, event, headers), this::ask);
            await().until(clerk::stock);
            for (int kill = 0; kill < KILLS; kill++) {
                HttpResponse<String> beside = send(
                        "PUT",
                        "/views/words?class=io.thalweg.examples.WordCount&way=replay&partitions=" + (4 - kill),
                        ExamplesJar.bytes());
                assertThat(beside.statusCode())
                        .as("deployed, or one takes over from another still: %s", beside.body())
                        .isIn(200, 503);
                ReadyProcess victim = node;
                Thread killer = Thread.ofVirtual().start(() -> {
                    try {
                        Thread.sleep(700);
                        victim.handle().destroyForcibly();
                        victim.handle().onExit().join();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                List<Thread> load = IntStream.range(0, BESIDE)
                        .mapToObj(_ -> load(clerk.log("lines")))
                        .toList();
                try {
                    for (int i = 0; killer.isAlive(); i++) {
                        clerk.line("n" + kill + "x" + i);
                        clerk.sell("o" + kill + "x" + i);
                    }
                } catch (IOException _) {
                    // Killed meanwhile; the clerk asks again for what was not answered.
                }
                killer.join();
                for (Thread appender : load) {
                    appender.join();
                }
                node = start();
            }
            awaitTakeover();
            assertThat(clerk.counted()).isEqualTo(clerk.recount());
            clerk.assertAllIsThere();
        } finally {
            node.close();
            http.close();
        }
    }
}
