package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cli.Clerk;
import io.thalweg.cli.ExamplesJar;
import io.thalweg.cli.api.Api;
import io.thalweg.client.LiveIndex;
import io.thalweg.client.LogClient;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Views in Java in a group of three real nodes, whoever runs them killed: another goes on, what one counted equals a recount, and whatever was answered is
 * there, once, also what was asked for again under its number; and money in the ledger moves once. Who follows an index hears of all of it from
 * whichever node has it.
 */
@Timeout(600)
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

    /** Every other line waits until it is counted; some pens are sold. */
    private void append(LocalProcess local, Clerk clerk, int from) throws Exception {
        List<String> nodes = local.all("http");
        for (int i = from; i < from + LINES; i++) {
            try {
                if (i % 2 == 0) {
                    clerk.line("n" + i);
                } else {
                    var _ = send(
                            local,
                            nodes.get(i % nodes.size()),
                            "POST",
                            "/logs/" + clerk.log("lines") + "/append",
                            utf8("a b w" + i % 5),
                            "Thalweg-Key",
                            "k" + i);
                }
                if (i % 4 == 0) {
                    clerk.sell("o" + i);
                }
            } catch (IOException _) {
                // Killed meanwhile; the clerk asks again for what was not answered, of the next one.
            }
        }
    }

    private static Map<String, Long> counted(HttpResponse<String> answer) {
        Map<String, Long> counts = new TreeMap<>();
        Api.JSON
                .readTree(answer.body())
                .get("values")
                .forEach(pair -> counts.put(pair.get(0).asString(), pair.get(1).asLong()));
        return counts;
    }

    /** The log that a view made, of which the node that is asked may hear a little later. */
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

    /** Waits for the logs that the views made, of which the node that is asked may hear a little later. */
    private Clerk clerk(LocalProcess local) throws Exception {
        await().atMost(PATIENCE).until(() -> {
            boolean all = true;
            for (String node : local.all("http")) {
                all &= names(local, node).containsAll(List.of("decisions", "lines", "orders", "stock"));
            }
            return all;
        });
        AtomicInteger turn = new AtomicInteger();
        Clerk clerk = new Clerk(
                (path, event, headers) -> {
                    List<String> nodes = local.all("http");
                    String node = nodes.get(turn.getAndIncrement() % nodes.size());
                    return send(local, node, "POST", path, event, headers);
                },
                (method, path, body) -> ask(local, method, path, utf8(body)));
        await().atMost(PATIENCE).until(clerk::stock);
        return clerk;
    }

    private List<String> names(LocalProcess local, String node) throws Exception {
        List<String> names = new ArrayList<>();
        Api.JSON
                .readTree(send(local, node, "GET", "/logs", new byte[0]).body())
                .get("logs")
                .forEach(log -> names.add(log.get("log_name").asString()));
        return names;
    }

    /** Once more when they differ: of what nobody was answered something may be stored between the two. */
    private static void assertCountedAsRecounted(Clerk clerk, String when) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(clerk.counted()).as(when).isEqualTo(clerk.recount()));
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
            JsonNode _ =
                    ask(local, "PUT", "/views/shop?class=io.thalweg.examples.Shop&partitions=2", ExamplesJar.bytes());
            Clerk clerk = clerk(local);
            append(local, clerk, 0);
            assertThat(clerk.counted()).isNotEmpty();
            assertCountedAsRecounted(clerk, "at first");
            ask(local, "PUT", "/views/words/options", utf8("{\"take_over\":\"manual\"}"));
            Set<String> ran = new HashSet<>();
            try (LiveIndex copy = follow(local)) {
                for (int kill = 1; kill <= KILLS; kill++) {
                    String runner = runner(local);
                    ran.add(runner);
                    assertFollowed(copy, clerk, "before kill " + kill);
                    int next = decideThatAnotherTakesOver(local, runner);
                    String position = append(local, clerk.log("lines"), runner);
                    local.kill(runner);
                    assertTheOthersReflect(local, runner, position);
                    append(local, clerk, kill * LINES);
                    assertCountedAsRecounted(clerk, "after kill " + kill);
                    assertFollowed(copy, clerk, "after kill " + kill);
                    ran.add(runner(local));
                    assertAnswers(local, next);
                    local.startAgain(runner);
                    append(local, clerk, kill * 10 * LINES);
                    assertCountedAsRecounted(clerk, "whole again, " + kill);
                    assertFollowed(copy, clerk, "whole again, " + kill);
                }
            }
            clerk.assertAllIsThere();
            assertThat(ran).as("nodes that ran the view").hasSizeGreaterThan(1);
            assertTheLastOneAnswers(local, clerk);
        }
    }

    /** A copy of all counts, of whichever node has them. */
    private static LiveIndex follow(LocalProcess local) {
        List<URI> nodes = local.all("http").stream().map(URI::create).toList();
        return LogClient.open(nodes, local.apiKey(), PATIENCE).follow("words", "counts", "[[\"all\"]]", _ -> {});
    }

    private static void assertFollowed(LiveIndex copy, Clerk clerk, String when) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode pairs = Api.JSON.valueToTree(copy.values());
            Map<String, Long> counts = new TreeMap<>();
            pairs.forEach(pair -> counts.put(pair.get(0).asString(), pair.get(1).asLong()));
            assertThat(counts).as("followed, %s", when).isEqualTo(clerk.recount());
        });
    }

    /** Appends at a node what nobody else counts; where it stands. */
    private String append(LocalProcess local, String log, String id) throws Exception {
        HttpResponse<String> last =
                send(local, at(local, id), "POST", "/logs/" + log + "/append", utf8("last"), "Thalweg-Key", "k");
        assertThat(last.statusCode()).as(last.body()).isEqualTo(200);
        return last.headers().firstValue("Thalweg-Position").orElseThrow();
    }

    private static String at(LocalProcess local, String id) {
        return local.all("http").get(local.all("id").indexOf(id));
    }

    /** Who asks for a position is answered by whoever is that far, once somebody is: also while nobody leads, and the next who does only begins. */
    private void assertTheOthersReflect(LocalProcess local, String gone, String position) throws Exception {
        for (String id : local.all("id")) {
            if (!id.equals(gone)) {
                HttpResponse<String> found =
                        answer(local, at(local, id), SELECT + "timeout=50000&after=" + position, ALL);
                assertThat(counted(found)).as("at %s", id).containsKey("last");
            }
        }
    }

    /** With two of three gone nobody leads, and nothing runs: who is left reads what its replica has. */
    private void assertTheLastOneAnswers(LocalProcess local, Clerk clerk) throws Exception {
        ask(local, "PUT", "/views/reach?class=io.thalweg.examples.Reach&partitions=3", ExamplesJar.bytes());
        ask(
                local,
                "POST",
                "/logs/" + log(local, "followings") + "/append?ack=full&timeout=60000",
                utf8("{\"from\":\"bob\",\"to\":\"alice\"}"));
        Map<String, Long> counts = clerk.counted();
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
