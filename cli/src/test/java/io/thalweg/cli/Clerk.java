package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Counts words and sells pens by the examples' views {@code words} and {@code shop}, waits for each event until they have processed it, and knows what he was
 * told: that is to be there in the end, whatever was killed.
 */
public final class Clerk {
    private static final String EVERYTHING = "{\"path\":[[\"all\"]],\"limit\":10000}";

    /** The way to whoever takes an event. */
    public interface Road {
        /** @throws IOException when nobody answers, so that nobody knows what became of it */
        HttpResponse<String> append(String path, byte[] event, String key) throws Exception;
    }

    /** The way to whoever answers. */
    public interface Question {
        JsonNode ask(String method, String path, String body) throws Exception;
    }

    private final Road road;
    private final Question question;
    private final Map<String, String> logs = new TreeMap<>();
    private final List<String> counted = new ArrayList<>();
    private final List<String> held = new ArrayList<>();
    private final List<String> paid = new ArrayList<>();

    /** Of views that are deployed. */
    public Clerk(Road road, Question question) throws Exception {
        this.road = road;
        this.question = question;
        question.ask("GET", "/logs", "")
                .get("logs")
                .forEach(log -> logs.put(
                        log.get("log_name").asString(), log.get("log_id").asString()));
    }

    /** A log by its name. */
    public String log(String name) {
        return Objects.requireNonNull(logs.get(name), name);
    }

    /** What an event was answered; null when it was refused. */
    private @Nullable JsonNode full(String log, String key, String event) throws Exception {
        HttpResponse<String> answer = road.append(
                "/logs/" + log(log) + "/append?ack=full&timeout=20000", event.getBytes(StandardCharsets.UTF_8), key);
        return answer.statusCode() == 200 ? Api.JSON.readTree(answer.body()) : null;
    }

    /** Whether there are pens now. */
    public boolean stock() throws Exception {
        return full("stock", "pen", "{\"item\":\"pen\",\"count\":100000}") != null;
    }

    /**
     * Has a line counted.
     *
     * @param word that stands in it, and in no other
     */
    public void line(String word) throws Exception {
        if (full("lines", word, "a b w" + word.length() + " " + word) != null) {
            counted.add(word);
        }
    }

    /** Sells a pen. */
    public void sell(String order) throws Exception {
        note(order, "{\"order\":\"" + order + "\",\"lines\":[{\"item\":\"pen\",\"count\":1}]}", "held", held);
        note(order, "{\"order\":\"" + order + "\",\"paid\":true}", "paid", paid);
    }

    private void note(String order, String command, String state, List<String> told) throws Exception {
        JsonNode answer = full("orders", order, command);
        if (answer != null && answer.at("/answers/shop/state").asString("").equals(state)) {
            told.add(order);
        }
    }

    /** All events of a log. */
    public List<JsonNode> events(String log) throws Exception {
        List<JsonNode> events = new ArrayList<>();
        String position = "";
        while (true) {
            JsonNode page = question.ask(
                    "GET", "/logs/" + log(log) + "/events?consistency=linearizable&limit=1000" + position, "");
            if (page.get("events").isEmpty()) {
                return events;
            }
            page.get("events").forEach(events::add);
            position = "&after=" + page.get("position").asString();
        }
    }

    /** What the words' log comes to. */
    public Map<String, Long> recount() throws Exception {
        Map<String, Long> counts = new TreeMap<>();
        for (JsonNode event : events("lines")) {
            for (String word : event.get("payload").asString().split(" ", -1)) {
                counts.merge(word, 1L, Long::sum);
            }
        }
        return counts;
    }

    /** What the view of words has. */
    public Map<String, Long> counted() throws Exception {
        Map<String, Long> counts = new TreeMap<>();
        question.ask("POST", "/views/words/indexes/counts/select?consistency=linearizable", EVERYTHING)
                .get("values")
                .forEach(pair -> counts.put(pair.get(0).asString(), pair.get(1).asLong()));
        return counts;
    }

    /** Whatever he was told is there once; and whoever reads {@code payments} was told once of each order that is paid, and of no other. */
    public void assertAllIsThere() throws Exception {
        Map<String, Long> words = counted();
        assertThat(counted).isNotEmpty().allSatisfy(word -> assertThat(words).containsEntry(word, 1L));
        Map<String, String> states = new TreeMap<>();
        question.ask("POST", "/views/shop/indexes/orders/select?consistency=linearizable", EVERYTHING)
                .get("values")
                .forEach(pair -> states.put(
                        pair.get(0).asString(), pair.get(1).get("state").asString()));
        List<String> emitted = new ArrayList<>();
        for (JsonNode payment : events("payments")) {
            emitted.add(Api.JSON
                    .readTree(payment.get("payload").asString())
                    .get("order")
                    .asString());
        }
        assertThat(emitted)
                .containsExactlyInAnyOrderElementsOf(states.keySet().stream()
                        .filter(order -> "paid".equals(states.get(order)))
                        .toList());
        assertThat(paid).isNotEmpty();
        assertThat(emitted).containsAll(paid);
        assertThat(held).allSatisfy(order -> assertThat(states.get(order)).isIn("held", "paid"));
    }
}
