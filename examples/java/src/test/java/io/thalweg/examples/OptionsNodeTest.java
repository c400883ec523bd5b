package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is changed of a view that runs takes effect at once, and stands in the audit, as repairs and takeovers do. */
final class OptionsNodeTest extends OnNode {
    private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));

    /** Where a handler, whose classes are the node's own, says how often it has tried. */
    private static final String TRIES = "io.thalweg.examples.OptionsNodeTest.tries";

    private static final long SLOW_MS = 4_000;

    /** Counts, takes nothing bad, and takes its time for what is slow. */
    public static final class Tried implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.log("things", Codec.text(), (step, text) -> {
                if (text.equals("slow")) {
                    Thread.sleep(SLOW_MS);
                }
                if (text.equals("bad")) {
                    System.setProperty(TRIES, Integer.toString(Integer.getInteger(TRIES, 0) + 1));
                    throw new IllegalStateException("no " + text);
                }
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
            });
        }
    }

    @Override
    NodeOptions options(NodeOptions usual) {
        return usual.withHistory(new HistorySettings(1, 0, Duration.ZERO, 1L << 30));
    }

    private static void await(String what, Callable<Boolean> seen) throws Exception {
        for (long end = System.nanoTime() + 60_000_000_000L; !seen.call(); Thread.sleep(10)) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
        }
    }

    private JsonNode status(String view) throws Exception {
        return send("GET", "/views/" + view, new byte[0]).json();
    }

    private JsonNode change(String view, String options) throws Exception {
        Answer answer = send("PUT", "/views/" + view + "/options", options.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().get("options");
    }

    private void append(String thing) throws Exception {
        Answer answer = post("/logs/" + log("things") + "/append", thing, "Thalweg-Key", "k");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private void skip(String reason) throws Exception {
        await(
                reason,
                () -> status("tried")
                        .at("/partitions/0/parked/0/reason")
                        .asString("")
                        .contains(reason));
        assertThat(post("/views/tried/skip", "").status()).isEqualTo(200);
    }

    private static int tries() {
        return Integer.getInteger(TRIES, 0);
    }

    private String audit() throws Exception {
        return send("GET", "/tenants/me/audit?limit=1000", new byte[0]).text();
    }

    @Test
    void whatIsChangedTakesEffectAtOnceAndStandsInTheAudit() throws Exception {
        System.clearProperty(TRIES);
        deploy("tried", Tried.class, 1);
        change("tried", "{\"attempts\":1}");
        append("bad");
        awaitState("tried", "parked");
        assertThat(tries()).isEqualTo(1);
        change("tried", "{\"attempts\":5}");
        assertThat(post("/views/tried/retry", "").status()).isEqualTo(200);
        await("five tries more", () -> tries() == 6);
        skip("no bad");
        assertThat(tries()).isEqualTo(6);

        change("tried", "{\"attempts\":1,\"patience_ms\":100}");
        append("slow");
        skip("InterruptedException");

        assertThat(change("tried", "{\"on_poison\":\"dead_letters\",\"attempts\":2}")
                        .get("patience_ms")
                        .isNull())
                .as("all of them at once")
                .isTrue();
        append("bad");
        append("good");
        await(
                "what is behind it",
                () -> select("tried", "counts", "[[\"key\",\"k\"]]", "")
                        .toString()
                        .equals("[1]"));
        assertThat(tries()).isEqualTo(8);
        assertThat(status("tried").at("/partitions/0/parked")).isEmpty();

        change("tried", "{\"step_inputs\":1}");
        assertThat(post("/views/tried/pause", "").status()).isEqualTo(200);
        awaitState("tried", "paused");
        long before = status("tried").at("/partitions/0/step").asLong();
        for (int i = 0; i < 10; i++) {
            append("good");
        }
        assertThat(post("/views/tried/resume", "").status()).isEqualTo(200);
        await(
                "what came meanwhile",
                () -> select("tried", "counts", "[[\"key\",\"k\"]]", "")
                        .toString()
                        .equals("[11]"));
        await("a step of each", () -> status("tried").at("/partitions/0/step").asLong() == before + 10);

        assertThat(audit())
                .contains("\"view.options\"", "\"on_poison\":\"dead_letters\"", "\"step_inputs\":1")
                .contains("\"view.repair\"", "\"repair\":\"retry\"", "\"repair\":\"skip\"", "partition 0");
        Answer wrong = send("PUT", "/views/tried/options", "{\"attempts\":0}".getBytes(StandardCharsets.UTF_8));
        assertThat(wrong.status()).as(wrong.text()).isEqualTo(400);
    }

    @Test
    void stepsOfAViewAreKeptAsSomebodyHasSaid() throws Exception {
        deploy("kept", Tried.class, 1);
        deploy("usual", Tried.class, 1);
        change("kept", "{\"steps_kept\":1000}");
        List<String> positions = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            positions.add(post("/logs/" + log("things") + "/append", "good", "Thalweg-Key", "k")
                    .position());
            for (String view : List.of("kept", "usual")) {
                select(view, "counts", "[[\"key\",\"k\"]]", "?after=" + positions.getLast());
            }
        }
        String path = "/indexes/counts/select?at=" + positions.get(2);
        String body = "{\"path\":[[\"key\",\"k\"]]}";
        await("steps go", () -> post("/views/usual" + path, body).status() == 410);
        Answer kept = post("/views/kept" + path, body);
        assertThat(kept.status()).as(kept.text()).isEqualTo(200);
        assertThat(kept.json().at("/values/0").asLong()).isEqualTo(3);
    }

    @Test
    void aVersionWaitsForSomebodyToActivateIt() throws Exception {
        deploy("tried", Tried.class, 1);
        change("tried", "{\"take_over\":\"manual\"}");
        append("good");
        Answer beside = send("PUT", "/views/tried?class=" + Tried.class.getName() + "&way=replay", jar());
        assertThat(beside.status()).as(beside.text()).isEqualTo(200);
        await(
                "it waits",
                () -> status("tried").at("/candidate/reason").asString("").contains("somebody"));
        assertThat(status("tried").get("active_version").asInt()).isEqualTo(1);
        assertThat(audit()).doesNotContain("view.activate");
        assertThat(post("/views/tried/activate?version=2", "").status()).isEqualTo(200);
        await("it has taken over", () -> audit().contains("\"view.took_over\""));
        assertThat(status("tried").get("active_version").asInt()).isEqualTo(2);
        assertThat(select("tried", "counts", "[[\"key\",\"k\"]]", "?consistency=linearizable")
                        .toString())
                .isEqualTo("[1]");

        // A view of one partition has no second one before which a version could stand.
        Answer rolling = send("PUT", "/views/tried?class=" + Tried.class.getName() + "&way=rolling", jar());
        assertThat(rolling.status()).as(rolling.text()).isEqualTo(200);
        await(
                "it waits",
                () -> status("tried").at("/candidate/reason").asString("").contains("all partitions have it"));
        assertThat(status("tried").get("active_version").asInt()).isEqualTo(2);
        assertThat(post("/views/tried/activate?version=3", "").status()).isEqualTo(200);
        assertThat(status("tried").get("active_version").asInt()).isEqualTo(3);
    }
}
