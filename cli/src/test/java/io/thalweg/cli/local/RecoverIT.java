package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.server.data.Recovery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two of three nodes are gone with their disks: the third goes on when it is told to, with all that it has, and is not alone for long. */
@Timeout(600)
class RecoverIT {
    @TempDir
    private Path directory = Path.of("");

    private Path copyOf(Path place) throws IOException {
        Path copy = directory.resolve("copy");
        try (Stream<Path> all = Files.walk(place)) {
            for (Path each : all.toList()) {
                Files.copy(each, copy.resolve(place.relativize(each)));
            }
        }
        return copy;
    }

    @Test
    void whatIsLeftGoesOnAndSaysWhatIsLost() throws Exception {
        try (NodesByHand nodes = new NodesByHand(directory, "n1", "n2", "n3", "n4", "n5")) {
            nodes.begin(UUID.randomUUID().toString(), 1, "n1", "n2", "n3");
            var _ = nodes.tenant("n1");
            String log = nodes.log("n1", "orders");
            ClusterWriter writer = nodes.writer(log, "n1", "n2", "n3");
            Thread writing = Thread.ofPlatform().name("writer").start(writer);
            await().atMost(NodesByHand.PATIENCE)
                    .until(() -> writer.acknowledged().size() > 50);
            writer.stop();
            writing.join();
            Map<String, Long> acknowledged = writer.acknowledged();
            await().atMost(NodesByHand.PATIENCE)
                    .untilAsserted(() -> assertThat(nodes.events("n1", log)).containsAllEntriesOf(acknowledged));
            String place = nodes.place("n1").toString();

            assertThat(nodes.command("recover", place, "--accept-loss"))
                    .startsWith("1")
                    .contains("another node runs on");
            nodes.kill("n1");
            assertThat(nodes.command("recover", place, "--accept-loss"))
                    .startsWith("1")
                    .contains("a majority may come back", "n2 at", "n3 at");
            // Told twice it goes on whoever answers; here with a copy, so that these two stay what they are.
            Path copy = copyOf(nodes.place("n1"));
            assertThat(nodes.command("recover", copy.toString(), "--accept-loss", "--accept-loss"))
                    .startsWith("0")
                    .contains("what was acknowledged behind entry", "add new ones");
            assertThat(Files.readAllLines(copy.resolve(Recovery.LOST))).containsExactlyInAnyOrder("n2", "n3");
            nodes.kill("n2");
            nodes.kill("n3");
            nodes.loseDisk("n2");
            nodes.loseDisk("n3");
            assertThat(nodes.command("recover", place)).startsWith("1").contains("nothing was changed");
            String said = nodes.command("recover", place, "--accept-loss");
            assertThat(said).startsWith("0").contains("what was acknowledged behind entry", "add new ones");
            assertThat(said.lines()
                            .filter(line -> line.contains("orders"))
                            .findFirst()
                            .orElse(said))
                    .contains(Integer.toString(acknowledged.size()));

            nodes.start("n1");
            ClusterWriter next = nodes.writer(log, "n1", "n4", "n5");
            Thread again = Thread.ofPlatform().name("writer").start(next);
            try {
                nodes.come("n4", "n1", "n1");
                nodes.come("n5", "n1", "n1", "n4");
                nodes.awaitReplicas("n5", 0, "n1", "n4", "n5");
                nodes.awaitReplicas("n5", 1, "n1", "n4", "n5");
                nodes.kill("n1");
                int before = next.acknowledged().size();
                await().atMost(NodesByHand.PATIENCE)
                        .until(() -> next.acknowledged().size() > before + 20);
            } finally {
                next.stop();
                again.join();
            }
            assertThat(nodes.events("n4", log))
                    .containsKeys(acknowledged.keySet().toArray(String[]::new));
            assertThat(nodes.events("n4", log)).containsAllEntriesOf(next.acknowledged());
        }
    }
}
