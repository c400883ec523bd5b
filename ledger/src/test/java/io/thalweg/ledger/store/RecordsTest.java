package io.thalweg.ledger.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.block.BlockFile;
import io.thalweg.ledger.store.block.RestingBlocks;
import io.thalweg.ledger.store.schema.Field;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The store against lists and maps, over random requests, checkpoints, crashes and flipped bits. */
class RecordsTest {
    private static final Path DIRECTORY = Path.of("/ledger");
    private static final StoreOptions SMALL = new StoreOptions(256, 40, 3, 16 << 10);

    private record Id(long low, long high) {}

    /** The state that a checkpoint should bring back. */
    private record Saved(ByteBuffer manifest, List<Example> records, Set<Id> orphans) {}

    /** A store and what it should hold. */
    private static final class World implements AutoCloseable {
        final SplittableRandom random;
        final BlockCache cache = new BlockCache(1 << 20);
        final Deque<Runnable> tasks = new ArrayDeque<>();
        final Deque<Saved> saved = new ArrayDeque<>();
        MemoryDisk disk = new MemoryDisk();
        Records records;
        List<Example> model = new ArrayList<>();
        Map<Id, Integer> slots = new HashMap<>();
        Set<Id> orphans = new HashSet<>();

        @Nullable
        Capture running;

        @Nullable
        Saved runningSaved;

        long timestamp;
        long nextId = 1;
        /** Records that will still have ids in ascending order, so that whole runs of them come about. */
        int ascending;
        /** The ids of the last touch, which hold while records come and go. */
        List<Id> touched = List.of();

        World(long seed) throws IOException {
            random = new SplittableRandom(seed);
            records = open(null);
        }

        Records open(@Nullable ByteBuffer manifest) throws IOException {
            return Records.open(disk, DIRECTORY, "transfers", Schema.TRANSFERS, SMALL, cache, tasks::add, manifest);
        }

        Id freshId() {
            while (true) {
                Id id = switch (ascending > 0 ? 7 : random.nextInt(8)) {
                    case 0 -> new Id(random.nextLong(), random.nextLong());
                    case 1 -> new Id(random.nextInt(1 << 20), random.nextInt(3));
                    case 2 -> new Id(random.nextLong(), 7);
                    default -> {
                        nextId += 1 + random.nextInt(3);
                        yield new Id(nextId, 0);
                    }
                };
                if (!slots.containsKey(id) && !orphans.contains(id)) {
                    return id;
                }
            }
        }

        /** An id that nothing has, now and then one of those that were touched. */
        Id newId() {
            Id id = touched.isEmpty() ? freshId() : touched.get(random.nextInt(touched.size()));
            return ascending > 0 || random.nextInt(3) != 0 || slots.containsKey(id) || orphans.contains(id)
                    ? freshId()
                    : id;
        }

        void append() {
            Id id = newId();
            timestamp += 1 + random.nextLong(5_000_000_000L);
            Example example = Example.random(random, id.low(), id.high(), timestamp);
            long slot = records.append();
            assertThat(slot).isEqualTo(model.size());
            example.write(records.memory(slot), records.offset(slot));
            records.appended(slot);
            slots.put(id, model.size());
            model.add(example);
            ascending = Math.max(0, ascending - 1);
        }

        void removeFrom(int slot) {
            records.removeFrom(slot);
            while (model.size() > slot) {
                Example last = model.removeLast();
                slots.remove(new Id(last.idLow(), last.idHigh()));
            }
        }

        void request() {
            if (ascending == 0 && random.nextInt(16) == 0) {
                ascending = 600 + random.nextInt(3000);
            }
            int start = model.size();
            int size = random.nextInt(10) == 0 ? 600 : 1 + random.nextInt(60);
            for (int i = 0; i < size; i++) {
                switch (random.nextInt(20)) {
                    case 0 -> removeFrom(start + random.nextInt(model.size() - start + 1));
                    case 1, 2 -> {
                        if (ascending > 0) {
                            break;
                        }
                        Id id = newId();
                        records.orphan(id.low(), id.high());
                        orphans.add(id);
                    }
                    default -> append();
                }
                if (random.nextInt(8) == 0) {
                    checkFind();
                }
            }
            records.publish();
        }

        void background(int most) {
            for (int i = 0; i < most && !tasks.isEmpty(); i++) {
                tasks.remove().run();
            }
        }

        void beginCheckpoint() {
            if (running == null) {
                running = records.capture();
                runningSaved = new Saved(running.manifest(), List.copyOf(model), Set.copyOf(orphans));
            }
        }

