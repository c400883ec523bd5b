package io.thalweg.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.log.journal.ForcedNote;
import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.JournalOptions;
import io.thalweg.log.journal.Manifest;
import io.thalweg.log.journal.SegmentFormat;
import io.thalweg.model.Checksum;
import io.thalweg.model.StreamId;
import io.thalweg.model.event.Event;
import io.thalweg.ports.disk.Aside;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.MemoryDisk;
import io.thalweg.ports.disk.TrialDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a start does to a journal that is not as it should be: it says what is wrong, and destroys nothing. */
final class RecoveryTest {
    private static final Path DIRECTORY = Shelf.DIRECTORY;
    private static final Path MANIFEST = DIRECTORY.resolve(Manifest.NAME);

    private static JournalOptions options(int segmentBytes) {
        SplittableRandom salts = new SplittableRandom(1);
        return JournalOptions.small(segmentBytes, salts::nextLong);
    }

    private static Map<Path, List<Byte>> content(MemoryDisk disk) {
        Map<Path, List<Byte>> files = new TreeMap<>();
        for (Path path : disk.files()) {
            Byte[] bytes = new Byte[disk.bytes(path).length];
            Arrays.setAll(bytes, i -> disk.bytes(path)[i]);
            files.put(path, List.of(bytes));
        }
        return files;
    }

