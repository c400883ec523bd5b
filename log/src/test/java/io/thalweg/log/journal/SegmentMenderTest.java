package io.thalweg.log.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.Verifier;
import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two replicas of one order, whose files differ; bits of the one turn, and it is mended from the other. */
final class SegmentMenderTest {
    private static final Path DIRECTORY = Path.of("/journal");
    private static final int ENTRIES = 200;

    private static final class Replica {
        final MemoryDisk disk = new MemoryDisk();
        final Journal journal;

        Replica(int segmentBytes, long salts, SplittableRandom entries) throws IOException {
            SplittableRandom salt = new SplittableRandom(salts);
            SplittableRandom forces = new SplittableRandom(salts + 1);
            journal = Journal.open(disk, DIRECTORY, JournalOptions.small(segmentBytes, salt::nextLong));
            long index = 0;
            for (int i = 0; i < ENTRIES; i++) {
                index += 1 + entries.nextInt(3);
                byte[] body = new byte[1 + entries.nextInt(entries.nextInt(10) == 0 ? 3000 : 300)];
                entries.nextBytes(body);
                List<ByteBuffer> whole = List.of(ByteBuffer.wrap(body));
                var _ = journal.append(
                        index, index / 50, 7 * index, 1 + entries.nextInt(3), whole, new Checksum().of(whole));
                if (forces.nextInt(4) == 0) {
                    journal.force();
                }
            }
            journal.force();
            journal.applied(index);
            while (journal.sealNext()) {
                Thread.onSpinWait();
            }
        }

        List<Segment> sealed() {
            return journal.segments().stream()
                    .filter(segment -> segment.seal() != null)
                    .toList();
        }

        SegmentMender.Source source() {
            return index -> journal.firstBehind(index - 1);
        }

        List<String> entries() throws IOException {
            List<String> all = new ArrayList<>();
            for (JournalEntry entry = journal.firstBehind(-1);
                    entry != null;
                    entry = journal.firstBehind(entry.index())) {
                all.add(entry.index() + " " + entry.term() + " " + entry.stampNs() + " " + entry.requests() + " "
                        + entry.checksum());
            }
            return all;
        }

        void flip(Path file, int at, int bit) throws IOException {
            try (var opened = disk.open(file)) {
                ByteBuffer one = ByteBuffer.allocate(1);
                var _ = opened.read(at, one);
                opened.write(at, ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1 << bit)}));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whateverBitOfAFrameTurnsTheOtherReplicasEntryPutsItRight(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        Replica damaged = new Replica(2000 + random.nextInt(6000), seed, new SplittableRandom(seed));
        Replica other = new Replica(2000 + random.nextInt(6000), ~seed, new SplittableRandom(seed));
        List<String> before = damaged.entries();
        assertThat(before).hasSize(ENTRIES).isEqualTo(other.entries());
        for (Segment segment : damaged.sealed()) {
            // One after the other, in heads and in bodies.
            for (int round = 0; round < 3; round++) {
                int at = SegmentFormat.HEADER_BYTES + random.nextInt(segment.end() - SegmentFormat.HEADER_BYTES);
                damaged.flip(segment.file(), at, random.nextInt(8));
                assertThat(SegmentMender.mend(segment, other.source()))
                        .as("seed %d, %s at %d", seed, segment, at)
                        .isEqualTo(1);
            }
            // Bodies of several frames at once.
            int turned = 0;
            for (int offset = SegmentFormat.HEADER_BYTES; offset < segment.end(); ) {
                byte[] bytes = damaged.disk.bytes(segment.file());
                int length = ByteBuffer.wrap(bytes)
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .getInt(offset + 40);
                if (random.nextBoolean()) {
                    damaged.flip(
                            segment.file(),
                            offset + SegmentFormat.FRAME_BYTES + random.nextInt(length),
                            random.nextInt(8));
                    turned++;
                }
                offset += SegmentFormat.FRAME_BYTES + length;
            }
            assertThat(SegmentMender.mend(segment, other.source()))
                    .as("seed %d", seed)
                    .isEqualTo(turned);
        }
        assertThat(damaged.entries()).as("seed %d", seed).isEqualTo(before);
        assertThat(Verifier.verify(damaged.disk, DIRECTORY, (_, _) -> {}).problems())
                .as("seed %d", seed)
                .isEmpty();
    }

    @Test
    void whatDoesNotFitIsNotWritten() throws Exception {
        Replica damaged = new Replica(4000, 1, new SplittableRandom(1));
        Replica stranger = new Replica(4000, 2, new SplittableRandom(2));
        Segment segment = damaged.sealed().getFirst();
        for (int at :
                new int[] {SegmentFormat.HEADER_BYTES + 3, SegmentFormat.HEADER_BYTES + SegmentFormat.FRAME_BYTES}) {
            damaged.flip(segment.file(), at, 0);
            byte[] before = damaged.disk.bytes(segment.file());
            assertThatThrownBy(() -> SegmentMender.mend(segment, stranger.source()))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("does not fit");
            assertThatThrownBy(() -> SegmentMender.mend(segment, _ -> null)).isInstanceOf(CorruptionException.class);
            assertThat(damaged.disk.bytes(segment.file())).isEqualTo(before);
            damaged.flip(segment.file(), at, 0);
        }
        assertThat(SegmentMender.mend(segment, stranger.source())).isZero();
    }
}
