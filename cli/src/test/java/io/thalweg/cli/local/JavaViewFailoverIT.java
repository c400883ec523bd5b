package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cli.ExamplesJar;
import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A view in Java in a group of three real nodes, whoever runs it killed: another goes on, and what it counted equals a recount. */
@Timeout(300)
class JavaViewFailoverIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int LINES = 40;
    private static final String SELECT = "/views/words/indexes/counts/select?";
    private static final byte[] ALL = utf8("{\"path\":[[\"all\"]]}");
    private static final int KILLS = Integer.getInteger("thalweg.kills", 1);

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> send(
            LocalProcess local, String node, String method, String path, byte[] body, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(node + path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + local.apiKey())
                .method(method, BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** What the first node says that can. */
    private JsonNode ask(LocalProcess local, String method, String path, byte[] body) {
        List<JsonNode> answers = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            for (String node : local.all("http")) {
                try {
                    HttpResponse<String> answer = send(local, node, method, path, body);
                    if (answer.statusCode() < 300) {
                        answers.add(Api.JSON.readTree(answer.body()));
                        return true;
                    }
                    assertThat(answer.statusCode()).as(answer.body()).isIn(409, 503, 504, 502);
                } catch (IOException _) {
                    // That one is down.
                }
            }
            return false;
        });
        return answers.getFirst();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void append(LocalProcess local, String log, int from) throws Exception {
        List<String> nodes = local.all("http");
        for (int i = from; i < from + LINES; i++) {
            try {
                var _ = send(
                        local,
                        nodes.get(i % nodes.size()),
                        "POST",
                        "/logs/" + log + "/append",
                        utf8("a b w" + i % 5),
                        "Thalweg-Key",
                        "k" + i);
            } catch (IOException _) {
                // Killed meanwhile; what was not answered may be there or not.
            }
        }
    }

    private Map<String, Long> recount(LocalProcess local, String log) {
        Map<String, Long> counts = new TreeMap<>();
        String position = "";
        while (true) {
            JsonNode page = ask(local, "GET", "/logs/" + log + "/events?limit=1000" + position, new byte[0]);
            if (page.get("events").isEmpty()) {
                return counts;
            }
            for (JsonNode event : page.get("events")) {
                for (String word : event.get("payload").asString().split(" ", -1)) {
                    counts.merge(word, 1L, Long::sum);
                }
            }
            position = "&after=" + page.get("position").asString();
        }
    }

    private Map<String, Long> counted(LocalProcess local) {
        return counted(ask(local, "POST", SELECT + "consistency=linearizable", ALL));
    }

    private static Map<String, Long> counted(HttpResponse<String> answer) {
        return counted(Api.JSON.readTree(answer.body()));
    }

    private static Map<String, Long> counted(JsonNode found) {
        Map<String, Long> counts = new TreeMap<>();
        found.get("values")
                .forEach(pair -> counts.put(pair.get(0).asString(), pair.get(1).asLong()));
        return counts;
    }

    /** The log that the view made, of which the node that is asked may hear a little later. */
    private String lines(LocalProcess local) {
        return log(local, "lines");
    }

    private String log(LocalProcess local, String name) {
        List<String> found = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            for (JsonNode each : ask(local, "GET", "/logs", new byte[0]).get("logs")) {
                if (each.get("log_name").asString().equals(name)) {
                    found.add(each.get("log_id").asString());
                }
            }
            return !found.isEmpty();
        });
        return found.getFirst();
    }

    /** Once more when they differ: of what nobody was answered something may be stored between the two. */
    private void assertCountedAsRecounted(LocalProcess local, String log, String when) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(counted(local)).as(when).isEqualTo(recount(local, log)));
    }

    /** The node that runs the view. */
    private String runner(LocalProcess local) {
        List<String> found = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            for (String id : local.all("id")) {
                String node = local.all("http").get(local.all("id").indexOf(id));
                try {
                    HttpResponse<String> answer = send(local, node, "GET", "/views/words", new byte[0]);
                    if (answer.statusCode() == 200
                            && Api.JSON
                                    .readTree(answer.body())
                                    .get("state")
                                    .asString()
                                    .equals("running")) {
                        found.add(id);
                        return true;
                    }
                } catch (IOException _) {
                    // That one is down.
                }
            }
            return false;
        });
        return found.getFirst();
    }

    private JsonNode status(LocalProcess local, String id) throws Exception {
        String node = local.all("http").get(local.all("id").indexOf(id));
        return Api.JSON.readTree(
                send(local, node, "GET", "/views/words", new byte[0]).body());
    }

    /**
     * Has the next version process the log beside the one that answers, and decides that it is to be active: whether its state has taken over when who leads both is
     * killed, nobody knows but the steps.
     */
    private int decideThatAnotherTakesOver(LocalProcess local, String runner) throws Exception {
        int next = ask(local, "PUT", "/views/words?class=io.thalweg.examples.WordCount&way=replay", ExamplesJar.bytes())
                .get("candidate_version")
                .asInt();
        await().atMost(PATIENCE)
                .until(() -> status(local, runner)
                        .at("/candidate/reason")
                        .asString("")
                        .contains("somebody"));
        ask(local, "POST", "/views/words/activate?version=" + next, new byte[0]);
        return next;
    }

    private void assertAnswers(LocalProcess local, int version) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode view = status(local, runner(local));
            assertThat(view.get("active_version").asInt()).as("%s", view).isEqualTo(version);
            assertThat(view.get("candidate").isNull()).as("%s", view).isTrue();
        });
    }

    @Test
    void whoeverRunsTheViewIsKilledAndAnotherGoesOnWithItsIndexes() throws Exception {
        try (LocalProcess local = LocalProcess.start(directory.resolve("cluster"), "--nodes", "3", "--shards", "1")) {
            JsonNode deployed = ask(
                    local, "PUT", "/views/words?class=io.thalweg.examples.WordCount&partitions=3", ExamplesJar.bytes());
            assertThat(deployed.get("class_name").asString()).endsWith("WordCount");
            String log = lines(local);
            append(local, log, 0);
            assertThat(counted(local)).isNotEmpty();
            assertCountedAsRecounted(local, log, "at first");
            ask(local, "PUT", "/views/words/options", utf8("{\"take_over\":\"manual\"}"));
            Set<String> ran = new HashSet<>();
            for (int kill = 1; kill <= KILLS; kill++) {
                String runner = runner(local);
                ran.add(runner);
                int next = decideThatAnotherTakesOver(local, runner);
                local.kill(runner);
                append(local, log, kill * LINES);
                assertCountedAsRecounted(local, log, "after kill " + kill);
                ran.add(runner(local));
                assertAnswers(local, next);
                local.startAgain(runner);
                append(local, log, kill * 10 * LINES);
                assertCountedAsRecounted(local, log, "whole again, " + kill);
            }
            assertThat(ran).as("nodes that ran the view").hasSizeGreaterThan(1);
            assertTheLastOneAnswers(local);
        }
    }

    /** With two of three gone nobody leads, and nothing runs: who is left reads what its replica has. */
    private void assertTheLastOneAnswers(LocalProcess local) throws Exception {
        ask(local, "PUT", "/views/reach?class=io.thalweg.examples.Reach&partitions=3", ExamplesJar.bytes());
        ask(
                local,
                "POST",
                "/logs/" + log(local, "followings") + "/append?ack=full&timeout=60000",
                utf8("{\"from\":\"bob\",\"to\":\"alice\"}"));
        Map<String, Long> counts = counted(local);
        List<String> ids = new ArrayList<>(local.all("id"));
        ids.remove(runner(local));
        String last = ids.getFirst();
        String node = local.all("http").get(local.all("id").indexOf(last));
        String circle = "/views/reach/queries/circle?consistency=stale";
        byte[] alice = utf8("{\"user\":\"alice\",\"steps\":1}");
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(counted(answer(local, node, SELECT + "consistency=stale", ALL)))
                    .isEqualTo(counts);
            assertThat(answer(local, node, circle, alice).body()).isEqualTo("[\"bob\"]");
        });
        String position = answer(local, node, SELECT + "consistency=stale", ALL)
                .headers()
                .firstValue("Thalweg-Position")
                .orElseThrow();
        local.all("id").stream().filter(id -> !id.equals(last)).forEach(local::kill);
        assertThat(counted(answer(local, node, SELECT + "consistency=stale", ALL)))
                .isEqualTo(counts);
        assertThat(counted(answer(local, node, SELECT + "after=" + position, ALL)))
                .isEqualTo(counts);
        assertThat(answer(local, node, circle, alice).body()).isEqualTo("[\"bob\"]");
        assertThat(answer(local, node, "/views/reach/indexes/followers/explore?consistency=stale", utf8("{}"))
                        .body())
                .contains("alice");
    }

    private HttpResponse<String> answer(LocalProcess local, String node, String path, byte[] body) throws Exception {
        HttpResponse<String> answer = send(local, node, "POST", path, body);
        assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(200);
        return answer;
    }
}
