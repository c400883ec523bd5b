package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.CallOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A version goes on from a copy of the indexes, which it reads by its own schemas, beside the one that answers; takes over, and goes back. */
final class MigratingNodeTest extends OnNode {
    private static final int PARTITIONS = 2;
    private static final Schema<String> WORDS = Schema.of(String.class);

    /** Counts things, what hops, and timers that they set, in numbers. */
    public static final class Numbers implements View {
        private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            Output<String> out = view.output("told", Codec.text());
            Source.Timer<String> timer = view.timer("later", Codec.text(), (step, text) -> {
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 10 : count + 10);
                step.emit(out, step.key(), "timer " + text + " in numbers");
            });
            Source.Hop<String> hop = view.hop("hop", Codec.text(), text -> "of " + text, (step, text) -> {
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
                step.emit(out, step.key(), "hop " + text + " in numbers");
            });
            view.log("things", Codec.text(), (step, text) -> {
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
                step.emit(out, step.key(), "thing " + text + " in numbers");
                step.answer("thing " + text + " in numbers");
                step.hop(hop, text);
                if (text.startsWith("late")) {
                    step.schedule(timer, step.now().plus(Duration.ofSeconds(20)), text);
                }
            });
        }
    }

    /** The same in words, and adds what it does to what the numbers were. */
    public static final class Words implements View {
        private static final Index<Map<String, String>> COUNTS = Index.of(
                "counts",
                Schema.map(
                        Schema.of(String.class), WORDS.migrated(Schema.of(Long.class), number -> "number " + number)));

        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            Output<String> out = view.output("told", Codec.text());
            Source.Timer<String> timer = view.timer("later", Codec.text(), (step, text) -> {
                step.index(COUNTS).at(Maps.key(step.key())).update(words -> words + " and a timer");
                step.emit(out, step.key(), "timer " + text + " in words");
            });
            Source.Hop<String> hop = view.hop("hop", Codec.text(), text -> "of " + text, (step, text) -> {
                step.index(COUNTS)
                        .at(Maps.key(step.key()))
                        .update(words -> words == null ? "a hop" : words + " and a hop");
                step.emit(out, step.key(), "hop " + text + " in words");
            });
            view.log("things", Codec.text(), (step, text) -> {
                step.index(COUNTS)
                        .at(Maps.key(step.key()))
                        .update(words -> words == null ? "a thing" : words + " and a thing");
                step.emit(out, step.key(), "thing " + text + " in words");
                step.answer("thing " + text + " in words");
                step.hop(hop, text);
                if (text.startsWith("late")) {
                    step.schedule(timer, step.now().plus(Duration.ofSeconds(20)), text);
                }
            });
        }
    }

    /** Calls the outside. */
    public static final class Calling implements View {
        @Override
        public void declare(Declaration view) {
            view.call("ask", Codec.text(), Codec.text(), CallOptions.DEFAULT, (_, text) -> text, (_, _) -> {});
            view.log("things", Codec.text(), (_, _) -> {});
        }
    }

    private void append(String thing) throws Exception {
        Answer answer = post("/logs/" + log("things") + "/append?ack=full&timeout=60000", thing, "Thalweg-Key", thing);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    /** What an event is answered that is appended once, however often this asks. */
    private String answered() throws Exception {
        Answer answer = post(
                "/logs/" + log("things") + "/append?ack=full&timeout=60000",
                "asked",
                "Thalweg-Key",
                "asked",
                "Thalweg-Producer",
                "asker/1",
                "Thalweg-Number",
                "1");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().at("/answers/count").asString("");
    }

    private JsonNode status() throws Exception {
        return send("GET", "/views/count", new byte[0]).json();
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

    private Map<String, String> counted() throws Exception {
        Map<String, String> counted = new TreeMap<>();
        select("count", "counts", "[[\"all\"]]", "?consistency=linearizable")
                .forEach(pair -> counted.put(pair.get(0).asString(), pair.get(1).asString()));
        return counted;
    }

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

    @Test
    void aVersionGoesOnFromACopyReadsItByItsSchemasTakesOverAndGoesBack() throws Exception {
        deploy("count", Numbers.class, PARTITIONS);
        for (int i = 0; i < 20; i++) {
            append("t" + i);
        }
        append("late");
        assertThat(answered()).isEqualTo("thing asked in numbers");
        Answer refused = send("PUT", "/views/count?class=" + Calling.class.getName() + "&way=migrate", jar());
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.text()).contains("calls [ask]");
        refused = send("PUT", "/views/count?class=" + Words.class.getName() + "&way=migrate&partitions=4", jar());
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(post("/views/count/pause", "").status()).isEqualTo(200); // so that the copy is seen, and a restart
        assertThat(send("PUT", "/views/count?class=" + Words.class.getName() + "&way=migrate", jar())
                        .status())
                .isEqualTo(200);
        assertThat(status().get("active_version").asInt()).isEqualTo(1);
        restart();
        assertThat(status().at("/candidate/version").asInt()).isEqualTo(2);
        assertThat(post("/views/count/resume", "").status()).isEqualTo(200);
        for (int i = 0; i < 10; i++) {
            append("t" + i); // by whichever answers
        }
        awaitVersion(2);
        assertThat(answered()).as("by the version before").isEqualTo("thing asked in numbers");
        for (int i = 0; i < 5; i++) {
            append("t" + i);
        }
        Map<String, String> counted = counted();
        for (int i = 0; i < 20; i++) {
            assertThat(counted.get("t" + i)).as("t%s", i).startsWith("number ").doesNotContain("timer");
            String text = Objects.requireNonNull(counted.get("t" + i));
            int things = text.split(" and a thing", -1).length - 1;
            int number = Integer.parseInt(text.split(" ", -1)[1]);
            assertThat(number + things).as("t%s", i).isEqualTo(i < 5 ? 3 : i < 10 ? 2 : 1);
        }
        List<String> told = told();
        for (int i = 0; i < 5; i++) {
            String thing = "thing t" + i;
            assertThat(told.stream().filter(each -> each.startsWith(thing + " ")))
                    .hasSize(3);
            assertThat(told).contains(thing + " in words", "hop t" + i + " in words");
        }
        for (long end = System.nanoTime() + 60_000_000_000L;
                told.stream().noneMatch(each -> each.startsWith("timer late"));
                Thread.sleep(100)) {
            assertThat(System.nanoTime()).as("in time: %s", told).isLessThan(end);
            told = told();
        }
        assertThat(told.stream().filter(each -> each.startsWith("timer"))).hasSize(1);
        // On a slow machine it comes before the other version does.
        assertThat(counted().get("late"))
                .isEqualTo(told.contains("timer late in words") ? "number 1 and a timer" : "number 11");

        assertThat(post("/views/count/rollback", "").status()).isEqualTo(200);
        awaitVersion(1);
        assertThat(answered()).isEqualTo("thing asked in numbers");
        append("t0");
        assertThat(counted().get("t0")).isEqualTo("4");
        assertThat(counted().get("late")).isEqualTo("11");
        assertThat(send("GET", "/tenants/me/audit?limit=1000", new byte[0]).text())
                .contains("\"copied\":true");
    }
}
