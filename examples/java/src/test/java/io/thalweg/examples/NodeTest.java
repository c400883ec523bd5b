package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.View;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The examples on a node, over HTTP, as their users have them. */
final class NodeTest extends OnNode {

    @Test
    void aViewFollowsTheLogsThatItFollowsThroughSplits() throws Exception {
        deploy("words", WordCount.class, 2);
        String log = log("lines");
        String position = "";
        for (int i = 0; i < 40; i++) {
            if (i == 10 || i == 20) {
                Answer split = post("/logs/" + log + "/split", "{\"partition\":" + i / 10 + "}");
                assertThat(split.status()).as(split.text()).isEqualTo(200);
            }
            Answer appended;
            do {
                // While the view begins anew, behind a split, an append that would wait for it appends nothing.
                appended = post(
                        "/logs/" + log + "/append?ack=full&timeout=60000", "w" + i % 7, "Thalweg-Key", "line-" + i);
            } while (appended.status() == 503);
            assertThat(appended.status()).as(appended.text()).isEqualTo(200);
            position = appended.position();
        }
        restart();
        assertThat(select("words", "counts", "[[\"all\"]]", "?after=" + position))
                .extracting(JsonNode::toString)
                .containsExactlyInAnyOrder(
                        "[\"w0\",6]",
                        "[\"w1\",6]",
                        "[\"w2\",6]",
                        "[\"w3\",6]",
                        "[\"w4\",6]",
                        "[\"w5\",5]",
                        "[\"w6\",5]");
        JsonNode whole = send("GET", "/views/words", new byte[0]).json();
        assertThat(whole.get("partitions").get(0).get("position").has("lines/2")
                        || whole.get("partitions").get(1).get("position").has("lines/2"))
                .isTrue();
    }

    @Test
    void headersOfAnAppenderMeanNothingToAView() throws Exception {
        deploy("words", WordCount.class, 2);
        String log = log("lines");
        for (String header : List.of("hop", "origin", "replay")) {
            for (String value : List.of("$batch", "https://shop.example", "lines@1@x")) {
                Answer appended = post(
                        "/logs/" + log + "/append?ack=full&timeout=60000",
                        "river",
                        "Thalweg-Key",
                        value,
                        "Thalweg-Header-" + header,
                        value);
                assertThat(appended.status()).as(appended.text()).isEqualTo(200);
            }
        }
        assertThat(select("words", "counts", "[[\"key\",\"river\"]]", "?consistency=linearizable")
                        .toString())
                .isEqualTo("[9]");
    }

    @Test
    void wordsAreCountedOverPartitionsAndReadAfterTheyWereWrittenAlsoByTheNextProcess() throws Exception {
        JsonNode deployed = deploy("words", WordCount.class, 3);
        assertThat(deployed.get("indexes").toString()).contains("counts");
        String log = log("lines");
        Map<String, Long> expected = new TreeMap<>();
        List<String> positions = new ArrayList<>();
        for (int i = 0; i < 21; i++) {
            String line = "the cat w" + i % 7;
            for (String word : line.split(" ", -1)) {
                expected.merge(word, 1L, Long::sum);
            }
            positions.add(post("/logs/" + log + "/append", line, "Thalweg-Key", "k" + i)
                    .position());
            assertThat(select("words", "counts", "[[\"key\",\"the\"]]", "?after=" + positions.getLast())
                            .get(0)
                            .asLong())
                    .isGreaterThanOrEqualTo(1);
            if (i == 10) {
                restart();
            }
        }
        String all = "?consistency=linearizable";
        Map<String, Long> counted = new TreeMap<>();
        select("words", "counts", "[[\"all\"]]", all)
                .forEach(pair -> counted.put(pair.get(0).asString(), pair.get(1).asLong()));
        assertThat(counted).isEqualTo(expected);
        Answer wrong = post("/views/words/indexes/counts/select", "{\"path\":[[\"key\",\"the\"],[\"key\",\"x\"]]}");
        assertThat(wrong.status()).as(wrong.text()).isEqualTo(400);
        assertThat(post("/views/words/indexes/nothing/select", "{\"path\":[[\"all\"]]}")
                        .status())
                .isEqualTo(404);
        assertThat(post("/views/words/rewind", "").status()).isEqualTo(200);
        Map<String, Long> again = new TreeMap<>();
        select("words", "counts", "[[\"all\"]]", all)
                .forEach(pair -> again.put(pair.get(0).asString(), pair.get(1).asLong()));
        assertThat(again).as("begun anew").isEqualTo(expected);
        assertThat(deploy("words", WordCount.class, 3).get("active_version").asInt())
                .isEqualTo(2);
        assertThat(select("words", "counts", "[[\"key\",\"cat\"]]", all).get(0).asLong())
                .isEqualTo(21);
        assertThat(send("DELETE", "/views/words", new byte[0]).status()).isEqualTo(204);
        assertThat(send("GET", "/views", new byte[0]).json().get("views")).isEmpty();
    }

