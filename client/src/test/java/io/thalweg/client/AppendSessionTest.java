package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.server.DevNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Append sessions against a real node. */
@Timeout(120)
class AppendSessionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int WRITERS = 4;
    private static final int EVENTS = 300;

    private static DevNode start(Path data, int port) throws Exception {
        return DevNode.start(
                NodeOptions.in(data).withHttp("127.0.0.1", port).withCompiled(false), new HostPort("127.0.0.1", 0));
    }

    /** A port below those that the system gives out: it is still free when the node comes back to it. */
    private static int freePort() throws Exception {
        for (int attempt = 0; ; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (IOException e) {
                if (attempt == 100) {
                    throw e;
                }
            }
        }
    }

    private static String log(DevNode node, String name, int partitions) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String made = http.send(
                            HttpRequest.newBuilder(URI.create(node.node().url() + "/logs"))
                                    .header("Authorization", "Bearer " + node.apiKey())
                                    .POST(HttpRequest.BodyPublishers.ofString(
                                            "{\"name\":\"" + name + "\",\"partitions\":" + partitions + "}"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            return made.replaceAll("(?s).*\"log_id\":\"([^\"]+)\".*", "$1");
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatManyAppendIsStoredOnceAndInOrderThoughTheNodeStopsAndStartsBetween(@TempDir Path data) throws Exception {
        int port = freePort();
        DevNode node = start(data, port);
        try {
            String log = log(node, "many", 3);
            LogClient client = LogClient.open(URI.create(node.node().url()), node.apiKey(), PATIENCE);
            Map<String, CompletableFuture<Appended>> results = new ConcurrentHashMap<>();
            try (AppendSession session = client.session(log, "writers")) {
                List<Thread> writers = new ArrayList<>();
                for (int i = 0; i < WRITERS; i++) {
                    String key = "writer-" + i;
                    writers.add(Thread.ofPlatform().start(() -> {
                        try {
                            for (int j = 0; j < EVENTS; j++) {
                                String text = key + "/" + String.format("%04d", j);
                                results.put(text, session.append(NewEvent.of(key, utf8(text))));
                                if (j % 50 == 0) {
                                    Thread.sleep(5);
                                }
                            }
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }));
                }
                node.close();
                node = start(data, port);
                for (Thread writer : writers) {
                    writer.join();
                }
                results.values().forEach(CompletableFuture::join);
            }
            Map<String, List<String>> found = new HashMap<>();
            LogClient.Page page = client.read(log, null, 1_000);
            int events = 0;
            while (!page.events().isEmpty()) {
                for (LogClient.LogEvent event : page.events()) {
                    String text = new String(event.payload(), StandardCharsets.UTF_8);
                    CompletableFuture<Appended> result = results.get(text);
                    if (result == null) {
                        throw new AssertionError("nobody appended " + text);
                    }
                    assertThat(result.join().sequence()).as(text).isEqualTo(event.sequence());
                    assertThat(result.join().partition()).as(text).isEqualTo(event.partition());
                    found.computeIfAbsent(String.valueOf(event.key()), _ -> new ArrayList<>())
                            .add(text);
                    events++;
                }
                page = client.read(log, page.position(), 1_000);
            }
            assertThat(events).isEqualTo(WRITERS * EVENTS);
            found.values().forEach(each -> assertThat(each).isEqualTo(new ArrayList<>(new TreeSet<>(each))));
        } finally {
            node.close();
        }
    }

    @Test
    void whatIsRefusedSaysSoAndTheSessionGoesOn(@TempDir Path data) throws Exception {
        try (DevNode node = start(data, 0)) {
            String log = log(node, "one", 2);
            LogClient client = LogClient.open(URI.create(node.node().url()), node.apiKey(), PATIENCE);
            try (AppendSession session = client.session(log)) {
                NewEvent nowhere = NewEvent.of(utf8("x")).in(7);
                assertThatThrownBy(() -> session.append(nowhere).join())
                        .isInstanceOf(CompletionException.class)
                        .hasRootCauseInstanceOf(LogException.class)
                        .hasMessageContaining("partition is 7, expected 0 to 1");
                NewEvent rich = new NewEvent(utf8("k"), "text/plain", List.of(Map.entry("trace", "a-1")), utf8("é"), 1);
                assertThat(session.append(rich).join()).isEqualTo(new Appended(1, 1, false));
                assertThat(client.read(log, null, 10).events()).singleElement().satisfies(event -> {
                    assertThat(event.key()).isEqualTo("k");
                    assertThat(event.payload()).isEqualTo(utf8("é"));
                });
            }
            try (AppendSession session = LogClient.open(URI.create(node.node().url()), "no key", PATIENCE)
                    .session(log)) {
                assertThatThrownBy(() -> session.append(NewEvent.of(utf8("x"))).join())
                        .hasMessageContaining("refused");
            }
        }
    }

    @Test
    void whatOneNodeDoesNotAnswerAnotherOneDoes(@TempDir Path data) throws Exception {
        try (DevNode node = start(data, 0)) {
            String log = log(node, "somewhere", 1);
            URI nobody = URI.create("http://127.0.0.1:" + freePort());
            List<URI> nodes = List.of(nobody, URI.create(node.node().url()));
            try (AppendSession session =
                    LogClient.open(nodes, node.apiKey(), PATIENCE).session(log)) {
                assertThat(session.append(NewEvent.of(utf8("x"))).join().sequence())
                        .isEqualTo(1);
            }
            assertThat(LogClient.open(nodes, node.apiKey(), PATIENCE)
                            .read(log, null, 10)
                            .events())
                    .hasSize(1);
            LogClient alone = LogClient.open(List.of(nobody), node.apiKey(), Duration.ofMillis(300));
            assertThatThrownBy(() -> alone.read(log, null, 10)).hasMessageContaining("did not answer");
        }
    }
}
