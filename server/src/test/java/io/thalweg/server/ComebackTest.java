package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Shard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A replica that has halted comes back by itself, the directory's among them, and as a copy where its bytes are wrong. */
@Timeout(300)
final class ComebackTest {
    private static final int LAST = 2;

    @TempDir
    private Path directory = Path.of("");

    private static void flip(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[8] ^= 1;
        Files.write(file, bytes);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(each -> String.valueOf(each.getFileName()))
                    .map(name -> name.replaceAll("[0-9]{8,}", "T"))
                    .toList();
        }
    }

    @Test
    void whatHaltsComesBackWithoutARestartByHand() throws Exception {
        Path home = directory.resolve("n3");
        try (ThreeNodes nodes = ThreeNodes.start(directory, 1)) {
            Shard data = nodes.shard(LAST, 1).orElseThrow();
            data.giveUp(new IllegalStateException("a bug of a test"));
            await().atMost(ThreeNodes.PATIENCE)
                    .until(() -> nodes.shard(LAST, 1).filter(now -> now != data).isPresent());
            nodes.awaitWell(1);
            assertThat(home.resolve("left")).doesNotExist();

            // The start finds it again.
            Shard known = nodes.shard(LAST, 0).orElseThrow();
            var _ = known.snapshot().get(1, TimeUnit.MINUTES);
            Path manifest =
                    home.resolve("shards").resolve("0").resolve("journal").resolve("MANIFEST");
            flip(manifest);
            known.giveUp(new CorruptionException(manifest, 0, "a byte that a test has turned"));
            Node halted = nodes.node(LAST);
            await().atMost(ThreeNodes.PATIENCE).until(halted::beginsAgain);
            halted.awaitClose();
            nodes.startAgain(LAST, 1);
            nodes.awaitWell(0);
            nodes.awaitWell(1);
            await().atMost(ThreeNodes.PATIENCE)
                    .untilAsserted(() -> assertThat(nodes.node(LAST).notReady()).isEmpty());
            assertThat(names(home.resolve("left"))).containsExactly("0-damaged-T");
        }
    }
}
