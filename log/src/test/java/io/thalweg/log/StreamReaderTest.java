package io.thalweg.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.journal.JournalEntry;
import io.thalweg.log.journal.JournalOptions;
import io.thalweg.model.StreamId;
import io.thalweg.model.event.Event;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StreamReaderTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    /** Follows a stream from its start; each payload tells its sequence. */
    private static long follow(StreamReader reader, StreamId id, long to, boolean interruptsItself) throws Exception {
        SplittableRandom random = new SplittableRandom(to);
        long next = 1;
        while (next <= to) {
            if (!reader.await(id, next, LONG)) {
                throw new AssertionError("nothing came after sequence " + (next - 1));
            }
            if (interruptsItself && random.nextInt(20) == 0) {
                Thread.currentThread().interrupt();
            }
            EventBatch batch = reader.read(id, next, 1 + random.nextInt(300), 1 << 16);
            var _ = Thread.interrupted();
            while (batch.next()) {
                assertThat(batch.sequence()).isEqualTo(next);
                assertThat(batch.payload().getLong()).isEqualTo(next);
                next++;
            }
        }
        return next - 1;
    }

    @Test
    void readersFollowWhileTheWriterRollsSealsAndCheckpoints(@TempDir Path directory) throws Exception {
        SplittableRandom salts = new SplittableRandom(1);
        JournalOptions options = JournalOptions.small(40_000, salts::nextLong);
        Shelf shelf = new Shelf(new FileDisk(), directory, options, 20_000, 1);
        StreamId id = Shelf.stream(1);
        long all = 20_000;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> readers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                boolean interruptsItself = i % 2 == 1;
                readers.add(executor.submit(() -> follow(shelf.reader, id, all, interruptsItself)));
            }
            AtomicBoolean written = new AtomicBoolean();
            Future<?> sealer = executor.submit(() -> {
                while (!written.get()) {
                    if (!shelf.journal.sealNext()) {
                        Thread.sleep(1);
                    }
                }
                return null;
            });
            write(shelf, id, all);
            written.set(true);
            sealer.get();
            for (Future<Long> reader : readers) {
                assertThat(reader.get()).isEqualTo(all);
            }
        }
        assertThat(follow(shelf.reader, id, all, false)).isEqualTo(all);
        shelf.index.close();
        shelf.journal.close();
    }

    private static void write(Shelf shelf, StreamId id, long all) throws IOException {
        long next = 1;
        while (next <= all) {
            List<Event> events = new ArrayList<>();
            for (int i = 0; i < 1 + shelf.random.nextInt(60) && next <= all; i++) {
                events.add(Event.of(sequenceBytes(next++)));
            }
            Map<StreamId, List<Event>> batches = new TreeMap<>();
            batches.put(id, events);
            batches.put(Shelf.stream(2), List.of(shelf.event(200)));
            shelf.append(batches);
            if (shelf.random.nextInt(50) == 0) {
                shelf.snapshot();
            }
        }
    }

    private static byte[] sequenceBytes(long sequence) {
        byte[] bytes = new byte[8 + (int) (sequence % 50)];
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (sequence >>> (8 * i));
        }
        return bytes;
    }

    /** Two streams side by side in sealed segments: trimming the larger one leaves each segment with little that is kept. */
    private static Shelf sealed(Path directory, StreamId kept, StreamId trimmed, int events) throws IOException {
        SplittableRandom salts = new SplittableRandom(1);
        Shelf shelf = new Shelf(new FileDisk(), directory, JournalOptions.small(20_000, salts::nextLong), 20_000, 2);
        for (int i = 0; i < events; i++) {
            shelf.append(
                    Map.of(trimmed, List.of(Event.of(new byte[500])), kept, List.of(Event.of(sequenceBytes(i + 1)))));
        }
        while (shelf.journal.sealNext()) {
            // until all are sealed
        }
        return shelf;
    }

    @Test
    void readersAreNotDisturbedByRetention(@TempDir Path directory) throws Exception {
        StreamId kept = Shelf.stream(2);
        StreamId trimmed = Shelf.stream(1);
        Shelf shelf = sealed(directory, kept, trimmed, 400);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            AtomicBoolean stop = new AtomicBoolean();
            CountDownLatch started = new CountDownLatch(1);
            Future<Integer> reader = executor.submit(() -> {
                int rounds = 0;
                while (!stop.get()) {
                    assertThat(follow(shelf.reader, kept, 400, false)).isEqualTo(400);
                    started.countDown();
                    rounds++;
                }
                return rounds;
            });
            started.await();
            for (int i = 1; i <= 8; i++) {
                shelf.trim(trimmed, i * 50L);
                shelf.snapshot();
                while (shelf.retention.step(shelf.snapshot.index())) {
                    Thread.onSpinWait();
                }
            }
            stop.set(true);
            assertThat(reader.get()).isPositive();
        }
        assertThat(shelf.journal.storedBytes()).isLessThan(400 * 300);
        shelf.check();
        assertThat(Verifier.verify(new FileDisk(), directory, (_, _) -> {}).problems())
                .isEmpty();
    }

    @Test
    void whoHoldsASegmentFindsItsIndexAlsoWhenRetentionHasReplacedIt(@TempDir Path directory) throws Exception {
        StreamId kept = Shelf.stream(2);
        StreamId trimmed = Shelf.stream(1);
        Shelf shelf = sealed(directory, kept, trimmed, 100);
        Part part = Objects.requireNonNull(shelf.index.find(kept)).part(1);
        Objects.requireNonNull(part);
        assertThat(part.index.segment.acquire()).isTrue();
        shelf.trim(trimmed, 90);
        shelf.snapshot();
        while (shelf.retention.step(shelf.snapshot.index())) {
            Thread.onSpinWait();
        }
        assertThat(part.index.segment.acquire()).as("the segment was compacted").isFalse();
        part.index.extents = null;
        assertThat(shelf.index.extents(part).size()).isPositive();
        part.index.segment.release();
        assertThat(part.index.file.path()).doesNotExist();
        shelf.check();
    }

    @Test
    void thousandsWaitAndEachIsWokenByItsOwnSequence() throws Exception {
        Shelf shelf = Shelf.small(new MemoryDisk(), 1 << 20, 1);
        StreamId id = Shelf.stream(1);
        assertThat(shelf.reader.await(id, 1, Duration.ofMillis(1))).isFalse();
        assertThat(shelf.reader.await(id, 0, Duration.ZERO)).isTrue();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> waiting = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                long sequence = 1L + i % 100;
                waiting.add(executor.submit(() -> {
                    assertThat(shelf.reader.await(id, sequence, LONG)).isTrue();
                    return shelf.reader.head(id) - sequence;
                }));
            }
            for (int i = 0; i < 100; i++) {
                shelf.append(Map.of(id, List.of(Event.of(new byte[10]))));
            }
            for (Future<Long> each : waiting) {
                assertThat(each.get()).isNotNegative();
            }
        }
        assertThat(shelf.reader.await(id, 101, Duration.ofMillis(1))).isFalse();
    }

    @Test
    void whatIsNotPublishedIsNotSeen() throws IOException {
        Shelf shelf = Shelf.small(new MemoryDisk(), 1 << 20, 1);
        StreamId id = Shelf.stream(1);
        shelf.append(Map.of(id, List.of(Event.of(new byte[10]), Event.of(new byte[20]))));
        JournalEntry entry = shelf.journal.read(shelf.lastIndex);
        int offset = 48 + 33;
        shelf.index.add(entry, id, 3, 2, 2_000_000, offset, entry.body().remaining() - offset);
        assertThat(shelf.reader.head(id)).isEqualTo(2);
        assertThat(shelf.reader.read(id, 1, 10, 1000).count()).isEqualTo(2);
        assertThat(shelf.reader.read(id, 3, 10, 1000).count()).isZero();
        shelf.index.publish(id, 3);
        assertThat(shelf.reader.read(id, 1, 10, 1000).count()).isEqualTo(3);
        assertThat(shelf.reader.read(id, 3, 10, 1000).count()).isEqualTo(1);
        shelf.index.publish(id, 4);
        assertThat(shelf.reader.read(id, 1, 10, 1000).count()).isEqualTo(4);
    }
}
