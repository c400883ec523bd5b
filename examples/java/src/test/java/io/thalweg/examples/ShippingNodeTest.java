package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A version with a state of its own processes the logs beside the one that answers, takes over, and goes back, on a node that is ended meanwhile. */
final class ShippingNodeTest extends OnNode {
    private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));
    private static final int PARTITIONS = 2;

    /** Counts an event so much at its key, hops to another, and says of both what has done it. */
    private static void declare(Declaration view, long each, String version) {
        view.index(COUNTS);
        Output<String> out = view.output("told", Codec.text());
        Source.Hop<String> hop = view.hop("hop", Codec.text(), text -> "of " + text, (step, text) -> {
            step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? each : count + each);
            step.emit(out, step.key(), "hop " + text + version);
        });
        view.log("things", Codec.text(), (step, text) -> {
            step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? each : count + each);
            step.emit(out, step.key(), "thing " + text + version);
            step.hop(hop, text);
        });
    }

    /** Counts one. */
    public static final class One implements View {
        @Override
        public void declare(Declaration view) {
            ShippingNodeTest.declare(view, 1, " by one");
        }
    }

    /** Counts two. */
    public static final class Two implements View {
        @Override
        public void declare(Declaration view) {
            ShippingNodeTest.declare(view, 2, " by two");
        }
    }

    /** Counts two, and takes nothing bad. */
    public static final class Picky implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.log("things", Codec.text(), (step, text) -> {
                if (text.startsWith("bad")) {
                    throw new IllegalStateException("no " + text);
                }
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 2 : count + 2);
            });
        }
    }

    /** As the one that counts one, and says so in other words; takes nothing bad. */
    public static final class Worded implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            Output<String> out = view.output("told", Codec.text());
            Source.Hop<String> hop = view.hop("hop", Codec.text(), text -> "of " + text, (step, text) -> {
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
                step.emit(out, step.key(), "hop " + text + " in words");
            });
            view.log("things", Codec.text(), (step, text) -> {
                if (text.startsWith("bad")) {
                    throw new IllegalStateException("no " + text);
                }
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
                step.emit(out, step.key(), "thing " + text + " in words");
                step.hop(hop, text);
            });
        }
    }

    /** Does not get through. */
    public static final class Broken implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.log("things", Codec.text(), (_, text) -> {
                throw new IllegalStateException("no " + text);
            });
        }
    }

    private int things;

    /** Has things processed, by whichever version. */
    private void append(int count) throws Exception {
        append(count, "?ack=full&timeout=60000");
    }

    private void append(int count, String how) throws Exception {
        String log = log("things");
        for (int i = 0; i < count; i++) {
            Answer answer = post("/logs/" + log + "/append" + how, "t" + things, "Thalweg-Key", "t" + things);
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            things++;
        }
    }

    private JsonNode status() throws Exception {
        return send("GET", "/views/count", new byte[0]).json();
    }

    private void requireCounts(long each) throws Exception {
        Map<String, Long> counted = new TreeMap<>();
        select("count", "counts", "[[\"all\"]]", "?consistency=linearizable")
                .forEach(pair -> counted.put(pair.get(0).asString(), pair.get(1).asLong()));
        Map<String, Long> expected = new TreeMap<>();
        for (int i = 0; i < things; i++) {
            expected.put("t" + i, each);
            expected.put("of t" + i, each);
        }
        assertThat(counted).isEqualTo(expected);
    }

    /** What the view has told, each with who did; each thing and each hop stands there once. */
    private List<String> told() throws Exception {
        List<String> told = new ArrayList<>();
        String log = log("told");
        for (int partition = 0; partition < PARTITIONS; partition++) {
            send("GET", "/logs/" + log + "/events?partition=" + partition + "&limit=1000", new byte[0])
                    .json()
                    .get("events")
                    .forEach(event -> told.add(event.get("payload").asString()));
        }
        return told;
    }

    private void awaitVersion(int version) throws Exception {
        JsonNode status = status();
        for (long end = System.nanoTime() + 60_000_000_000L;
                status.get("active_version").asInt() != version
                        || !status.get("candidate").isNull();
                Thread.sleep(20)) {
            assertThat(System.nanoTime()).as("in time: %s", status).isLessThan(end);
            status = status();
        }
    }

    private JsonNode beside(Class<?> view, String more) throws Exception {
        Answer answer = send("PUT", "/views/count?class=" + view.getName() + "&way=replay" + more, jar());
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void aVersionReplaysBesideTakesOverAndGoesBack() throws Exception {
        deploy("count", One.class, PARTITIONS);
        append(40);
        requireCounts(1);
        AtomicBoolean over = new AtomicBoolean();
        List<Integer> refused = new ArrayList<>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                while (!over.get()) {
                    Answer answer = sendOnce(
                            "POST",
                            "/views/count/indexes/counts/select?consistency=linearizable&timeout=20000",
                            "{\"path\":[[\"key\",\"t0\"]]}".getBytes(StandardCharsets.UTF_8));
                    if (answer.status() != 200) {
                        refused.add(answer.status());
                    }
                }
            } catch (Exception e) {
                refused.add(-1);
            }
        });
        beside(Two.class, "");
        append(10);
        awaitVersion(2);
        over.set(true);
        reader.join();
        assertThat(refused).as("it answers all the time").isEmpty();
        requireCounts(2);
        append(10);
        requireCounts(2);
        restart();
        requireCounts(2);
        assertThat(status().get("previous_version").asInt()).isEqualTo(1);

        Answer back = post("/views/count/rollback", "");
        assertThat(back.status()).as(back.text()).isEqualTo(200);
        awaitVersion(1);
        requireCounts(1);
        append(5);
        requireCounts(1);
        List<String> told = told();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < things; i++) {
            // Those in between were told by whichever answered then.
            String by = told.contains("thing t" + i + " by two") ? " by two" : " by one";
            assertThat(i < 40 || i >= 60 ? by : " by one").isEqualTo(" by one");
            assertThat(i >= 50 && i < 60 ? by : " by two").isEqualTo(" by two");
            expected.addAll(List.of("thing t" + i + by, "hop t" + i + by));
        }
        assertThat(told).containsExactlyInAnyOrderElementsOf(expected);
        String audit = send("GET", "/tenants/me/audit?limit=1000", new byte[0]).text();
        assertThat(audit).contains("view.deploy_beside", "view.activate", "view.roll_back");
    }

    @Test
    void aVersionThatDoesNotGetThroughSaysSoAndTheOtherGoesOn() throws Exception {
        deploy("count", One.class, PARTITIONS);
        append(3);
        beside(Broken.class, "");
        JsonNode candidate = status().get("candidate");
        for (long end = System.nanoTime() + 60_000_000_000L;
                !candidate.get("reason").asString("").contains("no t");
                Thread.sleep(20)) {
            assertThat(System.nanoTime()).as("in time: %s", candidate).isLessThan(end);
            candidate = status().get("candidate");
        }
        assertThat(candidate.get("version").asInt()).isEqualTo(2);
        append(3);
        requireCounts(1);
        assertThat(status().get("active_version").asInt()).isEqualTo(1);
        assertThat(post("/views/count/rewind", "").status())
                .as("what is followed")
                .isEqualTo(400);
        assertThat(post("/views/count/rollback", "").status()).isEqualTo(200);
        assertThat(status().get("candidate").isNull()).isTrue();
        requireCounts(1);
    }

    /** Sets a timer for later. */
    public static final class Waiting implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            Source.Timer<String> later = view.timer("later", Codec.text(), (_, _) -> {});
            view.log(
                    "things",
                    Codec.text(),
                    (step, text) -> step.schedule(later, step.now().plusSeconds(3_600), text));
        }
    }

    @Test
    void aVersionInWhichATimerWouldNotGoOnIsRefused() throws Exception {
        deploy("count", Waiting.class, PARTITIONS);
        post("/logs/" + log("things") + "/append?ack=full&timeout=60000", "t", "Thalweg-Key", "ann");
        Answer refused = send("PUT", "/views/count?class=" + One.class.getName(), jar());
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.text()).contains("1 of timer later").contains("ann");
        assertThat(status().get("versions")).hasSize(1);
    }

    @Test
    void theVersionBeforeTakesOverWhereTheOneOfTodayStandsStill() throws Exception {
        deploy("count", One.class, PARTITIONS);
        append(3);
        requireCounts(1);
        beside(Picky.class, "");
        awaitVersion(2);
        String log = log("things");
        post("/logs/" + log + "/append", "bad idea", "Thalweg-Key", "bad");
        awaitParked();
        append(3, "");
        assertThat(post("/views/count/rollback", "").status()).isEqualTo(200);
        awaitVersion(1);
        assertThat(select("count", "counts", "[[\"key\",\"bad\"]]", "?consistency=linearizable")
                        .toString())
                .isEqualTo("[1]");
        for (int i = 0; i < things; i++) {
            assertThat(select("count", "counts", "[[\"key\",\"t" + i + "\"]]", "?consistency=linearizable")
                            .toString())
                    .isEqualTo("[1]");
        }
        assertThat(told()).contains("thing bad idea by one", "hop bad idea by one");
    }

    @Test
    void aViewProcessesItsLogsAgainBesideItselfAndTakesOverFromItself() throws Exception {
        deploy("count", One.class, PARTITIONS);
        append(5);
        Answer again = post("/views/count/rewind?way=replay", "");
        assertThat(again.status()).as(again.text()).isEqualTo(200);
        assertThat(again.json().at("/candidate/version").asInt()).isEqualTo(2);
        append(5);
        awaitVersion(2);
        requireCounts(1);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < things; i++) {
            expected.addAll(List.of("thing t" + i + " by one", "hop t" + i + " by one"));
        }
        assertThat(told()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(status().get("previous_version").asInt()).isEqualTo(1);

        deploy("picky", Picky.class, PARTITIONS);
        String log = log("things");
        post("/logs/" + log + "/append", "bad idea", "Thalweg-Key", "bad");
        awaitReason("picky", "/reason", "no bad idea");
        assertThat(post("/views/picky/repair", "{\"action\":\"skip\"}").status())
                .isEqualTo(200);
        append(1);
        assertThat(post("/views/picky/rewind?way=replay", "").status()).isEqualTo(200);
        // What was left out is met again; until somebody looks after it, the view is as it was.
        awaitReason("picky", "/candidate/reason", "no bad idea");
        assertThat(select("picky", "counts", "[[\"key\",\"t0\"]]", "").toString())
                .isEqualTo("[2]");
        Answer twice = post("/views/picky/rewind?way=replay", "");
        assertThat(twice.status()).as(twice.text()).isEqualTo(400);
        assertThat(post("/views/picky/repair", "{\"action\":\"skip\",\"version\":2}")
                        .json()
                        .get("repaired"))
                .hasSize(1);
        Answer anew = post("/views/picky/rewind", ""); // refused until it has taken over
        for (long end = System.nanoTime() + 60_000_000_000L; anew.status() != 200; Thread.sleep(20)) {
            assertThat(System.nanoTime()).as("in time: %s", anew).isLessThan(end);
            anew = post("/views/picky/rewind", "");
        }
        assertThat(anew.json().get("active_version").asInt()).isEqualTo(2);
        awaitReason("picky", "/reason", "no bad idea");
    }

    private void awaitReason(String view, String place, String part) throws Exception {
        for (long end = System.nanoTime() + 60_000_000_000L; ; Thread.sleep(20)) {
            JsonNode status = send("GET", "/views/" + view, new byte[0]).json();
            if (status.at(place).asString("").contains(part)) {
                return;
            }
            assertThat(System.nanoTime()).as("in time: %s", status).isLessThan(end);
        }
    }

    /** A key that is at home in a partition. */
    private static String keyOf(int partition) {
        for (int i = 0; ; i++) {
            if (Slots.partition(Slots.of("k" + i), PARTITIONS) == partition) {
                return "k" + i;
            }
        }
    }

    private void change(String options) throws Exception {
        Answer answer = send("PUT", "/views/count/options", options.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private void rolling(Class<?> view, int status) throws Exception {
        Answer answer = send("PUT", "/views/count?class=" + view.getName() + "&way=rolling", jar());
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    }

    @Test
    void aVersionComesToOnePartitionAfterTheOtherAndNoFurtherThanItGetsThrough() throws Exception {
        deploy("count", One.class, PARTITIONS);
        append(6);
        rolling(Picky.class, 400); // it has no hop that the other partitions would send it
        String log = log("things");
        change("{\"take_over\":\"manual\"}");
        rolling(Worded.class, 200);
        awaitReason("count", "/candidate/reason", "partition 0 has it");
        post("/logs/" + log + "/append", "bad idea", "Thalweg-Key", keyOf(0));
        awaitReason("count", "/candidate/reason", "partition 0 is parked");
        JsonNode stands = status();
        assertThat(stands.get("active_version").asInt()).as("%s", stands).isEqualTo(1);
        assertThat(stands.at("/candidate/partitions")).as("%s", stands).hasSize(1);
        assertThat(stands.at("/candidate/reason").asString()).contains("no bad idea");
        post("/logs/" + log + "/append?ack=full&timeout=60000", "other", "Thalweg-Key", keyOf(1));
        assertThat(told()).as("partition 1 goes on by the version of before").contains("thing other by one");

        assertThat(post("/views/count/rollback", "").status()).isEqualTo(200);
        post("/logs/" + log + "/append?ack=full&timeout=60000", "good", "Thalweg-Key", keyOf(0));
        assertThat(told()).as("and so does partition 0").contains("thing bad idea by one", "thing good by one");
        assertThat(told()).noneMatch(each -> each.contains("bad") && each.contains("in words"));

        change("{}");
        rolling(Worded.class, 200);
        awaitVersion(3);
        append(6);
        assertThat(told()).contains("thing t11 in words", "hop t11 in words");
        for (int i = 0; i < things; i++) {
            String thing = "t" + i;
            assertThat(told())
                    .as(thing)
                    .filteredOn(each -> each.startsWith("thing " + thing + " "))
                    .hasSize(1);
            assertThat(told())
                    .as(thing)
                    .filteredOn(each -> each.startsWith("hop " + thing + " "))
                    .hasSize(1);
        }
        assertThat(send("GET", "/tenants/me/audit?limit=1000", new byte[0]).text())
                .contains("view.deploy_rolling");
        restart();
        assertThat(status().get("active_version").asInt()).isEqualTo(3);
    }

    @Test
    void aVersionThatPutsEventsAsideComesNoFurther() throws Exception {
        deploy("count", One.class, PARTITIONS);
        String log = log("things");
        change("{\"take_over\":\"manual\",\"on_poison\":\"dead_letters\"}");
        rolling(Worded.class, 200);
        awaitReason("count", "/candidate/reason", "partition 0 has it");
        post("/logs/" + log + "/append?ack=full&timeout=60000", "bad idea", "Thalweg-Key", keyOf(0));
        awaitReason("count", "/candidate/reason", "partition 0 has put 1 events aside");
        change("{\"on_poison\":\"dead_letters\"}");
        post("/logs/" + log + "/append?ack=full&timeout=60000", "good", "Thalweg-Key", keyOf(0));
        awaitReason("count", "/candidate/reason", "aside");
        assertThat(status().at("/candidate/partitions")).hasSize(1);
        assertThat(post("/views/count/rollback", "").status()).isEqualTo(200);
        post("/logs/" + log + "/append?ack=full&timeout=60000", "bad again", "Thalweg-Key", keyOf(0));
        assertThat(told()).contains("thing good in words", "thing bad again by one");
    }

    /** Sets a timer for later, whose text another version could not read. */
    public static final class Strict implements View {
        @Override
        public void declare(Declaration view) {
            waiting(view, true);
        }
    }

    /** The same, and reads all. */
    public static final class Mild implements View {
        @Override
        public void declare(Declaration view) {
            waiting(view, false);
        }
    }

    private static void waiting(Declaration view, boolean strict) {
        Codec<String> text = Codec.text();
        Codec<String> its = new Codec<>() {
            @Override
            public byte[] encode(String event) {
                return text.encode(strict ? event : "mild " + event);
            }

            @Override
            public String decode(byte[] payload) {
                String event = text.decode(payload);
                if (strict && event.startsWith("mild")) {
                    throw new IllegalArgumentException("what is " + event);
                }
                return event;
            }
        };
        view.index(COUNTS);
        Source.Timer<String> later = view.timer("later", its, (_, _) -> {});
        view.log(
                "things", text, (step, event) -> step.schedule(later, step.now().plusSeconds(3_600), event));
    }

    @Test
    void whatAVersionHasBegunInSomePartitionsStandsInTheWayOfGoingBack() throws Exception {
        deploy("count", Strict.class, PARTITIONS);
        change("{\"take_over\":\"manual\"}");
        rolling(Mild.class, 200);
        awaitReason("count", "/candidate/reason", "partition 0 has it");
        String how = "/logs/" + log("things") + "/append?ack=full&timeout=60000";
        post(how, "one", "Thalweg-Key", keyOf(1));
        post(how, "other", "Thalweg-Key", keyOf(0));
        Answer refused = post("/views/count/rollback", "");
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.text()).contains("1 of timer later").contains(keyOf(0), "what is mild other");
        assertThat(post("/views/count/activate?version=2", "").status()).isEqualTo(200);
        awaitVersion(2);
    }

    private void awaitParked() throws Exception {
        JsonNode status = status();
        for (long end = System.nanoTime() + 60_000_000_000L;
                !status.get("state").asString().equals("parked");
                Thread.sleep(20)) {
            assertThat(System.nanoTime()).as("in time: %s", status).isLessThan(end);
            status = status();
        }
    }

    @Test
    void aVersionMayHaveMorePartitions() throws Exception {
        deploy("words", WordCount.class, 1);
        String log = log("lines");
        for (int i = 0; i < 30; i++) {
            post("/logs/" + log + "/append", "a b" + i, "Thalweg-Key", "k" + i);
        }
        Answer answer =
                send("PUT", "/views/words?class=" + WordCount.class.getName() + "&way=replay&partitions=4", jar());
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        JsonNode status = send("GET", "/views/words", new byte[0]).json();
        for (long end = System.nanoTime() + 60_000_000_000L;
                status.get("partitions").size() != 4;
                Thread.sleep(20)) {
            assertThat(System.nanoTime()).as("in time: %s", status).isLessThan(end);
            status = send("GET", "/views/words", new byte[0]).json();
        }
        post("/logs/" + log + "/append", "a", "Thalweg-Key", "k");
        assertThat(select("words", "counts", "[[\"key\",\"a\"]]", "?consistency=linearizable")
                        .toString())
                .isEqualTo("[31]");
    }
}