    @Test
    void aCommandIsDecidedWhereItsKeyLivesAndWhoeverAppendedItHearsTheAnswer() throws Exception {
        deploy("social", Social.class, 2);
        String follows = log("follows");
        String follow = "{\"from\":\"ann\",\"to\":\"bob\",\"follow\":true}";
        Answer refused = post("/logs/" + follows + "/append?ack=full&timeout=60000", follow, "Thalweg-Key", "ann");
        assertThat(refused.json().at("/answers/social/accepted").asBoolean(true))
                .as(refused.text())
                .isFalse();
        post(
                "/logs/" + log("profiles") + "/append?ack=full&timeout=60000",
                "{\"user\":\"bob\",\"name\":\"Bob\"}",
                "Thalweg-Key",
                "bob");
        String[] numbered = {"Thalweg-Key", "ann", "Thalweg-Producer", "ann/1", "Thalweg-Number", "1"};
        Answer accepted = post("/logs/" + follows + "/append?ack=full&timeout=60000", follow, numbered);
        assertThat(accepted.json().at("/answers/social/accepted").asBoolean(false))
                .as(accepted.text())
                .isTrue();
        Answer again = post("/logs/" + follows + "/append?ack=full&timeout=60000", follow, numbered);
        assertThat(again.json().get("sequence")).isEqualTo(accepted.json().get("sequence"));
        assertThat(again.json().get("answers")).isEqualTo(accepted.json().get("answers"));
        Answer posted = post(
                "/logs/" + log("posts") + "/append?ack=full&timeout=60000",
                "{\"user\":\"bob\",\"post\":\"1\",\"text\":\"hello\"}",
                "Thalweg-Key",
                "bob");
        assertThat(posted.status()).as(posted.text()).isEqualTo(200);
        assertThat(select("social", "timeline", "[[\"key\",\"ann\"],[\"all\"]]", "")
                        .get(0)
                        .get("user")
                        .asString())
                .isEqualTo("bob");
        assertThat(select("social", "followers", "[[\"key\",\"bob\"],[\"all\"]]", "")
                        .get(0)
                        .asString())
                .isEqualTo("ann");
        assertThat(post("/logs/" + follows + "/append?ack=none", follow, "Thalweg-Key", "ann")
                        .status())
                .isEqualTo(202);
        assertThat(post("/logs/" + follows + "/append?ack=all", follow).status())
                .isEqualTo(400);
    }

    @Test
    void anOrderIsRefusedWholeWhenAnItemIsOut() throws Exception {
        deploy("shop", Shop.class, 2);
        post(
                "/logs/" + log("stock") + "/append?ack=full&timeout=60000",
                "{\"item\":\"pen\",\"count\":2}",
                "Thalweg-Key",
                "pen");
        String order = "{\"order\":\"o1\",\"lines\":[{\"item\":\"pen\",\"count\":1},{\"item\":\"ink\",\"count\":1}]}";
        Answer answer = post("/logs/" + log("orders") + "/append?ack=full&timeout=60000", order, "Thalweg-Key", "o1");
        assertThat(answer.json().at("/answers/shop/state").asString())
                .as(answer.text())
                .isEqualTo("refused");
        assertThat(answer.json().at("/answers/shop/missing").asString()).isEqualTo("ink");
        assertThat(select("shop", "stock", "[[\"key\",\"pen\"]]", "").get(0).asLong())
                .isEqualTo(2);
    }

