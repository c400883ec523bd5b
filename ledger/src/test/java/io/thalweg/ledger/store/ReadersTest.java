package io.thalweg.ledger.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.Field;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.MemoryDisk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Readers beside a writer whose background takes the records' memory away under their hands. */
class ReadersTest {
    private static final int RECORDS = 60_000;
    private static final StoreOptions SMALL = new StoreOptions(512, 100, 4, 64 << 10);

    /** All of a record follows from its slot. */
    private static Example example(long slot) {
        return Example.random(new SplittableRandom(slot), slot * 7 + 1, 0, 1000 * slot + 5);
    }

    @Test
    void readersSeeWhatWasPublishedWhileItMovesFromMemoryToRunsAndRunsAreMerged() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (BlockCache cache = new BlockCache(1 << 20);
                ExecutorService background = Executors.newFixedThreadPool(2);
                ExecutorService readers = Executors.newFixedThreadPool(3);
                Records records = Records.open(
                        new MemoryDisk(),
                        Path.of("/ledger"),
                        "transfers",
                        Schema.TRANSFERS,
                        SMALL,
                        cache,
                        background,
                        null)) {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                SplittableRandom random = new SplittableRandom(i);
                results.add(readers.submit(() -> read(records, random, done)));
            }
            SplittableRandom random = new SplittableRandom(9);
            try {
                write(records, random);
            } finally {
                done.set(true);
            }
            for (Future<?> result : results) {
                result.get();
            }
            background.shutdown();
        }
    }

    private static void write(Records records, SplittableRandom random) throws Exception {
        while (records.count() < RECORDS) {
            int size = 1 + random.nextInt(200);
            for (int i = 0; i < size; i++) {
                long slot = records.append();
                example(slot).write(records.memory(slot), records.offset(slot));
                records.appended(slot);
            }
            records.removeFrom(records.count() - random.nextInt(size));
            records.publish();
            long slot = random.nextLong(records.count());
            assertThat(records.find(slot * 7 + 1, 0)).isEqualTo(slot);
            assertThat(records.find(slot * 7 + 2, 0)).isEqualTo(Records.NONE);
            if (random.nextInt(50) == 0) {
                Capture capture = records.capture();
                capture.persist().run();
                capture.published().run();
            }
        }
    }

    private static void read(Records records, SplittableRandom random, AtomicBoolean done) {
        MemorySegment target = MemorySegment.ofArray(new byte[256]);
        while (!done.get()) {
            long bound = records.published();
            if (bound == 0) {
                continue;
            }
            long slot =
                    Math.max(0, bound - 1 - random.nextLong(Math.min(bound, random.nextInt(8) == 0 ? bound : 4000)));
            records.read(slot, target, 0);
            assertThat(Example.read(target, 0)).isEqualTo(example(slot));
            assertThat(records.lowerBound(1000 * slot + 5, bound)).isEqualTo(slot);
            assertThat(records.lowerBound(1000 * slot + 6, bound)).isEqualTo(slot + 1);
            Field field = Schema.TRANSFERS
                    .fields()
                    .get(random.nextInt(Schema.TRANSFERS.fields().size()));
            long[] key = example(slot).key(field);
            if (key != null) {
                checkCursor(records, random, field, key, bound, slot);
            }
        }
    }

    private static void checkCursor(
            Records records, SplittableRandom random, Field field, long[] key, long bound, long slot) {
        try (Cursor cursor = records.postings(field, key[1], key[0], bound)) {
            assertThat(cursor.ceiling(slot)).isEqualTo(slot);
            assertThat(cursor.floor(slot)).isEqualTo(slot);
            long from = Math.max(0, slot - random.nextInt(300));
            long next = cursor.ceiling(from);
            for (long at = from; at <= slot; at++) {
                long[] of = example(at).key(field);
                if (of != null && of[0] == key[0] && of[1] == key[1]) {
                    assertThat(next).isEqualTo(at);
                    next = cursor.ceiling(at + 1);
                }
            }
        }
    }
}
