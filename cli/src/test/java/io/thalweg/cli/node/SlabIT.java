package io.thalweg.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.DevProcess;
import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Slabs as real processes: stopped, cut off, killed, robbed of their disks. */
class SlabIT {
    /** An address that nobody answers at, so that slabs do not find a way around the link that is cut. */
    private static final String NOWHERE = "slab.address = http://127.0.0.1:1";

    @TempDir
    private Path directory = Path.of("");

    private ReadyProcess node;
    private String apiKey;
    private String nodeUrl;
    private final List<SlabProcess> slabs = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        node = DevProcess.start(directory);
        apiKey = node.ready().path("apiKey").asString();
        nodeUrl = node.ready().path("http").asString();
    }

    @AfterEach
    void stop() throws Exception {
        for (SlabProcess slab : slabs) {
            slab.close();
        }
        node.kill();
    }

    private SlabProcess slab(String name, String... lines) throws IOException {
        SlabProcess slab = SlabProcess.start(directory, name, apiKey, lines);
        slabs.add(slab);
        return slab;
    }

    private static void eventually(org.awaitility.core.ThrowingRunnable holds) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions()
                .untilAsserted(holds);
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) Api.JSON.readTree(text);
    }

    private static void topic(SlabProcess slab) {
        eventually(() -> slab.api().put("/topics/cats", json("""
            {"fields":{"name":{"type":"text"},"lives":{"type":"integer","merge":"counter"}},
             "durability":{"target_nines":7}}\
            """)));
    }

    private static JsonNode read(SlabProcess slab, String object) throws Exception {
        return slab.api().get("/objects/" + object + "?timeout=0");
    }

    @Test
    void whatIsWrittenOnBothSidesOfAPartitionMergesWhenItHeals() throws Exception {
        SlabProcess left = slab("left", "slab.join = " + nodeUrl, NOWHERE);
        try (CuttableLink link = new CuttableLink(left.port())) {
            SlabProcess right = slab("right", "slab.join = 127.0.0.1:" + link.port(), NOWHERE);
            topic(left);
            String tom = left.api()
                    .post("/topics/cats/objects", json("{\"set\":{\"name\":\"Tom\"},\"add\":{\"lives\":9}}"))
                    .path("object_id")
                    .asString();
            eventually(() ->
                    assertThat(read(right, tom).at("/fields/name").asString()).isEqualTo("Tom"));
            // The node stops, the link is cut: each slab is alone.
            ReadyProcess.signal(node.pid(), "STOP");
            link.cut(true);
            left.api().patch("/objects/" + tom, json("{\"set\":{\"name\":\"Thomas\"},\"add\":{\"lives\":-1}}"));
            right.api().patch("/objects/" + tom, json("{\"add\":{\"lives\":-2}}"));
            assertThat(read(right, tom).at("/fields/name").asString()).isEqualTo("Tom");
            link.cut(false);
            eventually(() -> {
                assertThat(read(left, tom)).isEqualTo(read(right, tom));
                assertThat(read(left, tom).at("/fields/name").asString()).isEqualTo("Thomas");
                assertThat(read(left, tom).at("/fields/lives").asInt()).isEqualTo(6);
            });
            ReadyProcess.signal(node.pid(), "CONT");
            eventually(() -> {
                try (Api api = Api.withToken(URI.create(nodeUrl), apiKey, SSLContext.getDefault())) {
                    assertThat(api.get("/objects/" + tom + "?timeout=0")).isEqualTo(read(left, tom));
                }
            });
        }
    }

    @Test
    void kill9OfOneOfThreeLosesNothingThatWasAnsweredForAndALostDiskIsMadeWholeUnderANewIdentity() throws Exception {
        SlabProcess one = slab("one", "slab.join = " + nodeUrl);
        SlabProcess two = slab("two", "slab.join = " + nodeUrl);
        SlabProcess three = slab("three", "slab.join = " + nodeUrl);
        topic(one);
        eventually(
                () -> assertThat(one.api().get("/slabs").at("/slabs/0/peers")).hasSize(3));
        List<String> answered = new ArrayList<>();
        Thread load = Thread.ofVirtual().start(() -> {
            try (Api api = Api.withToken(URI.create(one.url()), apiKey, SSLContext.getDefault())) {
                for (int i = 0; ; i++) {
                    JsonNode made = api.post(
                            "/topics/cats/objects?durability=7&timeout=20000",
                            json("{\"set\":{\"name\":\"cat " + i + "\"}}"));
                    synchronized (answered) {
                        answered.add(made.path("object_id").asString());
                    }
                }
            } catch (Exception e) {
                // The slab was killed under it.
            }
        });
        eventually(() -> {
            synchronized (answered) {
                assertThat(answered).hasSizeGreaterThan(40);
            }
        });
        one.kill();
        load.join();
        for (int i = 0; i < answered.size(); i++) {
            String object = answered.get(i);
            String name = "cat " + i;
            SlabProcess other = i % 2 == 0 ? two : three;
            eventually(() -> assertThat(read(other, object).at("/fields/name").asString())
                    .isEqualTo(name));
        }
        String before = one.id();
        one.start();
        assertThat(one.id()).as("a disk that is there").isEqualTo(before);
        one.kill();
        try (Stream<Path> files = Files.walk(one.data())) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        one.start();
        assertThat(one.id()).as("a lost disk makes somebody else").isNotEqualTo(before);
        eventually(() -> assertThat(
                        one.api().get("/slabs").at("/slabs/0/held_memos").asInt())
                .isEqualTo(two.api().get("/slabs").at("/slabs/0/held_memos").asInt()));
        for (String object : answered) {
            assertThat(read(one, object).path("object_id").asString()).isEqualTo(object);
        }
    }
}
