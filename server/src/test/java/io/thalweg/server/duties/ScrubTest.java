package io.thalweg.server.duties;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A scrub of a node that writes: it finds what is wrong, and nothing else. */
final class ScrubTest {
    private static final int FLIPS = 20;

    @TempDir
    private Path data = Path.of("");

    /** One round over everything. */
    private static List<CorruptionException> round(TestNode node) throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        List<CorruptionException> found = new ArrayList<>();
        Scrub scrub = new Scrub(node.shards().hosted(), Duration.ofMillis(1), 1L << 40, found::add, registry);
        do {
            scrub.step();
        } while (registry.get("thalweg.scrub.finished").gauge().value() == 0);
        assertThat(registry.get("thalweg.scrub.bytes").counter().count()).isPositive();
        return found;
    }

    /** How much of everything could not be read. */
    private static long unread(TestNode node) throws Exception {
        Scrub scrub = new Scrub(node.shards().hosted(), Duration.ZERO, 1L << 40, _ -> {}, new SimpleMeterRegistry());
        long asked = scrub.now();
        scrub.step();
        assertThat(scrub.isDone(asked)).isTrue();
        assertThat(scrub.foundThen()).isZero();
        return scrub.unreadThen();
    }

    private static void append(Client client, String log) {
        assertThat(client.post("/logs/" + log + "/append", "an event of some bytes")
                        .status())
                .isEqualTo(200);
    }

    private static void flip(Path file, long at, int bit) throws Exception {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(at);
            int before = opened.read();
            opened.seek(at);
            opened.write(before ^ 1 << bit);
        }
    }

    private static List<Path> list(Path folder, String end) throws Exception {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(end)).toList();
        }
    }

    @Test
    void whatIsWrongInWhatLiesStillIsFoundAndNothingElseIs() throws Exception {
        long seed = Long.getLong("thalweg.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            String log = client.createLog("orders");
            for (int i = 0; i < 200; i++) {
                append(client, log);
            }
            var _ = node.shards().numbered(0).snapshot().get(1, TimeUnit.MINUTES);
            Path shard = data.resolve("shards").resolve("0");
            List<Path> files = new ArrayList<>(list(shard.resolve("state"), ".state"));
            files.addAll(list(shard.resolve("journal"), ".seg"));
            assertThat(files).hasSizeGreaterThanOrEqualTo(2);
            assertThat(round(node)).as("while all is whole").isEmpty();
            long written = node.shards().numbered(0).appliedIndex();
            for (int i = 0; i < FLIPS; i++) {
                Path file = files.get(random.nextInt(files.size()));
                // Of the journal, where the snapshot relies on it: the end is prefilled, and still written to.
                long bytes = file.toString().endsWith(".seg") ? 40 + written * 48 : Files.size(file);
                long at = random.nextLong(bytes);
                int bit = random.nextInt(8);
                flip(file, at, bit);
                append(client, log);
                assertThat(round(node))
                        .as("seed %d: %s at %d, bit %d", seed, file, at, bit)
                        .anySatisfy(damage ->
                                assertThat(damage.file().getFileName()).isEqualTo(file.getFileName()));
                flip(file, at, bit);
            }
            assertThat(round(node)).as("when all is right again").isEmpty();

            Path snapshot = files.getFirst();
            Path aside = Files.move(snapshot, data.resolve("moved"));
            assertThat(unread(node)).as("what is gone").isZero();
            Files.createDirectory(snapshot);
            assertThat(unread(node)).as("what no disk reads").isOne();
            Files.delete(snapshot);
            Files.move(aside, snapshot);
        }
    }
}
