package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.load.Children;
import io.thalweg.cli.api.Api;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code thalweg local --slabs}: slabs as processes, that are stopped, killed under load, and robbed of their disks. */
@Timeout(600)
class LocalSlabsIT {
    private static final List<String> SLABS = List.of("s1", "s2", "s3");

    @TempDir
    private Path directory = Path.of("");

    private static void eventually(ThrowingRunnable holds) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .untilAsserted(holds);
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) Api.JSON.readTree(text);
    }

    private static JsonNode read(Api slab, String object) throws Exception {
        return slab.get("/objects/" + object + "?timeout=0");
    }

    private static JsonNode own(Api slab) throws Exception {
        return slab.get("/slabs").at("/slabs/0");
    }

    @Test
    void aThirdOfTheSlabsIsKilledUnderLoadOneIsStoppedOneLosesItsDiskAndNothingIsLost() throws Exception {
        Path data = directory.resolve("cluster");
        List<String> answered = new CopyOnWriteArrayList<>();
        String tom;
        try (LocalProcess local = LocalProcess.start(data, "--nodes", "1", "--slabs", "3");
                Api node = local.api("n1");
                Api one = local.api("s1");
                Api two = local.api("s2");
                Api three = local.api("s3")) {
            assertThat(local.ready().get("slabs"))
                    .extracting(slab -> slab.get("id").asString())
                    .isEqualTo(SLABS);
            node.put("/topics/cats", json("""
                {"fields":{"name":{"type":"text"},"lives":{"type":"integer","merge":"counter"}},
                 "durability":{"target_nines":7}}\
                """));
            tom = node.post("/topics/cats/objects", json("{\"set\":{\"name\":\"Tom\"},\"add\":{\"lives\":9}}"))
                    .path("object_id")
                    .asString();
            for (Api slab : List.of(one, two, three)) {
                eventually(() ->
                        assertThat(read(slab, tom).at("/fields/lives").asInt()).isEqualTo(9));
            }

            // Before a node or its slab goes, it is said what would fall below its target.
            node.put("/topics/dogs", json("{\"durability\":{\"target_nines\":90}}"));
            node.post("/topics/dogs/objects", json("{}"));
            assertThat(operator(local, data, "cluster", "drain", "n1", "--dry-run"))
                    .containsPattern("[1-9][0-9]* memos fall below their target without the slab of node n1");
            assertThat(operator(local, data, "slab", "leave"))
                    .containsPattern("[1-9][0-9]* memos would fall below their target without this slab; it stays");

            // Each is stopped while the other writes; the one that goes on hears of the other's edit behind its own.
            local.signal("s2", "STOP");
            one.patch("/objects/" + tom, json("{\"set\":{\"name\":\"Thomas\"},\"add\":{\"lives\":-1}}"));
            local.signal("s1", "STOP");
            local.signal("n1", "STOP");
            local.signal("s3", "STOP");
            local.signal("s2", "CONT");
            two.patch("/objects/" + tom, json("{\"add\":{\"lives\":-2}}"));
            for (String id : List.of("n1", "s1", "s3")) {
                local.signal(id, "CONT");
            }
            for (Api each : List.of(node, one, two, three)) {
                eventually(() -> {
                    assertThat(read(each, tom).at("/fields/lives").asInt()).isEqualTo(6);
                    assertThat(read(each, tom).at("/fields/name").asString()).isEqualTo("Thomas");
                    assertThat(read(each, tom).path("head"))
                            .isEqualTo(read(node, tom).path("head"));
                });
            }

            Thread load = Thread.ofVirtual().start(() -> create(local, answered));
            eventually(() -> assertThat(answered).hasSizeGreaterThan(30));
            local.kill("s3");
            int before = answered.size();
            eventually(() -> assertThat(answered).hasSizeGreaterThan(before + 10));
            local.kill("s1");
            load.join();
            for (String object : answered) {
                eventually(() -> assertThat(read(two, object).path("object_id").asString())
                        .isEqualTo(object));
            }

            lose(data.resolve("s3").resolve("slab"));
            local.startAgain("s3");
            local.startAgain("s1");
            try (Api again = local.api("s3")) {
                eventually(() -> assertThat(own(again).path("held_memos").asInt())
                        .isEqualTo(own(two).path("held_memos").asInt()));
                for (String object : answered) {
                    assertThat(read(again, object).path("object_id").asString()).isEqualTo(object);
                }
            }
            local.killAll();
        }
        try (LocalProcess again = LocalProcess.start(data, "--nodes", "1")) {
            for (String id : SLABS) {
                try (Api slab = again.api(id)) {
                    assertThat(read(slab, tom).at("/fields/lives").asInt()).isEqualTo(6);
                }
            }
            again.stop();
            assertThat(again.anyAlive()).as("local ends what it started").isFalse();
        }
    }

    /** What a command of the operator's says, on whichever stream. */
    private static String operator(LocalProcess local, Path data, String... command) throws Exception {
        List<String> all = new ArrayList<>(List.of(LocalProcess.LAUNCHER.toString()));
        all.addAll(List.of(command));
        all.addAll(List.of("--data", data.toString(), "--url", local.all("http").getFirst()));
        Process said = Children.watched(
                new ProcessBuilder(all).redirectErrorStream(true).start());
        return new String(said.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Makes objects that two others hold, one after the other, until the slab is killed. */
    private static void create(LocalProcess local, List<String> answered) {
        try (Api api = local.api("s1")) {
            while (true) {
                answered.add(api.post(
                                "/topics/cats/objects?durability=7&timeout=60000",
                                json("{\"set\":{\"name\":\"cat " + answered.size() + "\"}}"))
                        .path("object_id")
                        .asString());
            }
        } catch (Exception e) {
            // The slab was killed under it.
        }
    }

    private static void lose(Path folder) throws Exception {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(all::add);
        }
        for (Path each : all) {
            Files.delete(each);
        }
    }
}
