package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.ReadingDisk;
import io.thalweg.shard.Shard;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bits that turn in a closed file of a member's Raft log while it lies still: they are found, and the file is done without. */
class RottenLogTest {
    private static final int FLIPS = 200;
    private static final Disk READING = new ReadingDisk(_ -> {});

    @TempDir
    Path directory;

    private static Path closed(Shard shard) throws Exception {
        List<Path> log = shard.restingFiles().stream()
                .filter(file -> String.valueOf(file.getFileName()).startsWith("log_"))
                .toList();
        assertThat(log).as("closed files of the log").isNotEmpty();
        return log.getFirst();
    }

    private static void flip(Path file, int at, int bit) throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= (byte) (1 << bit);
        Files.write(file, bytes);
    }

    @Test
    void anyWrongBitIsFoundAndTheGroupDoesWithoutTheFile() throws Exception {
        long seed = Long.getLong("thalweg.seed", System.nanoTime());
        Random random = new Random(seed);
        try (Trio trio = Trio.open(directory, 64 << 20)) { // all of it stays otherwise
            for (int i = 0; i < 10; i++) {
                trio.call(Copy.append(i, 64)).orThrow();
            }
            // Each term begins another file.
            int first = trio.leader();
            trio.transfer((first + 1) % 3);
            trio.call(Copy.append(10, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);
            int rotten = (first + 2) % 3;
            Shard shard = trio.copy(rotten).shard;
            Path file = closed(shard);
            shard.requireSound(file, READING);
            int bytes = Math.toIntExact(Files.size(file));
            for (int i = 0; i < FLIPS; i++) {
                int at = random.nextInt(bytes);
                int bit = random.nextInt(8);
                flip(file, at, bit);
                CorruptionException found =
                        catchThrowableOfType(CorruptionException.class, () -> shard.requireSound(file, READING));
                assertThat(found)
                        .as("seed %d: bit %d of byte %d of %d", seed, bit, at, bytes)
                        .isNotNull();
                assertThat(found.file()).isEqualTo(file);
                flip(file, at, bit);
            }

            flip(file, bytes / 2, 0);
            assertThat(shard.doWithout(file)).isTrue();
            assertThat(file).doesNotExist();
            assertThat(shard.failure()).isEmpty();
            trio.call(Copy.append(11, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);

            // A start reads all that is left, and finds nothing.
            trio.kill(rotten);
            trio.start(rotten);
            trio.call(Copy.append(12, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(rotten).values())
                    .isEqualTo(LongStream.range(0, 13).boxed().toList());
        }
    }

    @Test
    void onlyTheLogIsDoneWithout() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            Shard shard = trio.copy(trio.leader()).shard;
            for (Path file : shard.restingFiles()) {
                if (!file.toString().contains("log_")) {
                    assertThat(shard.doWithout(file)).as("%s", file).isFalse();
                }
            }
        }
    }
}
