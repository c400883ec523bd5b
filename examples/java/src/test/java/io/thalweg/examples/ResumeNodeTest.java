package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.LiveIndex;
import io.thalweg.client.LogClient;
import io.thalweg.examples.SubscribeNodeTest.Notes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Following on from a moment that one had. */
final class ResumeNodeTest extends OnNode {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private void note(String log, String key, String text) throws Exception {
        Answer answer = post("/logs/" + log + "/append", text, "Thalweg-Key", key);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        select("notes", "notes", "[[\"all\"]]", "?after=" + answer.position());
    }

    /** Events of a subscription as {@code name id data}, until {@code count} are there. */
    private List<String[]> events(String path, String last, int count) throws Exception {
        return eventsOf("indexes/notes/subscribe?path=" + URLEncoder.encode(path, StandardCharsets.UTF_8), last, count);
    }

    static String query(String name, String key) {
        return "queries/" + name + "/subscribe?arguments="
                + URLEncoder.encode("{\"argument\":\"" + key + "\"}", StandardCharsets.UTF_8);
    }

    private List<String[]> eventsOf(String what, String last, int count) throws Exception {
        List<String[]> events = new ArrayList<>();
        try (HttpClient http = HttpClient.newHttpClient();
                BufferedReader lines = follow(http, what, last)) {
            while (events.size() < count) {
                events.add(next(lines));
            }
        }
        return events;
    }

