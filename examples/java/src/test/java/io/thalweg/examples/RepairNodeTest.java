package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.path.Sets;
import io.thalweg.index.schema.Schema;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is parked is repaired by filter, and a version that does not fit what is stored is refused before anything starts. */
final class RepairNodeTest extends OnNode {
    private static final int PARTITIONS = 4;

    /** Counts under the event's key, and takes nothing bad. */
    public static final class Picky implements View {
        private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.log("things", Codec.text(), (step, text) -> {
                if (text.startsWith("bad")) {
                    throw new IllegalStateException("no " + text);
                }
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
            });
        }
    }

    /** The same name for something else. */
    public static final class Other implements View {
        private static final Index<Map<String, Set<String>>> COUNTS =
                Index.of("counts", Schema.map(String.class, Schema.set(String.class)));

        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.log(
                    "things",
                    Codec.text(),
                    (step, text) -> step.index(COUNTS)
                            .at(Maps.key(step.key()), Sets.addTo())
                            .set(text));
        }
    }

    /** Counts, takes nothing bad, and fails when a time has come. */
    public static final class Timed implements View {
        @Override
        public void declare(Declaration view) {
            view.index(Picky.COUNTS);
            Source.Timer<String> timer = view.timer("later", Codec.text(), (_, text) -> {
                throw new IllegalStateException("no time for " + text);
            });
            view.log("things", Codec.text(), (step, text) -> {
                if (text.startsWith("bad")) {
                    throw new IllegalStateException("no " + text);
                }
                if (text.equals("later")) {
                    step.schedule(timer, Instant.EPOCH, text);
                }
                step.index(Picky.COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
            });
        }
    }

    /** Counts what is big twice, says so, and takes what is bad. */
    public static final class Lenient implements View {
        @Override
        public void declare(Declaration view) {
            view.index(Picky.COUNTS);
            view.log("things", Codec.text(), (step, text) -> {
                long more = text.equals("big") ? 2 : 1;
                step.index(Picky.COUNTS).at(Maps.key(step.key())).update(count -> count == null ? more : count + more);
                if (more > 1) {
                    step.answer(Map.of("size", text));
                }
            });
        }
    }

    @Test
    void aDryRunShowsWhatWouldDifferAndChangesNothing() throws Exception {
        deploy("picky", Picky.class, 2);
        String log = log("things");
        for (String key : List.of("a", "b", "c", "d", "e")) {
            String text = key.equals("b") ? "big" : "small";
            post("/logs/" + log + "/append?ack=full&timeout=60000", text, "Thalweg-Key", key);
        }
        String path = "/views/picky/rehearse?class=" + Lenient.class.getName();
        Answer answer = send("POST", path, jar());
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().get("events").asInt()).isEqualTo(5);
        assertThat(answer.json().get("complete").asBoolean()).isTrue();
        assertThat(answer.json().get("entries").toString())
                .isEqualTo("[{\"what\":\"counts[b]\",\"before\":2,\"after\":3}]");
        assertThat(answer.json().get("answers")).as(answer.text()).hasSize(1);
        assertThat(answer.json().at("/answers/0/after/size").asString()).isEqualTo("big");
        assertThat(answer.json().get("failures")).isEmpty();
        assertThat(send("POST", path + "&events=1", jar()).json().get("events").asInt())
                .as("one of each stream")
                .isEqualTo(2);
        post("/logs/" + log + "/append", "bad idea", "Thalweg-Key", "a");
        awaitParked(1);
        JsonNode failures = send("POST", path, jar()).json().get("failures");
        assertThat(failures).hasSize(1);
        assertThat(failures.get(0).get("before").asString()).contains("no bad idea");
        Answer misfit = send("POST", "/views/picky/rehearse?class=" + Other.class.getName(), jar());
        assertThat(misfit.status()).as(misfit.text()).isEqualTo(400);
        JsonNode view = send("GET", "/views/picky", new byte[0]).json();
        assertThat(view.get("versions")).hasSize(1);
        for (String key : List.of("a", "b", "c", "d", "e")) {
            assertThat(select("picky", "counts", "[[\"key\",\"" + key + "\"]]", "")
                            .toString())
                    .isEqualTo("[1]");
        }
    }

    private List<JsonNode> parked(String view) throws Exception {
        List<JsonNode> parked = new ArrayList<>();
        send("GET", "/views/" + view, new byte[0])
                .json()
                .get("partitions")
                .forEach(partition -> partition.get("parked").forEach(parked::add));
        return parked;
    }

    private void awaitParked(int count) throws Exception {
        int seen = -1;
        for (long end = System.nanoTime() + 60_000_000_000L; seen != count; Thread.sleep(20)) {
            assertThat(System.nanoTime()).as("in time; %s are parked", seen).isLessThan(end);
            seen = parked("picky").size();
        }
    }

    private JsonNode repair(String body) throws Exception {
        Answer answer = post("/views/picky/repair", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().get("repaired");
    }

    /** Repairs until as many are done: what a partition says of itself may be older than what was asked of it last. */
    private void repairAll(String body, int count) throws Exception {
        int done = 0;
        for (long end = System.nanoTime() + 60_000_000_000L; done < count; Thread.sleep(20)) {
            assertThat(System.nanoTime()).as("in time; %s are done", done).isLessThan(end);
            for (JsonNode each : repair(body)) {
                done += each.get("outcome").asString().equals("done") ? 1 : 0;
            }
        }
        assertThat(done).isEqualTo(count);
    }

    private void awaitReason(String part) throws Exception {
        for (long end = System.nanoTime() + 60_000_000_000L;
                !parked("picky").toString().contains(part);
                Thread.sleep(20)) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
        }
    }

    @Test
    void parkedEventsAreEditedAndLeftOutByFilter() throws Exception {
        deploy("picky", Picky.class, PARTITIONS);
        String log = log("things");
        for (int partition = 0; partition < PARTITIONS; partition++) {
            String bad = partition % 2 == 0 ? "bad apple" : "bad pear";
            assertThat(post("/logs/" + log + "/append", bad, "Thalweg-Key", keyOf(partition))
                            .status())
                    .isEqualTo(200);
        }
        awaitParked(PARTITIONS);
        assertThat(repair("{\"action\":\"retry\",\"reason\":\"no such reason\"}"))
                .isEmpty();
        JsonNode tried = repair("{\"action\":\"retry\",\"reason\":\"pear\"}");
        assertThat(tried).hasSize(2).allSatisfy(each -> {
            assertThat(each.get("outcome").asString()).isEqualTo("done");
            assertThat(each.get("reason").asString()).contains("bad pear");
        });
        awaitParked(PARTITIONS);
        repairAll("{\"action\":\"skip\",\"reason\":\"pear\"}", 2);
        awaitParked(2);
        repairAll("{\"action\":\"edit\",\"reason\":\"apple\",\"partition\":2,\"payload\":\"bad plum\"}", 1);
        awaitReason("bad plum");
        assertThat(parked("picky")).hasSize(2);
        assertThat(parked("picky").toString()).contains("bad apple");
        assertThat(post("/views/picky/repair", "{\"action\":\"edit\"}").status())
                .isEqualTo(400);
        assertThat(post("/views/picky/repair", "{\"action\":\"burn\"}").status())
                .isEqualTo(400);
        repairAll("{\"action\":\"skip\",\"reason\":\"plum\"}", 1);
        awaitParked(1);
        repairAll("{\"action\":\"edit\",\"payload\":\"good\"}", 1);
        awaitParked(0);
        assertThat(select("picky", "counts", "[[\"all\"]]", "?consistency=linearizable")
                        .toString())
                .isEqualTo("[[\"" + keyOf(0) + "\",1]]");
        assertThat(repair("{\"action\":\"skip\"}")).isEmpty();
    }

    @Test
    void whatHasNoPayloadIsNotEditedAndNothingElseHearsOfIt() throws Exception {
        deploy("picky", Timed.class, 1);
        String log = log("things");
        post("/logs/" + log + "/append", "later", "Thalweg-Key", "t");
        awaitParked(1); // the timer comes first
        post("/logs/" + log + "/append", "bad apple", "Thalweg-Key", "k");
        awaitParked(2);
        Map<String, String> outcomes = new TreeMap<>();
        repair("{\"action\":\"edit\",\"payload\":\"good\"}")
                .forEach(each -> outcomes.put(
                        each.get("stream").asString(), each.get("outcome").asString()));
        assertThat(outcomes).containsOnlyKeys("timer", "things/0").containsEntry("things/0", "done");
        assertThat(outcomes.get("timer")).contains("no payload");
        awaitParked(1);
        assertThat(select("picky", "counts", "[[\"key\",\"k\"]]", "?consistency=linearizable")
                        .toString())
                .isEqualTo("[1]");
        repairAll("{\"action\":\"skip\"}", 1);
        awaitParked(0);
    }

    /** A key that is at home in a partition. */
    private static String keyOf(int partition) {
        for (int i = 0; ; i++) {
            String key = "k" + i;
            if (Slots.partition(Slots.of(key), PARTITIONS) == partition) {
                return key;
            }
        }
    }

    @Test
    void aVersionThatDoesNotFitWhatIsStoredIsRefusedBeforeAnythingStarts() throws Exception {
        deploy("picky", Picky.class, 2);
        Map<String, Long> expected = new TreeMap<>();
        String log = log("things");
        for (int i = 0; i < 6; i++) {
            expected.merge("k" + i, 1L, Long::sum);
            post("/logs/" + log + "/append?ack=full&timeout=60000", "k" + i, "Thalweg-Key", "k" + i);
        }
        Answer refused = send("PUT", "/views/picky?class=" + Other.class.getName(), jar());
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.text()).contains("counts").contains("stored");
        JsonNode view = send("GET", "/views/picky", new byte[0]).json();
        assertThat(view.get("active_version").asInt()).isEqualTo(1);
        assertThat(view.get("versions")).hasSize(1);
        Map<String, Long> counted = new TreeMap<>();
        select("picky", "counts", "[[\"all\"]]", "?consistency=linearizable")
                .forEach(pair -> counted.put(pair.get(0).asString(), pair.get(1).asLong()));
        assertThat(counted).isEqualTo(expected);
        assertThat(deploy("picky", Picky.class, 2).get("active_version").asInt())
                .isEqualTo(2);
    }
}