        void endCheckpoint() throws IOException {
            Capture capture = running;
            Saved now = runningSaved;
            if (capture != null && now != null) {
                capture.persist().run();
                saved.addLast(now);
                capture.published().run();
                if (saved.size() > 2) {
                    saved.removeFirst();
                }
                running = null;
            }
        }

        /** Loses what was not forced and comes back at one of the newest two checkpoints. */
        void crash() throws IOException {
            tasks.clear();
            running = null;
            records.close();
            touched = List.of();
            disk.crash(random);
            boolean newest = random.nextInt(3) != 0;
            if (!newest && saved.size() == 2) {
                saved.removeLast();
            }
            Saved now = saved.peekLast();
            records = open(now == null ? null : now.manifest());
            model = now == null ? new ArrayList<>() : new ArrayList<>(now.records());
            orphans = now == null ? new HashSet<>() : new HashSet<>(now.orphans());
            slots.clear();
            for (int i = 0; i < model.size(); i++) {
                slots.put(new Id(model.get(i).idLow(), model.get(i).idHigh()), i);
            }
            timestamp = model.isEmpty() ? 0 : model.getLast().timestamp();
            assertThat(records.count()).isEqualTo(model.size());
        }

        /** Some id of any kind. */
        Id anyId() {
            return switch (random.nextInt(4)) {
                case 0 -> freshId();
                case 1 -> orphans.isEmpty() ? freshId() : orphans.iterator().next();
                default -> {
                    Example some = model.isEmpty() ? null : model.get(random.nextInt(model.size()));
                    yield some == null ? freshId() : new Id(some.idLow(), some.idHigh());
                }
            };
        }

        void touch() {
            touched = Stream.generate(this::anyId).limit(1 + random.nextInt(4)).toList();
            long[] batch = new long[4 * touched.size()];
            for (int i = 0; i < touched.size(); i++) {
                batch[4 * i + 1] = touched.get(i).low();
                batch[4 * i + 2] = touched.get(i).high();
            }
            records.touch(MemorySegment.ofArray(batch), 8, 32, touched.size());
        }

        void checkFind() {
            if (random.nextInt(8) == 0) {
                touch();
            }
            int number = touched.isEmpty() || random.nextInt(3) == 0 ? -1 : random.nextInt(touched.size());
            Id id = number < 0 ? anyId() : touched.get(number);
            Integer slot = slots.get(id);
            long expected = slot != null ? slot : orphans.contains(id) ? Records.ORPHAN : Records.NONE;
            assertThat(records.find(number, id.low(), id.high())).isEqualTo(expected);
        }

        void checkAllIds() {
            slots.forEach(
                    (id, slot) -> assertThat(records.find(id.low(), id.high())).isEqualTo((long) slot));
            orphans.forEach(id -> assertThat(records.find(id.low(), id.high())).isEqualTo(Records.ORPHAN));
        }

        void checkRecord() {
            if (model.isEmpty()) {
                return;
            }
            int slot = random.nextInt(model.size());
            MemorySegment target = MemorySegment.ofArray(new byte[300]);
            records.read(slot, target, 10);
            Example expected = model.get(slot);
            assertThat(Example.read(target, 10)).isEqualTo(expected);
            assertThat(records.slotOf(expected.timestamp())).isEqualTo(slot);
            assertThat(records.lowerBound(expected.timestamp())).isEqualTo(slot);
            assertThat(records.lowerBound(expected.timestamp() + 1)).isEqualTo(slot + 1);
            assertThat(records.slotOf(expected.timestamp() + 1))
                    .isEqualTo(
                            slot + 1 < model.size() && model.get(slot + 1).timestamp() == expected.timestamp() + 1
                                    ? slot + 1
                                    : Records.NONE);
        }

        void checkPostings() {
            Field field = Schema.TRANSFERS
                    .fields()
                    .get(random.nextInt(Schema.TRANSFERS.fields().size()));
            int bound = random.nextInt(3) == 0 ? random.nextInt(model.size() + 1) : model.size();
            long[] key = model.isEmpty()
                    ? null
                    : model.get(random.nextInt(model.size())).key(field);
            if (key == null) {
                key = new long[] {random.nextInt(30), 0};
            }
            List<Long> expected = new ArrayList<>();
            for (int i = 0; i < bound; i++) {
                long[] of = model.get(i).key(field);
                if (of != null && of[0] == key[0] && of[1] == key[1]) {
                    expected.add((long) i);
                }
            }
            try (Cursor cursor = records.postings(field, key[1], key[0], bound)) {
                checkCursor(field.name(), cursor, expected, bound);
            }
        }