    /** Opens journal and index as a start does. A refusal must leave the disk as it was, also without a trial's help. */
    private static @org.jspecify.annotations.Nullable CorruptionException start(MemoryDisk disk, Shelf from) {
        MemoryDisk bare = disk.copy();
        var before = content(disk);
        Throwable refusal;
        try (TrialDisk trial = new TrialDisk(disk, new Aside(disk, Path.of("/aside"), _ -> false))) {
            refusal = catchThrowable(() -> {
                EventIndex index = open(trial, from);
                trial.proven();
                readAll(index, from);
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        if (refusal == null) {
            return null;
        }
        assertThat(refusal).isInstanceOf(CorruptionException.class);
        assertThat(content(disk)).isEqualTo(before);
        assertThatThrownBy(() -> open(bare, from)).hasMessage(refusal.getMessage());
        assertThat(bare.files().stream().filter(file -> file.toString().endsWith(".seg")))
                .isEqualTo(disk.files().stream()
                        .filter(file -> file.toString().endsWith(".seg"))
                        .toList());
        return (CorruptionException) refusal;
    }

    private static EventIndex open(io.thalweg.ports.disk.Disk disk, Shelf from) throws IOException {
        Journal journal = Journal.open(disk, DIRECTORY, from.options);
        EventIndex index = EventIndex.open(journal, from.snapshot.index(), 1 << 20);
        from.snapshot.streams().forEach((id, stream) -> index.restore(id, stream.first, stream.head));
        return index;
    }

    private static void readAll(EventIndex index, Shelf from) {
        StreamReader reader = new StreamReader(index);
        from.snapshot.streams().forEach((id, stream) -> {
            for (long next = stream.first; next <= stream.head; next++) {
                EventBatch batch = reader.read(id, next, 1, 1 << 20);
                assertThat(batch.next()).isTrue();
                assertThat(batch.toEvent().payload())
                        .isEqualTo(java.util.Objects.requireNonNull(stream.events.get(next))
                                .event()
                                .payload());
            }
        });
    }

    /** A journal that has rewritten its first segments, whose only copy the new generations are; then the process is killed. */
    private static Shelf rewritten(MemoryDisk disk) throws IOException {
        Shelf shelf = Shelf.small(disk, 4000, 5);
        StreamId trimmed = Shelf.stream(1);
        StreamId kept = Shelf.stream(2);
        for (int i = 0; i < 30; i++) {
            shelf.append(Map.of(trimmed, List.of(Event.of(new byte[400])), kept, List.of(shelf.event(20))));
        }
        while (shelf.journal.sealNext()) {
            // until all are
        }
        shelf.trim(trimmed, 25);
        shelf.snapshot();
        assertThat(shelf.retention.step(shelf.snapshot.index())).isTrue();
        assertThat(shelf.retention.step(shelf.snapshot.index())).isTrue();
        return shelf;
    }

    @Test
    void oneWrongBitInTheLastRecordOfTheManifestNeverCostsTheOnlyCopyOfKeptEvents() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = rewritten(disk);
        byte[] manifest = disk.bytes(MANIFEST);
        for (int at = manifest.length - Manifest.RECORD_BYTES; at < manifest.length; at++) {
            MemoryDisk after = disk.copy();
            byte[] damaged = manifest.clone();
            damaged[at] ^= 4;
            after.put(MANIFEST, damaged);
            CorruptionException refusal = start(after, shelf);
            assertThat(refusal).as("byte %d", at).isNotNull().hasMessageContaining("restore it");
            assertThat(refusal).extracting(CorruptionException::file).isEqualTo(MANIFEST);
            assertThat(Verifier.verify(after, DIRECTORY, (_, _) -> {}).problems())
                    .isNotEmpty();
        }
    }

    @Test
    void aManifestThatIsShortenedOrOfAnEarlierTimeStopsTheStartOrLosesNothing() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = rewritten(disk);
        byte[] manifest = disk.bytes(MANIFEST);
        int refused = 0;
        for (int length = 0; length < manifest.length; length += 13) {
            MemoryDisk after = disk.copy();
            after.put(MANIFEST, Arrays.copyOf(manifest, length));
            CorruptionException refusal = start(after, shelf);
            refused += refusal == null ? 0 : 1;
            if (refusal != null) {
                assertThat(Verifier.verify(after, DIRECTORY, (_, _) -> {}).problems())
                        .as("%d bytes", length)
                        .isNotEmpty();
            }
        }
        assertThat(refused).isPositive();
        MemoryDisk without = disk.copy();
        without.delete(MANIFEST);
        assertThat(start(without, shelf)).isNotNull();
        assertThat(start(disk.copy(), shelf)).isNull();
    }

    @Test
    void oneWrongBitInFramesThatWereForcedTogetherIsDamageWhenTheProcessWasKilled() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        SplittableRandom random = new SplittableRandom(8);
        Journal journal = Journal.open(disk, DIRECTORY, options(1 << 20));
        for (int index = 0; index < 3; index++) {
            byte[] body = new byte[100];
            random.nextBytes(body);
            List<ByteBuffer> parts = List.of(ByteBuffer.wrap(body));
            journal.append(index, 1, 1000 + index, 1, parts, new Checksum().of(parts));
            if (index != 1) {
                journal.force();
            }
        }
        // Entry 0 is forced alone, 1 and 2 together; nothing follows, and nothing is closed.
        Path file = SegmentFormat.segmentFile(DIRECTORY, 0, 0);
        int frame = SegmentFormat.FRAME_BYTES + 100;
        int second = SegmentFormat.HEADER_BYTES + frame;
        for (int at = second; at < second + 2 * frame; at++) {
            MemoryDisk after = disk.copy();
            byte[] damaged = disk.bytes(file);
            damaged[at] ^= 0x10;
            after.put(file, damaged);
            int begin = at < second + frame ? second : second + frame;
            assertThat(Verifier.verify(after, DIRECTORY, (_, _) -> {}).problems())
                    .anyMatch(problem -> problem.file().equals(file) && problem.offset() == begin);
            var before = content(after);
            assertThatThrownBy(() -> Journal.open(
                            new TrialDisk(after, new Aside(after, Path.of("/aside"), _ -> false)),
                            DIRECTORY,
                            options(1 << 20)))
                    .isInstanceOfSatisfying(
                            CorruptionException.class,
                            e -> assertThat(e.offset()).isEqualTo(begin));
            assertThat(content(after)).isEqualTo(before);
        }
        // The power went instead: the note was never forced, and such a tail cannot be told from a torn one.
        MemoryDisk dark = disk.copy();
        dark.delete(DIRECTORY.resolve(ForcedNote.NAME));
        byte[] torn = disk.bytes(file);
        torn[second + 60] ^= 1;
        dark.put(file, torn);
        TrialDisk trial = new TrialDisk(dark, new Aside(dark, Path.of("/aside"), _ -> false));
        assertThat(Journal.open(trial, DIRECTORY, options(1 << 20)).lastIndex()).isZero();
        trial.proven();
        assertThat(dark.bytes(Path.of("/aside/000001-" + file.getFileName() + "-from-" + second)))
                .isEqualTo(Arrays.copyOfRange(torn, second, second + 2 * frame));
    }

