package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.shard.Shard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    private static Throwable refused() {
        return new UncheckedIOException(new IOException("Input/output error"));
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

            // What is damaged is not opened again because it cannot be put aside.
            Path left = directory.resolve("n1").resolve("left");
            Files.writeString(left, "no folder");
            nodes.shard(0, 1).orElseThrow().giveUp(refused());
            await().atMost(ThreeNodes.PATIENCE).until(() -> nodes.shard(0, 1).isEmpty());
            // Longer than it takes to try again.
            Thread.sleep(3_000);
            assertThat(nodes.shard(0, 1)).isEmpty();
            Files.delete(left);
            nodes.awaitWell(1);
            assertThat(names(left)).containsExactly("1-damaged-T");

            // The start finds nothing wrong, as when a disk has refused a force.
            Shard known = nodes.shard(LAST, 0).orElseThrow();
            known.giveUp(refused());
            Node halted = nodes.node(LAST);
            await().atMost(ThreeNodes.PATIENCE).until(halted::beginsAgain);
            halted.awaitClose();
            nodes.startAgain(LAST, 1);
            nodes.awaitWell(0);
            nodes.awaitWell(1);
            await().atMost(ThreeNodes.PATIENCE)
                    .untilAsserted(() -> assertThat(nodes.node(LAST).notReady()).isEmpty());
            assertThat(names(home.resolve("left"))).containsExactly("0-damaged-T");

            // Two of three at once, as on one array of disks: neither puts aside what the other needs.
            for (int each = 1; each <= LAST; each++) {
                nodes.shard(each, 1).orElseThrow().giveUp(refused());
            }
            // Longer than the first pause of those that come back.
            Thread.sleep(3_000);
            assertThat(directory.resolve("n2").resolve("left")).doesNotExist();

            // One of them begins again for another reason: it opens nothing that its disk has refused to force.
            nodes.shard(1, 0).orElseThrow().giveUp(refused());
            Node second = nodes.node(1);
            await().atMost(ThreeNodes.PATIENCE).until(second::beginsAgain);
            second.awaitClose();
            nodes.startAgain(1, 1);
            nodes.awaitWell(0);
            assertThat(nodes.shard(1, 1)).isEmpty();
            assertThat(names(directory.resolve("n2").resolve("left"))).containsExactly("0-damaged-T");

            // A person starts the other, whose files make a majority with the first's: now the rest can have a copy.
            nodes.startAgain(LAST, 1);
            nodes.awaitWell(1);
            assertThat(names(home.resolve("left"))).containsExactly("0-damaged-T");
            assertThat(names(directory.resolve("n2").resolve("left")))
                    .containsExactlyInAnyOrder("0-damaged-T", "1-damaged-T");
        }
    }
}