    private BufferedReader follow(HttpClient http, String what, String last) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + "/views/notes/" + what))
                .header("Authorization", "Bearer " + token());
        if (!last.isEmpty()) {
            request.header("Last-Event-ID", last);
        }
        return new BufferedReader(new InputStreamReader(
                http.send(request.GET().build(), HttpResponse.BodyHandlers.ofInputStream())
                        .body(),
                StandardCharsets.UTF_8));
    }

    private static String[] next(BufferedReader lines) throws IOException {
        String[] event = {"", "", ""};
        while (true) {
            String line = lines.readLine();
            assertThat(line).as("a line behind %s", List.of(event)).isNotNull();
            if (line.startsWith("event: ")) {
                event[0] = line.substring("event: ".length());
            } else if (line.startsWith("id: ")) {
                event[1] = line.substring("id: ".length());
            } else if (line.startsWith("data: ")) {
                event[2] = line.substring("data: ".length());
                return event;
            }
        }
    }

    @Test
    void whoComesAgainHearsWhatBecameDifferentMeanwhileAlsoFromTheNextProcess() throws Exception {
        deploy("notes", Notes.class, 2);
        String log = log("notes");
        note(log, "alice", "first");
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        String path = "[[\"key\",\"alice\"]]";
        String[] value = events(path, "", 1).getFirst();
        assertThat(value[0]).isEqualTo("value");
        assertThat(JSON.readTree(value[2]).path("values").toString()).isEqualTo("[[\"first\"]]");
        note(log, "bob", "other");
        note(log, "alice", "second");
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        restart();
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        String[] change = events(path, value[1], 1).getFirst();
        assertThat(change[0]).isEqualTo("change");
        assertThat(change[1]).isNotEqualTo(value[1]).isNotEmpty();
        assertThat(JSON.readTree(change[2]).path("path").toString()).isEqualTo("[0,0]");
        assertThat(JSON.readTree(change[2]).path("value").asString()).isEqualTo("second");
        List<String[]> lost = events(path, "0:999", 2);
        assertThat(lost.get(0)[0]).isEqualTo("resync");
        assertThat(lost.get(1)[0]).isEqualTo("value");
        assertThat(post("/views/notes/indexes/notes/select", "{\"path\":[[\"key\",1,2]]}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void whoFollowsAQueryComesAgainAndWhatCannotBeFollowedIsRefused() throws Exception {
        deploy("notes", Notes.class, 2);
        String log = log("notes");
        note(log, "alice", "first");
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        String[] value = eventsOf(query("newest", "alice"), "", 1).getFirst();
        assertThat(value[0]).isEqualTo("value");
        assertThat(JSON.readTree(value[2]).path("values").toString()).isEqualTo("[\"first\"]");
        note(log, "alice", "second");
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        restart();
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        String[] change = eventsOf(query("newest", "alice"), value[1], 1).getFirst();
        assertThat(change[0]).isEqualTo("change");
        assertThat(JSON.readTree(change[2]).path("path").toString()).isEqualTo("[0]");
        assertThat(JSON.readTree(change[2]).path("value").asString()).isEqualTo("second");
        Answer silent = send("GET", "/views/notes/" + query("silent", "alice"), new byte[0]);
        assertThat(silent.status()).isEqualTo(400);
        assertThat(silent.text()).contains("Query.from");
        assertThat(send("GET", "/views/notes/" + query("none", "alice"), new byte[0])
                        .status())
                .isEqualTo(404);
        assertThat(send("GET", "/views/notes/queries/newest/subscribe?arguments=%7B%7D", new byte[0])
                        .status())
                .isEqualTo(400);
        assertThat(send("GET", "/views/notes/" + query("sleeps", "alice"), new byte[0])
                        .status())
                .isEqualTo(504);
    }

    /** Of each partition the step that a moment is named by. */
    private static Map<String, Long> steps(String moment) {
        Map<String, Long> steps = new TreeMap<>();
        for (String each : moment.substring(moment.indexOf('/') + 1).split(",", -1)) {
            int colon = each.indexOf(':');
            steps.put(each.substring(0, colon), Long.parseLong(each.substring(colon + 1)));
        }
        return steps;
    }

    @Test
    void whoComesAgainBeforeTheNodeHasItsMomentHearsOfWhatComesBehindIt() throws Exception {
        deploy("notes", Notes.class, 1);
        String log = log("notes");
        note(log, "alice", "first");
        String path =
                "indexes/notes/subscribe?path=" + URLEncoder.encode("[[\"key\",\"alice\"]]", StandardCharsets.UTF_8);
        String now = eventsOf(path, "", 1).getFirst()[1];
        int colon = now.lastIndexOf(':') + 1;
        // As of a node that was ahead of this one.
        String ahead = now.substring(0, colon) + (Long.parseLong(now.substring(colon)) + 1);
        try (HttpClient http = HttpClient.newHttpClient();
                BufferedReader lines = follow(http, path, ahead)) {
            assertThat(lines.readLine()).isEqualTo("retry: 1000");
            note(log, "alice", "second");
            note(log, "alice", "third");
            String[] change = next(lines);
            assertThat(change[0]).as(change[2]).isEqualTo("change");
            assertThat(JSON.readTree(change[2]).path("value").asString()).isEqualTo("third");
        }
    }

    @Test
    void nobodyIsToldWhatLeadsBackwards() throws Exception {
        deploy("notes", Notes.class, 2);
        String log = log("notes");
        note(log, "alice", "first");
        LogClient client = LogClient.open(URI.create(url()), token(), PATIENCE);
        // What it answers is another each time; it is asked again only when something of alice's is written.
        try (LiveIndex counted = client.followQuery("notes", "counted", "{\"argument\":\"alice\"}", _ -> {})) {
            assertThat(counted.await(_ -> true, PATIENCE)).isTrue();
            for (int i = 0; i < 5; i++) {
                note(log, "bob", "text-" + i);
            }
            // The moment of another query is of all partitions, too: as that of a node that asked later.
            String later = eventsOf(query("newest", "bob"), "", 1).getFirst()[1];
            try (HttpClient http = HttpClient.newHttpClient();
                    BufferedReader lines = follow(http, query("counted", "alice"), later)) {
                assertThat(lines.readLine()).isEqualTo("retry: 1000");
                note(log, "alice", "second");
                String[] change = next(lines);
                while (change[1].isEmpty()) {
                    change = next(lines); // the last one of a moment names it
                }
                assertThat(change[0]).as(change[2]).isEqualTo("change");
                assertThat(steps(change[1]))
                        .allSatisfy((partition, step) -> assertThat(step)
                                .isGreaterThanOrEqualTo(steps(later).getOrDefault(partition, 0L)));
            }
        }
    }
}