    @Test
    void theNewestSegmentCannotGoUnseen() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 2000, 5);
        for (int i = 0; i < 12; i++) {
            shelf.append(Map.of(Shelf.stream(1), List.of(Event.of(new byte[400]))));
        }
        Path newest = disk.files().stream()
                .filter(path -> path.toString().endsWith(".seg"))
                .reduce((_, last) -> last)
                .orElseThrow();
        MemoryDisk gone = disk.copy();
        gone.delete(newest);
        assertThat(start(gone, shelf)).isNotNull().hasMessageContaining(newest.toString());
        MemoryDisk empty = disk.copy();
        empty.put(newest, new byte[0]);
        assertThat(start(empty, shelf)).isNotNull().hasMessageContaining(newest.toString());
    }

    @Test
    void aRecordOfAKindThatIsNotKnownStopsTheStartAndIsNotCutOff() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = rewritten(disk);
        byte[] manifest = disk.bytes(MANIFEST);
        int last = manifest.length - Manifest.RECORD_BYTES;
        ByteBuffer bytes = ByteBuffer.wrap(manifest)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .put(last + 8, (byte) 77);
        int before = bytes.getInt(last - Manifest.RECORD_BYTES + 4);
        bytes.putInt(
                last + 4,
                new Checksum()
                        .start()
                        .add(before)
                        .add(bytes, last + 8, Manifest.RECORD_BYTES - 8)
                        .value());
        disk.put(MANIFEST, manifest);
        CorruptionException refusal = start(disk, shelf);
        assertThat(refusal).isNotNull().hasMessageContaining("kind 77");
        assertThat(refusal).extracting(CorruptionException::offset).isEqualTo((long) last);
    }

    @Test
    void theManifestDoesNotGrowWithTheNumberOfSnapshots() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = rewritten(disk);
        int records = disk.bytes(MANIFEST).length / Manifest.RECORD_BYTES;
        for (int i = 0; i < 2000; i++) {
            shelf.journal.mark(shelf.lastIndex, 0);
        }
        assertThat(disk.bytes(MANIFEST).length).isLessThan((records + 520) * Manifest.RECORD_BYTES);
        shelf.snapshot();
        assertThat(start(disk, shelf)).isNull();
        assertThat(Verifier.verify(disk, DIRECTORY, (_, _) -> {}).problems()).isEmpty();
    }

    @Test
    void spaceReturnsBesideBookingsThoughASingleEventOfTheirSegmentIsKept() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 20_000, 5);
        StreamId kept = Shelf.stream(1);
        for (int i = 0; i < 200; i++) {
            byte[] _ = shelf.book(1000);
            if (i % 15 == 0) {
                shelf.append(Map.of(kept, List.of(Event.of(new byte[10]))));
            }
        }
        while (shelf.journal.sealNext()) {
            // until all are
        }
        shelf.snapshot();
        assertThat(shelf.journal.storedBytes()).isGreaterThan(200_000);
        int steps = 0;
        while (shelf.retention.step(shelf.snapshot.index())) {
            steps++;
            assertThat(steps).as("each segment is written again once").isLessThan(20);
        }
        assertThat(shelf.journal.storedBytes()).isLessThan(25_000);
        shelf.check();
        shelf.reopen();
        shelf.check();
        assertThat(shelf.retention.step(shelf.snapshot.index())).isFalse();
    }
}
