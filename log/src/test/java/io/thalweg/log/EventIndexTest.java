package io.thalweg.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.log.journal.ForcedNote;
import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.Manifest;
import io.thalweg.log.journal.Segment;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Event;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class EventIndexTest {

    private static void step(Shelf shelf, MemoryDisk disk) throws IOException {
        switch (shelf.random.nextInt(12)) {
            case 0 -> shelf.snapshot();
            case 1 -> {
                if (shelf.random.nextBoolean()) {
                    disk.crash(shelf.random);
                }
                shelf.reopen();
            }
            case 2 -> {
                StreamId id = Shelf.stream(shelf.random.nextInt(5));
                shelf.trim(id, shelf.reader.first(id) + shelf.random.nextInt(30));
            }
            case 3 -> {
                while (shelf.journal.sealNext() || shelf.retention.step(shelf.snapshot.index())) {
                    // until nothing is left to do
                }
            }
            default -> {
                Map<StreamId, List<Event>> batches = new TreeMap<>();
                for (int i = 0; i <= shelf.random.nextInt(3); i++) {
                    List<Event> events = new ArrayList<>();
                    int count = shelf.random.nextInt(20) == 0 ? 2500 : 1 + shelf.random.nextInt(12);
                    for (int n = 0; n < count; n++) {
                        events.add(shelf.event(count > 100 ? 5 : 120));
                    }
                    batches.put(Shelf.stream(shelf.random.nextInt(5)), events);
                }
                shelf.append(batches);
            }
        }
    }

    @Test
    void readersSeeWhatTheModelHoldsThroughCrashesAndRetention() throws IOException {
        for (long seed = 1; seed <= 40; seed++) {
            try {
                MemoryDisk disk = new MemoryDisk();
                Shelf shelf = Shelf.small(disk, 3000 + (int) (seed * 100), seed);
                for (int i = 0; i < 120; i++) {
                    step(shelf, disk);
                    if (i % 20 == 0) {
                        shelf.check();
                    }
                }
                shelf.check();
                shelf.snapshot();
                shelf.reopen();
                shelf.check();
                shelf.index.close();
                shelf.journal.close();
                var report = Verifier.verify(disk, Shelf.DIRECTORY, (_, _) -> {});
                assertThat(report.problems()).isEmpty();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void theOldestGenerationsGoWhenStreamsAreTrimmed() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 4000, 5);
        StreamId trimmed = Shelf.stream(1);
        StreamId kept = Shelf.stream(2);
        for (int i = 0; i < 60; i++) {
            shelf.append(Map.of(trimmed, List.of(Event.of(new byte[400]))));
            if (i % 10 == 0) {
                shelf.append(Map.of(kept, List.of(Event.of(new byte[100]))));
            }
        }
        while (shelf.journal.sealNext()) {
            // until all are sealed
        }
        long before = shelf.journal.storedBytes();
        shelf.trim(trimmed, 55);
        shelf.snapshot();
        assertThat(shelf.retention.step(-1)).isFalse();
        while (shelf.retention.step(shelf.snapshot.index())) {
            // until nothing is left to do
        }
        assertThat(shelf.journal.storedBytes()).isLessThan(before / 3);
        assertThat(disk.files()).anyMatch(file -> file.toString().endsWith("-0001.seg"));
        shelf.check();
        assertThatThrownBy(() -> shelf.reader.read(trimmed, 54, 1, 1))
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SEQUENCE_GONE));
        shelf.reopen();
        shelf.check();
        assertThat(Verifier.verify(disk, Shelf.DIRECTORY, (_, _) -> {}).problems())
                .isEmpty();
        shelf.index.delete(trimmed);
        shelf.streams.remove(trimmed);
        shelf.index.delete(kept);
        shelf.streams.remove(kept);
        shelf.snapshot();
        while (shelf.retention.step(shelf.snapshot.index())) {
            // until nothing is left to do
        }
        assertThat(disk.files().stream().filter(file -> file.toString().endsWith(".seg")))
                .hasSize(1);
        assertThat(shelf.reader.head(kept)).isZero();
        shelf.append(Map.of(Shelf.stream(3), List.of(Event.of(new byte[5000]))));
        shelf.append(Map.of(Shelf.stream(3), List.of(Event.of(new byte[10]))));
        while (shelf.journal.sealNext()) {
            // until the last segment with something of them is sealed, too
        }
        shelf.snapshot();
        while (shelf.retention.step(shelf.snapshot.index())) {
            // until nothing is left to do
        }
        assertThat(shelf.index.streams())
                .as("what was deleted leaves nothing in memory")
                .isEqualTo(1);
        shelf.reopen();
        assertThat(shelf.index.streams()).isEqualTo(1);
        assertThat(Verifier.verify(disk, Shelf.DIRECTORY, (_, _) -> {}).problems())
                .isEmpty();
    }

    private static boolean has(MemoryDisk disk, byte[] secret) throws IOException {
        for (Path file : disk.files()) {
            try (Disk.DiskFile open = disk.open(file)) {
                ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(open.size()));
                int _ = open.read(0, all);
                String text = new String(all.array(), StandardCharsets.ISO_8859_1);
                if (text.contains(new String(secret, StandardCharsets.ISO_8859_1))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Nine tenths of each segment are another's: without being asked nobody writes it again for the rest. */
    @Test
    void whatWasDeletedIsErasedFromSegmentsThatAreMostlyOthersWhenThatIsAskedFor() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 4000, 5);
        StreamId deleted = Shelf.stream(1);
        StreamId kept = Shelf.stream(2);
        byte[] secret = "the secret of who was deleted".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 40; i++) {
            shelf.append(Map.of(deleted, List.of(Event.of(secret)), kept, List.of(Event.of(new byte[400]))));
        }
        shelf.index.delete(deleted);
        shelf.streams.remove(deleted);
        shelf.snapshot();
        steps(shelf);
        assertThat(has(disk, secret)).isTrue();

        shelf.retention.erase(shelf.journal.lastIndex());
        for (int i = 0; i < 20; i++) {
            shelf.append(Map.of(kept, List.of(Event.of(new byte[400]))));
        }
        steps(shelf);
        assertThat(has(disk, secret)).as("what no snapshot covers yet stays").isTrue();
        shelf.snapshot();
        steps(shelf);
        assertThat(has(disk, secret)).isFalse();
        shelf.check();
        shelf.reopen();
        shelf.check();
        assertThat(Verifier.verify(disk, Shelf.DIRECTORY, (_, _) -> {}).problems())
                .isEmpty();

        StreamId later = Shelf.stream(3);
        shelf.append(Map.of(later, List.of(Event.of(secret))));
        for (int i = 0; i < 20; i++) {
            shelf.append(Map.of(kept, List.of(Event.of(new byte[400]))));
        }
        shelf.index.delete(later);
        shelf.streams.remove(later);
        shelf.snapshot();
        steps(shelf);
        assertThat(has(disk, secret)).as("it is asked for once").isTrue();
    }

    /** In a group what deletes is not in the journal, and may be ordered behind all that is there. */
    @Test
    void whatIsDeletedBehindTheJournalsEndIsErasedWhenThatIsAskedFor() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 4000, 5);
        StreamId deleted = Shelf.stream(1);
        StreamId kept = Shelf.stream(2);
        byte[] secret = "the secret of who was deleted".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 40; i++) {
            shelf.append(Map.of(deleted, List.of(Event.of(secret)), kept, List.of(Event.of(new byte[400]))));
        }
        shelf.snapshot();
        shelf.retention.erase(shelf.journal.lastIndex() + 1);
        steps(shelf);
        assertThat(has(disk, secret)).as("no snapshot knows that it is deleted").isTrue();
        shelf.index.delete(deleted);
        shelf.streams.remove(deleted);
        for (int i = 0; i < 20; i++) {
            shelf.append(Map.of(kept, List.of(Event.of(new byte[400]))));
        }
        shelf.snapshot();
        steps(shelf);
        assertThat(has(disk, secret)).isFalse();
        shelf.check();
    }

    /** Nobody writes enough for the newest segment to become full: one entry makes it complete. */
    @Test
    void theNewestSegmentIsErasedBehindOneEntryMore() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 1 << 20, 5);
        StreamId deleted = Shelf.stream(1);
        StreamId kept = Shelf.stream(2);
        byte[] secret = "the secret of who was deleted".getBytes(StandardCharsets.UTF_8);
        shelf.append(Map.of(deleted, List.of(Event.of(secret)), kept, List.of(Event.of(new byte[400]))));
        shelf.append(Map.of(kept, List.of(Event.of(new byte[400]))));
        shelf.index.delete(deleted);
        shelf.streams.remove(deleted);
        shelf.snapshot();
        shelf.retention.erase(shelf.lastIndex);
        assertThat(shelf.retention.isErasing()).isTrue();
        assertThat(shelf.journal.isEnding()).isTrue();
        steps(shelf);
        assertThat(has(disk, secret)).as("nothing came behind it").isTrue();

        byte[] booked = shelf.book(40);
        assertThat(shelf.journal.isEnding()).isFalse();
        shelf.snapshot();
        steps(shelf);
        assertThat(has(disk, secret)).isFalse();
        assertThat(has(disk, booked)).as("what came after it was asked for").isTrue();
        assertThat(shelf.retention.isErasing()).isFalse();
        shelf.check();
        shelf.reopen();
        shelf.append(Map.of(kept, List.of(Event.of(new byte[400]))));
        shelf.check();
        assertThat(Verifier.verify(disk, Shelf.DIRECTORY, (_, _) -> {}).problems())
                .isEmpty();

        shelf.journal.endSegment();
        shelf.journal.close();
        shelf.open();
        assertThat(shelf.journal.isEnding()).as("not over a restart").isFalse();
    }

    /** To write a segment again takes room for one more, and a shard whose disk refuses a write halts. */
    @Test
    void nothingIsErasedWhileThereIsNoRoomForIt() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 4000, 5);
        byte[] secret = shelf.book(40);
        for (int i = 0; i < 20; i++) {
            shelf.append(Map.of(Shelf.stream(2), List.of(Event.of(new byte[400]))));
        }
        shelf.snapshot();
        disk.usableBytes = 10 << 20;
        shelf.retention.erase(shelf.journal.lastIndex());
        steps(shelf);
        assertThat(has(disk, secret)).isTrue();
        disk.usableBytes = Long.MAX_VALUE;
        steps(shelf);
        assertThat(has(disk, secret)).as("it is still asked for").isFalse();
        shelf.check();
    }

    /** A booking leaves no event, and so no trace in the index: nobody knows whose it was. */
    @Test
    void bookingsAmongKeptEventsAreErasedWhenThatIsAskedFor() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 4000, 5);
        StreamId kept = Shelf.stream(2);
        byte[] secret = shelf.book(40);
        for (int i = 0; i < 20; i++) {
            shelf.append(Map.of(kept, List.of(Event.of(new byte[400]))));
        }
        shelf.snapshot();
        steps(shelf);
        assertThat(has(disk, secret)).isTrue();
        shelf.retention.erase(shelf.journal.lastIndex());
        steps(shelf);
        assertThat(has(disk, secret)).isFalse();
        shelf.check();
        shelf.reopen();
        shelf.check();
        assertThat(Verifier.verify(disk, Shelf.DIRECTORY, (_, _) -> {}).problems())
                .isEmpty();
    }

    private static void steps(Shelf shelf) throws IOException {
        while (shelf.journal.sealNext() || shelf.retention.step(shelf.snapshot.index())) {
            // until nothing is left to do
        }
    }

    @Test
    void whatAnOlderSnapshotKeepsIsNotDeleted() throws IOException {
        Shelf shelf = Shelf.small(new MemoryDisk(), 4000, 5);
        StreamId id = Shelf.stream(1);
        for (int i = 0; i < 60; i++) {
            shelf.append(Map.of(id, List.of(Event.of(new byte[400]))));
        }
        while (shelf.journal.sealNext()) {
            // until all are sealed
        }
        shelf.snapshot();
        Shelf.Snapshot older = shelf.snapshot;
        shelf.trim(id, 61);
        shelf.append(Map.of(id, List.of(Event.of(new byte[400]))));
        shelf.snapshot();
        assertThat(shelf.retention.step(older.index())).isFalse();
        EventIndex index = EventIndex.open(shelf.journal, older.index(), 1000);
        index.restore(id, 1, 60);
        assertThat(new StreamReader(index).read(id, 1, 100, 1 << 20).count()).isEqualTo(60);
        assertThat(shelf.retention.step(shelf.snapshot.index())).isTrue();
    }

    @Test
    void whoReadsAnOldGenerationFinishesAndTheNextIsSentToItsSuccessor() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 4000, 5);
        StreamId trimmed = Shelf.stream(1);
        StreamId kept = Shelf.stream(2);
        for (int i = 0; i < 20; i++) {
            shelf.append(Map.of(trimmed, List.of(Event.of(new byte[400])), kept, List.of(Event.of(new byte[9]))));
        }
        assertThat(shelf.journal.sealNext()).isTrue();
        shelf.trim(trimmed, 20);
        shelf.snapshot();
        Segment old = shelf.journal.segments().iterator().next();
        assertThat(old.acquire()).isTrue();
        assertThat(shelf.retention.step(shelf.snapshot.index())).isTrue();
        assertThat(shelf.journal.segments().iterator().next()).isNotEqualTo(old);
        assertThat(old.acquire()).isFalse();
        assertThat(disk.exists(old.file())).isTrue();
        assertThat(old.handle().read(0, ByteBuffer.allocate(10))).isEqualTo(10);
        old.release();
        assertThat(disk.exists(old.file())).isFalse();
        shelf.check();
    }

    @Test
    void usageCountsWhatIsKept() throws IOException {
        Shelf shelf = Shelf.small(new MemoryDisk(), 4000, 5);
        StreamId id = Shelf.stream(1);
        assertThat(shelf.index.usage(id)).isEqualTo(EventIndex.Usage.NONE);
        for (int i = 0; i < 40; i++) {
            shelf.append(Map.of(id, List.of(Event.of(new byte[91]))));
        }
        assertThat(shelf.index.usage(id)).isEqualTo(new EventIndex.Usage(40, 4000, 1_000_001, 1_000_040));
        shelf.trim(id, 31);
        assertThat(shelf.index.usage(id)).isEqualTo(new EventIndex.Usage(10, 1000, 1_000_031, 1_000_040));
        shelf.trim(id, 41);
        assertThat(shelf.index.usage(id)).isEqualTo(EventIndex.Usage.NONE);
    }

    /** Every byte of every file, one bit each: what is read is right, or the damage is named. */
    @Test
    void aFlippedBitIsNeverServedAndTheVerifierNamesIt() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        Shelf shelf = Shelf.small(disk, 2500, 3);
        for (int i = 0; i < 25; i++) {
            shelf.append(Map.of(
                    Shelf.stream(i % 3),
                    List.of(shelf.event(60), shelf.event(60)),
                    Shelf.stream(4),
                    List.of(shelf.event(90))));
            if (i == 12) {
                while (shelf.journal.sealNext()) {
                    // until all are sealed
                }
            }
        }
        shelf.snapshot();
        shelf.index.close();
        shelf.journal.close();
        assertThat(Verifier.verify(disk, Shelf.DIRECTORY, (_, _) -> {}).problems())
                .isEmpty();
        int silent = 0;
        for (var file : disk.files()) {
            byte[] bytes = disk.bytes(file);
            for (int at = 0; at < bytes.length; at += 1 + shelf.random.nextInt(9)) {
                int flipped = at;
                String where = file + " byte " + at;
                byte[] damaged = bytes.clone();
                damaged[at] ^= (byte) (1 << shelf.random.nextInt(8));
                MemoryDisk verified = disk.copy();
                verified.put(file, damaged);
                var report = Verifier.verify(verified, Shelf.DIRECTORY, (_, _) -> {});
                boolean zerosAhead = bytes[at] == 0 && at > bytes.length - 4096 && isActive(disk, file);
                boolean lastRecord = file.endsWith(Manifest.NAME) && at >= bytes.length - Manifest.RECORD_BYTES;
                if (!lastRecord && !zerosAhead && !file.endsWith(ForcedNote.NAME)) {
                    assertThat(report.problems())
                            .as(where)
                            .anyMatch(problem -> problem.file().equals(file) && problem.offset() <= flipped);
                }
                MemoryDisk after = disk.copy();
                after.put(file, damaged);
                Throwable found = catchThrowable(() -> readAll(after, shelf));
                if (found == null) {
                    silent++;
                } else {
                    assertThat(found).as(where).isInstanceOf(CorruptionException.class);
                }
            }
        }
        assertThat(silent).isPositive(); // footers, what lies between the events of old segments, zeros ahead
    }

    private static boolean isActive(MemoryDisk disk, java.nio.file.Path file) {
        return file.equals(disk.files().stream()
                .filter(path -> path.toString().endsWith(".seg"))
                .reduce((_, last) -> last)
                .orElseThrow());
    }

    private static void readAll(MemoryDisk disk, Shelf from) throws IOException {
        Journal journal = Journal.open(disk, Shelf.DIRECTORY, from.options);
        EventIndex index = EventIndex.open(journal, from.snapshot.index(), 1 << 20);
        from.snapshot.streams().forEach((id, stream) -> index.restore(id, stream.first, stream.head));
        StreamReader reader = new StreamReader(index);
        from.snapshot.streams().forEach((id, stream) -> {
            long next = 1;
            while (next <= stream.head) {
                EventBatch batch = reader.read(id, next, 100, 10_000);
                while (batch.next()) {
                    Shelf.Stored stored = Objects.requireNonNull(stream.events.get(next));
                    assertThat(batch.toEvent().payload())
                            .isEqualTo(stored.event().payload());
                    next++;
                }
            }
        });
    }

    @Test
    void aSnapshotThatKnowsMoreThanTheIndexIsRefused() throws IOException {
        Shelf shelf = Shelf.small(new MemoryDisk(), 4000, 5);
        StreamId id = Shelf.stream(1);
        shelf.append(Map.of(id, List.of(Event.of(new byte[91]))));
        shelf.snapshot();
        EventIndex index = EventIndex.open(shelf.journal, shelf.snapshot.index(), 1000);
        assertThatThrownBy(() -> index.restore(id, 1, 2))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("1..2")
                .hasMessageContaining(".idx");
        assertThatThrownBy(() -> index.restore(id, 1, 0)).isInstanceOf(CorruptionException.class);
        index.restore(id, 1, 1);
    }
}