    private Answer ordered(String order, String rest) throws Exception {
        Answer answer = post(
                "/logs/" + log("orders") + "/append?ack=full&timeout=60000",
                "{\"order\":\"" + order + "\"," + rest + "}",
                "Thalweg-Key",
                order);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer;
    }

    private static String state(Answer answer) {
        return answer.json().at("/answers/shop/state").asString("");
    }

    @Test
    void moneyMovesOnceInTheLedgerHoweverOftenItIsPaidAndAnOrderIsHeldWhoseMoneyDoesNotMove() throws Exception {
        deploy("shop", Shop.class, 2);
        String ledger = "/ledgers/" + Shop.LEDGER;
        Answer accounts = post(
                ledger + "/accounts",
                "[{\"id\":\"" + Shop.TILL + "\",\"ledger\":1,\"code\":1},{\"id\":\"7\",\"ledger\":1,\"code\":1}]");
        assertThat(accounts.status()).as(accounts.text()).isEqualTo(200);
        Answer stock = post(
                "/logs/" + log("stock") + "/append?ack=full&timeout=60000",
                "{\"item\":\"pen\",\"count\":2}",
                "Thalweg-Key",
                "pen");
        assertThat(stock.status()).as(stock.text()).isEqualTo(200);
        for (String order : List.of("o1", "o2")) {
            Answer made = ordered(order, "\"lines\":[{\"item\":\"pen\",\"count\":1}]");
            assertThat(state(made)).as(made.text()).isEqualTo("held");
        }
        for (int i = 0; i < 2; i++) {
            Answer paid = ordered("o1", "\"paid\":true,\"account\":7,\"price\":5");
            assertThat(state(paid)).as(paid.text()).isEqualTo("paid");
            Answer failed = ordered("o2", "\"paid\":true,\"account\":8,\"price\":5");
            assertThat(state(failed)).as(failed.text()).isEqualTo("held");
            assertThat(failed.json().at("/answers/shop/missing").asString("")).isEqualTo("debit_account_not_found");
            JsonNode transfers =
                    send("GET", ledger + "/transfers", new byte[0]).json().get("transfers");
            assertThat(transfers).hasSize(1);
            assertThat(transfers.get(0).get("debit_account_id").asString()).isEqualTo("7");
            assertThat(transfers.get(0).get("credit_account_id").asString()).isEqualTo(Long.toString(Shop.TILL));
            assertThat(transfers.get(0).get("amount").asString()).isEqualTo("5");
            restart();
        }
    }

    @Test
    void aPausedViewAnswersFromWhereItIsAndWhatIsNotAViewIsRefused() throws Exception {
        deploy("words", WordCount.class, 1);
        assertThat(post("/views/words/pause", "").json().get("wanted").asString())
                .isEqualTo("paused");
        awaitState("words", "paused");
        Answer appended = post("/logs/" + log("lines") + "/append", "hello");
        String path = "/views/words/indexes/counts/select?timeout=300&after=" + appended.position();
        assertThat(post(path, "{\"path\":[[\"key\",\"hello\"]]}").status()).isEqualTo(504);
        post("/views/words/resume", "");
        assertThat(select("words", "counts", "[[\"key\",\"hello\"]]", "?after=" + appended.position())
                        .get(0)
                        .asLong())
                .isEqualTo(1);
        Answer none = send("PUT", "/views/x?class=" + URLEncoder.encode("no.Such", StandardCharsets.UTF_8), jar());
        assertThat(none.status()).isEqualTo(400);
        assertThat(none.text()).contains("no.Such");
        assertThat(send("PUT", "/views/x?class=a.B", new byte[] {1, 2, 3}).status())
                .isEqualTo(400);
        assertThat(send("GET", "/views/nothing", new byte[0]).status()).isEqualTo(404);
    }

