package io.thalweg.log.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.log.Verifier;
import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JournalTest {
    private static final Path DIRECTORY = Path.of("/journal");

    private static JournalOptions options(int segmentBytes, long seed) {
        SplittableRandom salts = new SplittableRandom(seed);
        return JournalOptions.small(segmentBytes, salts::nextLong);
    }

    private static byte[] body(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static void append(Journal journal, long index, byte[] body) throws IOException {
        int cut = body.length / 3;
        List<ByteBuffer> parts = List.of(ByteBuffer.wrap(body, 0, cut), ByteBuffer.wrap(body, cut, body.length - cut));
        journal.append(index, index / 10, 1000 + index, 1, parts, new Checksum().of(parts));
    }

    private static void appendUnread(Journal journal, long index, byte[] body) throws IOException {
        List<ByteBuffer> whole = List.of(ByteBuffer.wrap(body));
        journal.append(index, index / 10, 1000 + index, 1, whole, new Checksum().of(whole), false);
    }

    /** The journal next to what it should hold. */
    private static final class Model {
        final SplittableRandom random;
        final MemoryDisk disk = new MemoryDisk();
        final JournalOptions options;
        final TreeMap<Long, byte[]> entries = new TreeMap<>();
        Journal journal;
        long forced = -1;
        long applied = -1;

        Model(long seed) throws IOException {
            random = new SplittableRandom(seed);
            options = options(2000 + random.nextInt(6000), seed);
            journal = Journal.open(disk, DIRECTORY, options);
        }

        long last() {
            return entries.isEmpty() ? -1 : entries.lastKey();
        }

        void step() throws IOException {
            switch (random.nextInt(21)) {
                case 0 -> truncate();
                case 1 -> reopen();
                case 2 -> crash();
                case 3, 4 -> {
                    applied = Math.max(applied, forced < 0 ? -1 : entries.floorKey(forced));
                    journal.applied(applied);
                    if (random.nextBoolean() && applied >= 0) {
                        journal.mark(applied, 0);
                    }
                }
                case 5, 6 -> {
                    var _ = journal.sealNext();
                }
                case 20 -> kill();
                case 7, 8, 9 -> {
                    journal.force();
                    forced = last();
                }
                default -> {
                    long index = last() + 1 + (random.nextInt(5) == 0 ? random.nextInt(4) : 0);
                    byte[] bytes = body(random, random.nextInt(10) == 0 ? random.nextInt(9000) : random.nextInt(300));
                    if (random.nextBoolean()) {
                        append(journal, index, bytes);
                    } else {
                        appendUnread(journal, index, bytes);
                    }
                    entries.put(index, bytes);
                }
            }
        }

        void truncate() throws IOException {
            long to = last() - random.nextInt(6);
            if (to >= applied && to < last()) {
                journal.truncate(to);
                entries.tailMap(to, false).clear();
                forced = last();
            }
        }

        void reopen() throws IOException {
            journal.close();
            journal = Journal.open(disk, DIRECTORY, options);
            assertThat(journal.recovery()).isEmpty();
            forced = last();
            check();
        }

        /** The process dies, the machine lives: all that was written is there, and counts as durable once it was opened. */
        void kill() throws IOException {
            journal = Journal.open(disk, DIRECTORY, options);
            forced = last();
            check();
        }

        void crash() throws IOException {
            disk.crash(random);
            journal = Journal.open(disk, DIRECTORY, options);
            assertThat(journal.lastIndex()).isGreaterThanOrEqualTo(forced);
            entries.tailMap(journal.lastIndex(), false).clear();
            forced = last();
            check();
        }

        void check() throws IOException {
            assertThat(journal.lastIndex()).isEqualTo(last());
            for (var entry : entries.entrySet()) {
                JournalEntry read = journal.read(entry.getKey());
                assertThat(bytes(read.body())).isEqualTo(entry.getValue());
                assertThat(read.term()).isEqualTo(entry.getKey() / 10);
                assertThat(read.stampNs()).isEqualTo(1000 + entry.getKey());
                Long next = entries.higherKey(entry.getKey());
                if (next == null || next > entry.getKey() + 1) {
                    assertThatThrownBy(() -> journal.read(entry.getKey() + 1))
                            .isInstanceOf(NoSuchElementException.class);
                }
            }
        }
    }

    @Test
    void whateverHappensTheJournalHoldsWhatTheModelHolds() throws IOException {
        for (long seed = 1; seed <= 100; seed++) {
            try {
                Model model = new Model(seed);
                for (int i = 0; i < 150; i++) {
                    model.step();
                }
                model.check();
                model.journal.close();
                var report = Verifier.verify(model.disk, DIRECTORY, (_, _) -> {});
                assertThat(withoutIndex(report)).isEmpty();
                assertThat(report.frames()).isEqualTo(model.entries.size());
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    /** These journals have no index beside them. */
    private static List<Verifier.Problem> withoutIndex(Verifier.Report report) {
        return report.problems().stream()
                .filter(problem -> !problem.file().toString().endsWith(".idx"))
                .toList();
    }

    @Test
    void aTornTailIsCutAtTheLastWholeFrame() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        SplittableRandom random = new SplittableRandom(7);
        byte[] first = body(random, 200);
        byte[] second = body(random, 90);
        Journal journal = Journal.open(disk, DIRECTORY, options(1 << 20, 1).withPrefillBytes(0));
        append(journal, 4, first);
        journal.force();
        append(journal, 9, second);
        Path file = SegmentFormat.segmentFile(DIRECTORY, 4, 0);
        byte[] whole = disk.bytes(file);
        int lastFrame = whole.length - SegmentFormat.FRAME_BYTES - second.length;
        for (int cut = lastFrame; cut < whole.length; cut++) {
            for (boolean zeros : new boolean[] {false, true}) {
                byte[] torn = Arrays.copyOf(whole, cut);
                MemoryDisk after = disk.copy();
                after.put(file, zeros ? Arrays.copyOf(torn, whole.length) : torn);
                Journal reopened = Journal.open(after, DIRECTORY, options(1 << 20, 1));
                assertThat(reopened.lastIndex()).isEqualTo(4);
                assertThat(bytes(reopened.read(4).body())).isEqualTo(first);
                assertThat(reopened.recovery().isEmpty()).isEqualTo(cut == lastFrame || isZero(torn, lastFrame));
                append(reopened, 5, second);
                reopened.close();
                Journal again = Journal.open(after, DIRECTORY, options(1 << 20, 1));
                assertThat(bytes(again.read(5).body())).isEqualTo(second);
            }
        }
    }

    private static boolean isZero(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void damageThatALaterFrameSawForcedIsCorruptionAndNotATornTail() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        SplittableRandom random = new SplittableRandom(8);
        Journal journal = Journal.open(disk, DIRECTORY, options(1 << 20, 1));
        for (int index = 0; index < 3; index++) {
            append(journal, index, body(random, 100));
            journal.force();
        }
        Path file = SegmentFormat.segmentFile(DIRECTORY, 0, 0);
        byte[] whole = disk.bytes(file);
        int frame = SegmentFormat.FRAME_BYTES + 100;
        for (int at = SegmentFormat.HEADER_BYTES; at < SegmentFormat.HEADER_BYTES + 2 * frame; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            MemoryDisk after = disk.copy();
            after.put(file, damaged);
            int begin = at - (at - SegmentFormat.HEADER_BYTES) % frame;
            assertThatThrownBy(() -> Journal.open(after, DIRECTORY, options(1 << 20, 1)))
                    .isInstanceOfSatisfying(CorruptionException.class, e -> {
                        assertThat(e.file()).isEqualTo(file);
                        assertThat(e.offset()).isEqualTo(begin);
                    });
        }
    }

    @Test
    void aWriteThatGotLostBeforeItsForceEndedTakesTheWholeTailWithIt() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        SplittableRandom random = new SplittableRandom(9);
        Journal journal = Journal.open(disk, DIRECTORY, options(1 << 20, 1).withPrefillBytes(0));
        append(journal, 1, body(random, 100));
        journal.force();
        append(journal, 2, body(random, 100));
        append(journal, 3, body(random, 100));
        Path file = SegmentFormat.segmentFile(DIRECTORY, 1, 0);
        byte[] bytes = disk.bytes(file);
        int second = SegmentFormat.HEADER_BYTES + SegmentFormat.FRAME_BYTES + 100;
        Arrays.fill(bytes, second, second + SegmentFormat.FRAME_BYTES + 50, (byte) 0);
        disk.put(file, bytes);
        Journal reopened = Journal.open(disk, DIRECTORY, options(1 << 20, 1));
        assertThat(reopened.lastIndex()).isEqualTo(1);
        assertThat(reopened.recovery()).contains("offset " + second);
    }

    @Test
    void whatASnapshotReliesOnIsNeverATornTail() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Journal journal = Journal.open(disk, DIRECTORY, options(1 << 20, 1));
        append(journal, 1, body(new SplittableRandom(1), 100));
        journal.applied(1);
        journal.mark(1, 0);
        journal.close();
        Path file = SegmentFormat.segmentFile(DIRECTORY, 1, 0);
        byte[] bytes = disk.bytes(file);
        for (int length = 0; length < SegmentFormat.HEADER_BYTES + SegmentFormat.FRAME_BYTES + 100; length++) {
            MemoryDisk after = disk.copy();
            after.put(file, Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> Journal.open(after, DIRECTORY, options(1 << 20, 1)))
                    .as("cut at %d", length)
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void anyFlippedByteIsNamedOrHarmlessAndTheVerifierFindsIt() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        SplittableRandom random = new SplittableRandom(11);
        TreeMap<Long, byte[]> model = new TreeMap<>();
        Journal journal = Journal.open(disk, DIRECTORY, options(1500, 1).withPrefillBytes(0));
        for (long index = 0; index < 24; index++) {
            byte[] body = body(random, 20 + random.nextInt(300));
            append(journal, index, body);
            model.put(index, body);
            journal.force();
            journal.applied(index);
        }
        assertThat(journal.sealNext()).isTrue();
        assertThat(journal.sealNext()).isTrue();
        journal.mark(23, 0);
        journal.close();
        int flips = 0;
        for (Path file : disk.files()) {
            byte[] bytes = disk.bytes(file);
            for (int at = 0; at < bytes.length; at += 1 + random.nextInt(6)) {
                int flipped = at;
                byte[] damaged = bytes.clone();
                damaged[at] ^= (byte) (1 << random.nextInt(8));
                MemoryDisk after = disk.copy();
                after.put(file, damaged);
                String where = file + " byte " + at;
                Throwable found = catchThrowable(() -> readAll(after, model));
                if (found != null) {
                    assertThat(found).as(where).isInstanceOf(CorruptionException.class);
                    assertThat(((CorruptionException) found).offset()).as(where).isLessThanOrEqualTo(at);
                }
                MemoryDisk verified = disk.copy();
                verified.put(file, damaged);
                var report = Verifier.verify(verified, DIRECTORY, (_, _) -> {});
                boolean tornManifest = file.endsWith(Manifest.NAME) && at >= bytes.length - Manifest.RECORD_BYTES;
                if (!tornManifest && !file.endsWith(ForcedNote.NAME)) {
                    assertThat(withoutIndex(report))
                            .as(where)
                            .anyMatch(problem -> problem.file().equals(file) && problem.offset() <= flipped);
                }
                flips++;
            }
        }
        assertThat(flips).isGreaterThan(1000);
    }

    private static void readAll(MemoryDisk disk, Map<Long, byte[]> model) throws IOException {
        Journal journal = Journal.open(disk, DIRECTORY, options(1500, 1));
        for (var entry : model.entrySet()) {
            assertThat(bytes(journal.read(entry.getKey()).body())).isEqualTo(entry.getValue());
        }
    }

    @Test
    void afterAFailedForceNothingIsAccepted() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Journal journal = Journal.open(disk, DIRECTORY, options(1 << 20, 1));
        append(journal, 1, new byte[10]);
        disk.failForce = true;
        assertThatThrownBy(journal::force).isInstanceOf(IOException.class);
        disk.failForce = false;
        assertThatThrownBy(journal::force).hasMessageContaining("failed before");
        assertThatThrownBy(() -> append(journal, 2, new byte[10])).hasMessageContaining("failed before");
    }

    @Test
    void aWriteThatWasLostBeforeAMarkIsNotForgottenByWhoForcesNext() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Journal journal = Journal.open(disk, DIRECTORY, options(1 << 20, 1));
        append(journal, 1, new byte[10]);
        disk.failForce = true;
        assertThatThrownBy(() -> journal.mark(1, 0)).isInstanceOf(IOException.class);
        disk.failForce = false;
        assertThatThrownBy(journal::force).hasMessageContaining("failed before");
    }

    @Test
    void appliedEntriesCannotBeTakenBack() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Journal journal = Journal.open(disk, DIRECTORY, options(1 << 20, 1));
        append(journal, 3, new byte[10]);
        append(journal, 5, new byte[10]);
        journal.applied(4);
        journal.truncate(4);
        journal.truncate(3);
        assertThatThrownBy(() -> journal.truncate(2)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> append(journal, 3, new byte[10])).isInstanceOf(IllegalStateException.class);
        assertThat(journal.lastIndex()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 250})
    void batchesCostFewBytesBesideTheirPayload(int events) throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Journal journal =
                Journal.open(disk, DIRECTORY, JournalOptions.standard().withSegmentBytes(4 << 20));
        byte[] body = new byte[events * 1024];
        for (long index = 0; index < 100; index++) {
            append(journal, index, body);
            journal.force();
            journal.applied(index);
        }
        while (journal.sealNext()) {
            // until all are sealed
        }
        double amplification = (double) disk.writtenBytes() / (100.0 * body.length);
        assertThat(amplification).isBetween(1.0, 1.01);
        assertThat(journal.written().written()).isLessThanOrEqualTo(disk.writtenBytes());
    }
}
