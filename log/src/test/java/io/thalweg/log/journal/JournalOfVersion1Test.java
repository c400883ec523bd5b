package io.thalweg.log.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.EventBatch;
import io.thalweg.log.EventIndex;
import io.thalweg.log.StreamReader;
import io.thalweg.log.Verifier;
import io.thalweg.model.ContentHash;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A directory that the program wrote when segments still had hashes and footers: kept as it was, and read by this one. */
final class JournalOfVersion1Test {
    private static final Path DIRECTORY = Path.of("/journal");
    private static final Path FIXTURE = Path.of("src/test/resources/journal-of-version-1");

    /** What the program that wrote it knew. */
    private record Expected(long applied, Map<StreamId, String> streams) {}

    private static Expected expected() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(FIXTURE.resolveSibling("journal-of-version-1.properties"))) {
            properties.load(in);
        }
        Map<StreamId, String> streams = new TreeMap<>();
        properties.forEach((name, value) -> {
            if (name.toString().startsWith("stream.")) {
                String[] id = name.toString().substring("stream.".length()).split("/", -1);
                streams.put(new StreamId(new LogId(UUID.fromString(id[0])), Integer.parseInt(id[1])), value.toString());
            }
        });
        return new Expected(Long.parseLong(properties.getProperty("applied")), streams);
    }

    private static MemoryDisk disk() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        try (Stream<Path> files = Files.list(FIXTURE)) {
            for (Path file : files.toList()) {
                disk.put(
                        DIRECTORY.resolve(
                                Objects.requireNonNull(file.getFileName()).toString()),
                        Files.readAllBytes(file));
            }
        }
        return disk;
    }

    private static void check(MemoryDisk disk, Expected expected) throws IOException {
        Journal journal = Journal.open(disk, DIRECTORY, JournalOptions.small(2500, () -> 5));
        EventIndex index = EventIndex.open(journal, expected.applied, 1 << 20);
        StreamReader reader = new StreamReader(index);
        for (var entry : expected.streams.entrySet()) {
            String[] words = entry.getValue().split(" ", -1);
            long first = Long.parseLong(words[0]);
            long head = Long.parseLong(words[1]);
            index.restore(entry.getKey(), first, head);
            MessageDigest digest = ContentHash.begin();
            for (long next = first; next <= head; next++) {
                EventBatch batch = reader.read(entry.getKey(), next, 1, 1 << 20);
                assertThat(batch.next()).isTrue();
                digest.update(ByteBuffer.allocate(16)
                        .putLong(next)
                        .putLong(batch.timestampNs())
                        .flip());
                digest.update(batch.toEvent().payload());
            }
            assertThat(ContentHash.ofDigest(digest.digest()).hex())
                    .as("stream %s", entry.getKey())
                    .isEqualTo(words[2]);
        }
        index.close();
        journal.close();
    }

    @Test
    void itOpensHoldsWhatItHeldAndItsHashesAreVerifiedAlsoAfterwards() throws IOException {
        Expected expected = expected();
        MemoryDisk disk = disk();
        assertThat(Verifier.verify(disk, DIRECTORY, (_, _) -> {}).problems()).isEmpty();
        check(disk, expected);
        assertThat(disk.bytes(DIRECTORY.resolve(Manifest.NAME))[8]).isEqualTo((byte) 2);
        check(disk, expected);
        assertThat(Verifier.verify(disk, DIRECTORY, (_, _) -> {}).problems()).isEmpty();
        Path sealed = SegmentFormat.segmentFile(DIRECTORY, 60, 0);
        byte[] bytes = disk.bytes(sealed);
        bytes[bytes.length - 90] ^= 1; // in the footer
        disk.put(sealed, bytes);
        assertThat(Verifier.verify(disk, DIRECTORY, (_, _) -> {}).problems())
                .anyMatch(problem -> problem.file().equals(sealed));
    }

    @Test
    void aFooterThatACrashLeftUnfinishedIsWrittenAgainByTheFirstStart() throws IOException {
        MemoryDisk disk = disk();
        // The last that the older program had sealed.
        Path file = SegmentFormat.segmentFile(DIRECTORY, 70, 0);
        byte[] whole = disk.bytes(file);
        for (int missing = 1; missing <= SegmentFormat.FOOTER_BYTES; missing++) {
            MemoryDisk after = disk.copy();
            after.put(file, Arrays.copyOf(whole, whole.length - missing));
            Journal reopened = Journal.open(after, DIRECTORY, JournalOptions.small(2500, () -> 5));
            assertThat(reopened.recovery()).contains("footer");
            assertThat(after.bytes(file)).isEqualTo(whole);
        }
    }
}
