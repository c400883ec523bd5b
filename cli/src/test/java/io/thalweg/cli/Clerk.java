package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Counts words and sells pens by the examples' views {@code words} and {@code shop}, waits for each event until they have processed it, and knows what he was
 * told: that is to be there in the end, whatever was killed. He numbers his events: of one whose answer he did not hear he asks again, under the same number.
 */
public final class Clerk {
    private static final String EVERYTHING = "{\"path\":[[\"all\"]],\"limit\":10000}";
    private static final String FULL = "/append?ack=full&timeout=20000";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String ACCOUNTS = "/ledgers/default/accounts";

    /** Of the shop, as it has it. */
    private static final int TILL = 1;

    private static final int BUYER = 7;
    private static final int PRICE = 3;

    /** The way to whoever takes an event. */
    public interface Road {
        /** @throws IOException when nobody answers, so that nobody knows what became of it */
        HttpResponse<String> append(String path, byte[] event, String... headers) throws Exception;
    }

    /** The way to whoever answers. */
    public interface Question {
        JsonNode ask(String method, String path, String body) throws Exception;
    }

    /** An event of which he does not know yet what it was answered. */
    private record Open(String path, byte[] event, String[] headers, Consumer<JsonNode> told) {}

    private final Road road;
    private final Question question;
    private final Map<String, String> logs = new TreeMap<>();
    private final List<String> counted = new ArrayList<>();
    private final List<String> held = new ArrayList<>();
    private final List<String> paid = new ArrayList<>();
    private @Nullable Open open;
    private long number;

    /** Of views that are deployed. */
    public Clerk(Road road, Question question) throws Exception {
        this.road = road;
        this.question = question;
        question.ask("GET", "/logs", "")
                .get("logs")
                .forEach(log -> logs.put(
                        log.get("log_name").asString(), log.get("log_id").asString()));
        JsonNode _ = question.ask("POST", ACCOUNTS, "[" + account(TILL) + "," + account(BUYER) + "]");
    }

    private static String account(int id) {
        return "{\"id\":\"" + id + "\",\"ledger\":1,\"code\":1}";
    }

    /** A log by its name. */
    public String log(String name) {
        return Objects.requireNonNull(logs.get(name), name);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Has an event appended and processed, once, however often he has to ask.
     *
     * @throws IOException when whom he asks was killed meanwhile: he asks again before he does anything else
     */
    private void full(String log, String key, String event, Consumer<JsonNode> told) throws Exception {
        settle();
        number++;
        open = new Open(
                "/logs/" + log(log) + FULL,
                utf8(event),
                new String[] {"Thalweg-Key", key, "Thalweg-Producer", "clerk/1", "Thalweg-Number", Long.toString(number)
                },
                told);
        settle();
    }

    private void settle() throws Exception {
        if (isSettled()) {
            return;
        }
        List<IOException> gone = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            try {
                return isSettled();
            } catch (IOException e) {
                gone.add(e);
                return true;
            }
        });
        if (!gone.isEmpty()) {
            throw gone.getFirst();
        }
    }

    /** Asks once for what is open, if anything is. */
    private boolean isSettled() throws Exception {
        Open asked = open;
        if (asked == null) {
            return true;
        }
        HttpResponse<String> answer = road.append(asked.path, asked.event, asked.headers);
        assertThat(answer.statusCode()).as("%s", answer.body()).isIn(200, 503, 504);
        if (answer.statusCode() == 504) {
            assertThat(answer.body()).contains("outcome_unknown");
        }
        if (answer.statusCode() != 200) {
            return false;
        }
        open = null;
        asked.told.accept(Api.JSON.readTree(answer.body()));
        return true;
    }

    /** Whether there are pens now. */
    public boolean stock() throws Exception {
        byte[] pens = utf8("{\"item\":\"pen\",\"count\":100000}");
        return road.append("/logs/" + log("stock") + FULL, pens, "Thalweg-Key", "pen")
                        .statusCode()
                == 200;
    }

    /**
     * Has a line counted.
     *
     * @param word that stands in it, and in no other
     */
    public void line(String word) throws Exception {
        full("lines", word, "a b w" + word.length() + " " + word, _ -> counted.add(word));
    }

    /** Sells a pen, for money in the ledger. */
    public void sell(String order) throws Exception {
        String command = "{\"order\":\"" + order + "\",\"lines\":[{\"item\":\"pen\",\"count\":1}]}";
        full("orders", order, command, answer -> {
            assertThat(state(answer)).as("%s: %s", order, answer).isEqualTo("held");
            held.add(order);
        });
        String payment =
                "{\"order\":\"" + order + "\",\"paid\":true,\"account\":" + BUYER + ",\"price\":" + PRICE + "}";
        full("orders", order, payment, answer -> {
            // Held still when its money did not move.
            assertThat(state(answer)).as("%s: %s", order, answer).isIn("paid", "held");
            if (state(answer).equals("paid")) {
                paid.add(order);
            }
        });
    }

    private static String state(JsonNode answer) {
        return answer.at("/answers/shop/state").asString("");
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

    /** What the shop has of each order. */
    private Map<String, String> states() throws Exception {
        Map<String, String> states = new TreeMap<>();
        question.ask("POST", "/views/shop/indexes/orders/select?consistency=linearizable", EVERYTHING)
                .get("values")
                .forEach(pair -> states.put(
                        pair.get(0).asString(), pair.get(1).get("state").asString()));
        return states;
    }

    private String posted(int account, String side) throws Exception {
        return question.ask("GET", ACCOUNTS + "/" + account, "").get(side).asString();
    }

    /**
     * Whatever he was told is there once, of whatever he has asked again, too; whoever reads {@code decisions} was told once of each order that is paid, and of no
     * other; and as often money has moved.
     */
    public void assertAllIsThere() throws Exception {
        await().atMost(PATIENCE).ignoreExceptionsInstanceOf(IOException.class).until(this::isSettled);
        await().atMost(PATIENCE).until(() -> Collections.disjoint(states().values(), Set.of("pending", "paying")));
        Map<String, Long> words = counted();
        assertThat(counted).isNotEmpty().allSatisfy(word -> assertThat(words).containsEntry(word, 1L));
        assertThat(events("orders").stream()
                        .map(command -> command.get("payload").toString()))
                .as("commands, each appended once")
                .doesNotHaveDuplicates();
        Map<String, String> states = states();
        List<String> emitted = new ArrayList<>();
        for (JsonNode event : events("decisions")) {
            JsonNode decision = Api.JSON.readTree(event.get("payload").asString());
            if (decision.get("state").asString().equals("paid")) {
                emitted.add(decision.get("order").asString());
            }
        }
        List<String> sold = states.keySet().stream()
                .filter(order -> "paid".equals(states.get(order)))
                .toList();
        assertThat(emitted).containsExactlyInAnyOrderElementsOf(sold);
        assertThat(paid).isNotEmpty();
        assertThat(emitted).containsAll(paid);
        assertThat(held).allSatisfy(order -> assertThat(states.get(order)).isIn("held", "paid"));
        String moved = posted(TILL, "credits_posted");
        assertThat(posted(BUYER, "debits_posted")).isEqualTo(moved);
        assertThat(Long.parseLong(moved)).as("for %d paid orders", sold.size()).isEqualTo((long) PRICE * sold.size());
    }
}