    /** Counts events of a key; one handler sleeps until it is asked to stop, and passes that on as it should. */
    public static final class Sleeper implements View {
        private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.log("beds", Codec.text(), (step, text) -> {
                if (text.equals("sleep")) {
                    try {
                        Thread.sleep(3_600_000);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
            });
        }
    }

    /** Does not come back from an event, whoever asks, as long as a property says so: its classes are not the test's. */
    public static final class Deaf implements View {
        private static final String LOOPS = "io.thalweg.examples.loops";

        @Override
        public void declare(Declaration view) {
            view.index(Sleeper.COUNTS);
            view.log("beds", Codec.text(), (step, text) -> {
                while (text.equals("loop") && System.getProperty(LOOPS) != null) {
                    LockSupport.parkNanos(1_000_000);
                    boolean _ = Thread.interrupted();
                }
                step.index(Sleeper.COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
            });
        }
    }

    private static String keyOf(int partition) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "k" + i)
                .filter(key -> Slots.partition(Slots.of(key), 2) == partition)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aHandlerThatStopsWhenItIsAskedGoesOnAndOneThatNeverDoesIsGivenUp() throws Exception {
        System.setProperty(Deaf.LOOPS, "true");
        try {
            deploy("deaf", Deaf.class, 2);
            deploy("sleeper", Sleeper.class, 2);
            String log = log("beds");
            String full = "/logs/" + log + "/append?ack=full&timeout=60000";
            String key = keyOf(0);
            assertThat(post(full, "first", "Thalweg-Key", key).status()).isLessThan(300);
            post("/logs/" + log + "/append", "sleep", "Thalweg-Key", key);
            String after =
                    post("/logs/" + log + "/append", "loop", "Thalweg-Key", key).position();
            assertThat(select("sleeper", "counts", "[[\"key\",\"" + key + "\"]]", "?timeout=30000&after=" + after)
                            .get(0)
                            .asLong())
                    .isEqualTo(3);
            awaitState("deaf", "stuck");
            assertThat(send("GET", "/views/deaf", new byte[0]).text())
                    .contains("the handler does not come back")
                    .contains("NodeTest.java");
            assertThat(post(full, "other", "Thalweg-Key", keyOf(1)).status())
                    .as("the view's other partition goes on")
                    .isEqualTo(200);
            awaitState("deaf", "stuck");
            String many = "[" + String.join(",", Collections.nCopies(10_100, "\"x\"")) + "]";
            for (int i = 0; i < 10; i++) {
                Answer appended =
                        post("/logs/" + log + "/append_batch?partition=0", many, "Content-Type", "application/json");
                assertThat(appended.status()).as(appended.text()).isLessThan(300);
            }
            Answer refused = sendOnce("POST", full, "more".getBytes(StandardCharsets.UTF_8), "Thalweg-Key", key);
            assertThat(refused.status()).as(refused.text()).isEqualTo(503);
            assertThat(refused.text()).contains("of a partition of the log before it", "nothing was appended");
        } finally {
            System.clearProperty(Deaf.LOOPS);
        }
        awaitState("deaf", "running"); // by itself, once it has come back
    }

    /** Emits what it hears. */
    public static final class Echo implements View {
        @Override
        public void declare(Declaration view) {
            Output<String> out = view.output("out", Codec.text());
            view.log("in", Codec.text(), (step, text) -> step.emit(out, step.key(), text));
        }
    }

    private Answer tryToDeploy(String name, int partitions) throws Exception {
        return send("PUT", "/views/" + name + "?class=" + Echo.class.getName() + "&partitions=" + partitions, jar());
    }