        void checkKeys() {
            long from = random.nextInt(3) == 0 ? random.nextInt(1500) : 0;
            long to = random.nextInt(3) == 0 ? from + random.nextInt(100) : -1;
            for (Field field : List.of(Schema.AMOUNT, Schema.CODE, Schema.EXPIRES)) {
                long[] expected = model.stream()
                        .map(record -> record.key(field))
                        .filter(key -> key != null && key[0] >= from && (to < 0 || key[0] <= to))
                        .mapToLong(key -> key[0])
                        .distinct()
                        .sorted()
                        .toArray();
                assertThat(records.keys(field, from, to, model.size())).isEqualTo(expected);
            }
        }

        private void checkCursor(String field, Cursor cursor, List<Long> expected, int bound) {
            List<Long> up = new ArrayList<>();
            for (long at = cursor.ceiling(0); at >= 0; at = cursor.ceiling(at + 1)) {
                up.add(at);
            }
            assertThat(up).as(field + " upwards").isEqualTo(expected);
            List<Long> down = new ArrayList<>();
            for (long at = cursor.floor(Long.MAX_VALUE); at >= 0; at = cursor.floor(at - 1)) {
                down.add(at);
            }
            assertThat(down.reversed()).as(field + " downwards").isEqualTo(expected);
            for (int i = 0; i < 10; i++) {
                long slot = random.nextInt(bound + 10);
                if (random.nextBoolean()) {
                    long next = expected.stream()
                            .filter(at -> at >= slot)
                            .findFirst()
                            .orElse(-1L);
                    assertThat(cursor.ceiling(slot)).isEqualTo(next);
                } else {
                    long last = expected.stream()
                            .filter(at -> at <= slot)
                            .reduce((a, b) -> b)
                            .orElse(-1L);
                    assertThat(cursor.floor(slot)).isEqualTo(last);
                }
            }
        }

        void checkSums() {
            int ledger = random.nextInt(4);
            int code = random.nextInt(5);
            int minutes = 1 + random.nextInt(3);
            int to = random.nextInt(3) == 0 ? random.nextInt(model.size() + 1) : model.size();
            int from = random.nextInt(3) == 0 ? random.nextInt(to + 1) : 0;
            assertThat(records.sums(ledger, code, minutes, from, to, 1 << 16, _ -> {}))
                    .isEqualTo(Example.sums(model.subList(from, to), ledger, code, minutes));
        }

        void checkSome() {
            for (int i = 0; i < 20; i++) {
                checkFind();
                checkRecord();
            }
            for (int i = 0; i < 3; i++) {
                checkPostings();
            }
            checkSums();
            checkKeys();
        }

        @Override
        public void close() throws IOException {
            records.close();
            cache.close();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyAnswerIsTheModelsWhateverTheBackgroundHasDoneAndAfterEveryCrash(long seed) throws IOException {
        try (World world = new World(seed)) {
            SplittableRandom random = world.random;
            for (int step = 0; step < 120; step++) {
                world.request();
                switch (random.nextInt(8)) {
                    case 0 -> world.background(1000);
                    case 1, 2, 3 -> world.background(random.nextInt(8));
                    default -> {}
                }
                if (random.nextInt(4) == 0) {
                    world.checkSome();
                }
                if (random.nextInt(10) == 0) {
                    world.beginCheckpoint();
                }
                if (random.nextInt(6) == 0) {
                    world.endCheckpoint();
                }
                if (random.nextInt(20) == 0) {
                    world.crash();
                    world.checkSome();
                }
            }
            world.checkAllIds();
            world.background(10_000);
            world.request();
            world.checkAllIds();
            for (int i = 0; i < 30; i++) {
                world.checkSome();
            }
        }
    }

    @Test
    void aFlippedBitIsReportedOrNotNeededButNeverAWrongAnswer() throws IOException {
        int reported = 0;
        try (World world = new World(99)) {
            while (world.model.size() < 6000) {
                world.request();
                world.background(50);
            }
            world.beginCheckpoint();
            world.endCheckpoint();
            MemoryDisk sound = world.disk;
            Saved saved = world.saved.getLast();
            for (int i = 0; i < 200; i++) {
                world.records.close();
                MemoryDisk damaged = sound.copy();
                List<Path> files = damaged.files();
                Path file = files.get(world.random.nextInt(files.size()));
                byte[] bytes = damaged.bytes(file);
                int at = world.random.nextInt(bytes.length);
                bytes[at] ^= (byte) (1 << world.random.nextInt(8));
                damaged.put(file, bytes);
                world.disk = damaged;
                boolean found = false;
                try {
                    world.records = world.open(saved.manifest().duplicate());
                } catch (CorruptionException e) {
                    found = true;
                    assertThat(e.file()).isEqualTo(file);
                    world.disk = sound;
                    world.records = world.open(saved.manifest().duplicate());
                }
                for (int j = 0; j < 15 && !found; j++) {
                    try {
                        world.checkFind();
                        world.checkRecord();
                        world.checkPostings();
                        world.checkSums();
                    } catch (CorruptionException e) {
                        found = true;
                        assertThat(e.file()).isEqualTo(file);
                        assertThat(e.offset()).isBetween(Math.max(0L, at - BlockFile.BLOCK_BYTES + 1L), (long) at);
                    }
                }
                reported += found ? 1 : 0;
            }
        }
        assertThat(reported).isGreaterThan(70);
    }

    @Test
    void whoeverReadsWhatLiesStillFindsEachWrongByteOfIt() throws IOException {
        try (World world = new World(7)) {
            while (world.model.size() < 6000) {
                world.request();
                world.background(50);
            }
            List<RestingBlocks> parts = new ArrayList<>();
            world.records.resting(parts);
            Map<Path, Long> covered = new HashMap<>();
            parts.forEach(part -> covered.merge(part.place().file(), part.bytes(), Long::sum));
            assertThat(covered).as("records and runs").hasSizeGreaterThan(2);
            List<CorruptionException> found = new ArrayList<>();
            for (RestingBlocks part : parts) {
                part.place().verify(() -> parts, world.disk, found::add);
            }
            assertThat(found).as("while all is whole").isEmpty();
            List<Map.Entry<Path, Long>> files = List.copyOf(covered.entrySet());
            for (int i = 0; i < 200; i++) {
                MemoryDisk damaged = world.disk.copy();
                Map.Entry<Path, Long> chosen = files.get(world.random.nextInt(files.size()));
                Path file = chosen.getKey();
                byte[] bytes = damaged.bytes(file);
                int at = world.random.nextInt(Math.toIntExact(chosen.getValue()));
                bytes[at] ^= (byte) (1 << world.random.nextInt(8));
                damaged.put(file, bytes);
                found.clear();
                for (RestingBlocks part : parts) {
                    part.place().verify(() -> parts, damaged, found::add);
                }
                assertThat(found).as("%s at %d", file, at).singleElement().satisfies(damage -> {
                    assertThat(damage.file()).isEqualTo(file);
                    assertThat(damage.offset()).isEqualTo(at - at % BlockFile.BLOCK_BYTES);
                });
            }
        }
    }

    @Test
    void whoeverReadsWhatLiesStillReadsWhatTookItsPlaceMeanwhile() throws IOException {
        try (World before = new World(7);
                World now = new World(8)) {
            for (World world : List.of(before, now)) {
                while (world.model.size() < 3000) {
                    world.request();
                    world.background(50);
                }
            }
            List<RestingBlocks> old = new ArrayList<>();
            before.records.resting(old);
            List<RestingBlocks> copied = new ArrayList<>();
            now.records.resting(copied);
            List<RestingBlocks.Place> places =
                    copied.stream().map(RestingBlocks::place).toList();
            List<CorruptionException> found = new ArrayList<>();
            int shared = 0;
            for (RestingBlocks part : old) {
                RestingBlocks.Place place = part.place();
                place.verify(() -> copied, now.disk, found::add);
                if (places.contains(place)) {
                    shared++;
                    Deque<List<RestingBlocks>> looks = new ArrayDeque<>(List.of(old, copied));
                    place.verify(looks::remove, now.disk, found::add);
                    assertThat(looks).as("it looked wrong once").isEmpty();
                }
            }
            assertThat(shared).isPositive();
            assertThat(found).isEmpty();
        }
    }

    @Test
    void orphansAloneLeaveMemory() throws IOException {
        try (World world = new World(5)) {
            for (int i = 0; i < 2000; i++) {
                Id id = world.freshId();
                world.records.orphan(id.low(), id.high());
                world.orphans.add(id);
                world.records.publish();
                world.background(5);
            }
            assertThat(world.disk.files()).anyMatch(path -> path.toString().endsWith(".run"));
            world.checkAllIds();
            world.beginCheckpoint();
            world.endCheckpoint();
            world.crash();
            world.checkAllIds();
        }
    }
}