    @Test
    void aViewWhoseLogsDoNotFitItIsRefusedWithTheirNumbers() throws Exception {
        post("/logs", "{\"name\":\"in\",\"partitions\":3}");
        post("/logs", "{\"name\":\"out\",\"partitions\":2}");
        Answer output = tryToDeploy("echo", 1);
        assertThat(output.status()).as(output.text()).isEqualTo(400);
        assertThat(output.text()).contains("log out").contains("2 partitions").contains("the view has 3");
        deploy("echo", WordCount.class, 2);
        Answer input = tryToDeploy("echo", 2);
        assertThat(input.status()).as(input.text()).isEqualTo(400);
        assertThat(input.text()).contains("log in began with 3 partitions, more than the view's 2");
    }

    @Test
    void whoWaitsForAViewThatDoesNotStartIsToldSo() throws Exception {
        deploy("shop", Shop.class, 1);
        String orders = log("orders");
        String quiet = post("/logs", "{\"name\":\"quiet\",\"with\":\"" + orders + "\"}")
                .json()
                .get("log_id")
                .asString();
        assertThat(send("DELETE", "/logs/" + log("stock"), new byte[0]).status())
                .isLessThan(300);
        restart();
        byte[] order = "{\"order\":\"o\",\"lines\":[]}".getBytes(StandardCharsets.UTF_8);
        Answer answer = sendOnce("POST", "/logs/" + orders + "/append?ack=full", order);
        assertThat(answer.status()).as(answer.text()).isEqualTo(503);
        assertThat(answer.text()).contains("view shop");
        Answer beside = sendOnce("POST", "/logs/" + quiet + "/append?ack=full", order);
        assertThat(beside.status())
                .as("of a log in the same shard that it does not follow: %s", beside.text())
                .isEqualTo(200);
    }

    private Answer full(String log, String names) throws Exception {
        return send("PATCH", "/logs/" + log, ("{\"full\":" + names + "}").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anAppendWaitsForTheViewsThatItsLogNamesAndForNoOther() throws Exception {
        deploy("words", WordCount.class, 1);
        deploy("slow", WordCount.class, 1);
        String log = log("lines");
        String waiting = "/logs/" + log + "/append?ack=full&timeout=";
        assertThat(post("/views/slow/pause", "").status()).isEqualTo(200);
        awaitState("slow", "paused");
        String[] numbered = {"Thalweg-Producer", "boat/1", "Thalweg-Number", "1"};
        Answer late = post(waiting + "1", "river", numbered);
        assertThat(late.status()).as("all are waited for").isEqualTo(504);
        assertThat(late.text()).contains("outcome_unknown", "the event is stored as sequence 1, but view ");
        assertThat(full(log, "[\"words\"]").json().at("/full/0").asString()).isEqualTo("words");
        restart();
        Answer named = post(waiting + "60000", "river");
        assertThat(named.status()).as(named.text()).isEqualTo(200);
        assertThat(named.json().get("answers").propertyNames()).containsExactly("words");
        assertThat(full(log, "[]").status()).isEqualTo(200);
        assertThat(post(waiting + "1", "river").status()).isEqualTo(200);
        for (String wrong : List.of("[\"words\",\"gone\"]", "[\"shop\"]")) {
            deploy("shop", Shop.class, 1);
            assertThat(full(log, wrong).status()).isEqualTo(200);
            Answer refused = sendOnce("POST", waiting + "60000", "river".getBytes(StandardCharsets.UTF_8));
            assertThat(refused.status()).as(refused.text()).isEqualTo(503);
            assertThat(refused.text()).contains("which the log names", "nothing was appended");
        }
        assertThat(full(log, "[\"a/b\"]").status()).isEqualTo(400);
        assertThat(full(log, "[\"*\"]").json().has("full")).isFalse();
        assertThat(post("/views/slow/resume", "").status()).isEqualTo(200);
        Answer all = post(waiting + "60000", "river");
        assertThat(all.json().get("answers").propertyNames()).as(all.text()).contains("words", "slow");
        Answer again = post(waiting + "60000", "river", numbered);
        assertThat(again.status()).as(again.text()).isEqualTo(200);
        assertThat(again.json().get("sequence").asLong()).as("as it was then").isEqualTo(1);
        assertThat(again.json().get("answers").propertyNames()).as(again.text()).contains("words", "slow");
    }
}
