package io.thalweg.index.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
    @TempDir
    private Path root;

    private static NavigableMap<byte[], byte[]> model() {
        return new TreeMap<>(Arrays::compareUnsigned);
    }

    private static byte[] key(Random random) {
        byte[] key = new byte[1 + random.nextInt(3)];
        for (int i = 0; i < key.length; i++) {
            key[i] = new byte[] {0, 1, 127, -128, -1}[random.nextInt(5)];
        }
        return key;
    }

    private static List<String> texts(NavigableMap<byte[], byte[]> cells) {
        List<String> texts = new ArrayList<>();
        cells.forEach((key, value) -> texts.add(text(key, value)));
        return texts;
    }

    private static String text(byte[] key, byte[] value) {
        return HexFormat.of().formatHex(key) + "=" + HexFormat.of().formatHex(value);
    }

    private static List<String> walk(Reading reading, byte[] from, byte[] to, boolean reverse) {
        List<String> texts = new ArrayList<>();
        try (Cursor cursor = reading.cursor(from, to, reverse)) {
            for (; cursor.valid(); cursor.next()) {
                texts.add(text(cursor.key(), cursor.value()));
            }
        }
        return texts;
    }

    private static List<String> all(Reading reading) {
        return walk(reading, new byte[] {0}, new byte[] {-1, -1, -1, -1}, false);
    }

    /** Random writes into an overlay over a store, committed now and then, beside a plain map. */
    private static void behavesLikeASortedMap(IndexStore store, long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], byte[]> now = model();
        NavigableMap<byte[], byte[]> marked = model();
        Overlay overlay = new Overlay(store.latest());
        overlay.mark();
        for (int i = 0; i < 1_500; i++) {
            String about = "seed " + seed + " step " + i;
            byte[] a = key(random);
            byte[] b = key(random);
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> {
                    byte[] value = new byte[] {(byte) i};
                    overlay.put(a, value);
                    now.put(a, value);
                }
                case 4, 5 -> {
                    overlay.delete(a);
                    now.remove(a);
                }
                case 6 -> {
                    overlay.deleteRange(a, b);
                    if (Arrays.compareUnsigned(a, b) < 0) {
                        now.subMap(a, true, b, false).clear();
                    }
                }
                case 7 -> {
                    overlay.mark();
                    marked = model();
                    marked.putAll(now);
                }
                case 8 -> {
                    overlay.rollBack();
                    now = model();
                    now.putAll(marked);
                }
                case 9 -> {
                    ValueWriter writer = new ValueWriter();
                    Changes differences = overlay.differences();
                    for (int at = 0; at < differences.size(); at++) {
                        byte[] its = differences.key(at);
                        assertThat(differences.value(at) != null
                                        || store.latest().has(its))
                                .as(about)
                                .isTrue();
                    }
                    (random.nextBoolean() ? overlay.changes() : differences).write(writer);
                    store.commit(Changes.read(new ValueReader(writer.toByteArray())));
                    overlay = new Overlay(store.latest());
                    overlay.mark();
                    marked = model();
                    marked.putAll(now);
                    assertThat(all(store.latest())).as(about).isEqualTo(texts(now));
                }
                case 10 -> {
                    boolean reverse = random.nextBoolean();
                    NavigableMap<byte[], byte[]> part =
                            Arrays.compareUnsigned(a, b) < 0 ? now.subMap(a, true, b, false) : model();
                    List<String> wanted = texts(reverse ? part.descendingMap() : part);
                    assertThat(walk(overlay, a, b, reverse)).as(about).isEqualTo(wanted);
                    byte[] target = key(random);
                    if (!part.isEmpty()) {
                        try (Cursor cursor = overlay.cursor(a, b, reverse)) {
                            int order = Arrays.compareUnsigned(cursor.key(), target);
                            if (reverse ? order >= 0 : order <= 0) {
                                cursor.seek(target);
                                byte[] found = reverse ? part.floorKey(target) : part.ceilingKey(target);
                                assertThat(cursor.valid() ? cursor.key() : null)
                                        .as(about)
                                        .isEqualTo(found);
                            }
                        }
                    }
                }
                default -> {
                    assertThat(overlay.get(a)).as(about).isEqualTo(now.get(a));
                    assertThat(overlay.has(a)).as(about).isEqualTo(now.containsKey(a));
                }
            }
        }
        assertThat(all(overlay)).as("seed " + seed).isEqualTo(texts(now));
    }

    @Test
    void whatIsForgottenShowsWhatLiesBelowAndTakesNothing() {
        MemoryStore store = new MemoryStore();
        Overlay first = new Overlay(store.latest());
        first.put(new byte[] {2}, new byte[] {1});
        store.commit(first.changes());
        Overlay overlay = new Overlay(store.latest());
        for (byte i = 1; i < 5; i++) {
            overlay.put(new byte[] {i}, new byte[] {9});
        }
        overlay.forget(new byte[] {1}, new byte[] {4});
        assertThat(overlay.get(new byte[] {1})).isNull();
        assertThat(overlay.get(new byte[] {2})).containsExactly(1);
        assertThat(overlay.get(new byte[] {4})).containsExactly(9);
        overlay.forget(new byte[] {4}, new byte[] {5});
        assertThat(overlay.bytes()).isZero();
        assertThat(overlay.isEmpty()).isTrue();
    }

    @Test
    void inMemoryItBehavesLikeASortedMap() {
        for (long seed = 1; seed <= 20; seed++) {
            behavesLikeASortedMap(new MemoryStore(), seed);
        }
    }

    private static RocksStore open(Path directory) {
        return RocksStore.open(directory, 8 << 20, 8 << 20);
    }

    @Test
    void onDiskItBehavesLikeASortedMap() {
        for (long seed = 1; seed <= 5; seed++) {
            try (RocksStore store = open(root.resolve("seed-" + seed))) {
                behavesLikeASortedMap(store, seed);
            }
        }
    }

    private static Changes put(int position) {
        Overlay overlay = new Overlay(new MemoryStore().latest());
        overlay.put(new byte[] {1}, new byte[] {(byte) position});
        overlay.put(new byte[] {2, (byte) position}, new byte[] {1});
        return overlay.changes();
    }

    /** The position is that of the data: as many cells as it says. */
    private static int position(IndexStore store, int least) {
        byte[] position = store.latest().get(new byte[] {1});
        int at = position == null ? 0 : position[0];
        assertThat(walk(store.latest(), new byte[] {2}, new byte[] {3}, false)).hasSize(at);
        assertThat(at).isGreaterThanOrEqualTo(least);
        return at;
    }

    @Test
    void aCrashTakesOnlyLastCommitsThatWereNotFlushedAndNeverPartsOfThem() {
        Random random = new Random(7);
        MemoryStore memory = new MemoryStore();
        int flushed = 0;
        int at = 0;
        boolean[] lost = new boolean[1];
        for (int round = 0; round < 200; round++) {
            for (int i = random.nextInt(5); i > 0 && at < 100; i--) {
                memory.commit(put(++at));
            }
            if (random.nextInt(3) == 0) {
                memory.flush();
                flushed = at;
            }
            memory.crash(random);
            int now = position(memory, flushed);
            lost[0] |= now < at;
            at = now;
            flushed = now;
        }
        assertThat(lost[0]).as("some crash lost something").isTrue();
        int position = 0;
        for (int round = 0; round < 4; round++) {
            try (RocksStore store = open(root.resolve("crash"))) {
                int before = position(store, position);
                store.commit(put(before + 1));
                store.commit(put(before + 2));
                store.flush();
                position = before + 2;
                store.commit(put(before + 3));
            }
        }
    }

    @Test
    void aSnapshotStaysAndACheckpointOpensAsAStore() throws Exception {
        try (RocksStore store = open(root.resolve("a"))) {
            store.commit(put(1));
            try (IndexStore.Snapshot snapshot = store.snapshot()) {
                Thread reader = Thread.ofPlatform()
                        .start(() -> assertThat(all(snapshot)).hasSize(2));
                store.commit(put(2));
                reader.join();
                assertThat(all(snapshot)).hasSize(2);
                assertThat(all(store.latest())).hasSize(3);
            }
            store.checkpoint(root.resolve("b"));
            store.commit(put(3));
        }
        Path left = Files.createDirectory(root.resolve("c.making"));
        Files.writeString(left.resolve("CURRENT"), "of an attempt that a crash ended");
        try (RocksStore branch = RocksStore.branch(root.resolve("b"), root.resolve("c"), 1 << 20, 1 << 20)) {
            assertThat(left).doesNotExist();
            branch.commit(put(3));
            assertThat(position(branch, 3)).isEqualTo(3);
        }
        try (RocksStore frozen = RocksStore.openFrozen(root.resolve("b"), 1 << 20)) {
            assertThat(position(frozen, 2))
                    .as("what a branch writes is its own")
                    .isEqualTo(2);
            assertThatThrownBy(() -> frozen.commit(put(5))).isInstanceOf(StoreException.class);
        }
        try (RocksStore copy = open(root.resolve("b"))) {
            assertThat(position(copy, 2)).isEqualTo(2);
        }
        MemoryStore memory = new MemoryStore();
        memory.commit(put(1));
        try (IndexStore.Snapshot snapshot = memory.snapshot()) {
            memory.commit(put(2));
            assertThat(all(snapshot)).hasSize(2);
        }
    }

    /** 200 cells below a first byte, which no compression hides; the last of them. */
    private static byte[] write(RocksStore store, int first, long seed) {
        Random random = new Random(seed);
        byte[] cell = {};
        Overlay cells = new Overlay(store.latest());
        for (int i = 0; i < 200; i++) {
            cell = new byte[256];
            random.nextBytes(cell);
            cells.put(new byte[] {(byte) first, (byte) i}, cell);
        }
        store.commit(cells.changes());
        store.flush();
        return cell;
    }

    /** Whether some file of the store has a cell now; of a copy, since what was merged away goes a little later. */
    private static boolean isInSomeFile(RocksStore store, Path copy, byte[] cell) throws IOException {
        store.checkpoint(copy);
        String wanted = new String(cell, StandardCharsets.ISO_8859_1);
        try (Stream<Path> files = Files.list(copy)) {
            for (Path file : files.toList()) {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(wanted)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void whatIsEmptiedLeavesTheFilesWhenTheyAreCompactedOrErased() throws IOException {
        try (RocksStore store = open(root.resolve("erased"))) {
            byte[] kept = write(store, 1, 1);
            byte[] older = write(store, 2, 2);
            store.compact(List.of(new Changes.Range(new byte[] {1}, new byte[] {4})));
            byte[] newer = write(store, 2, 3);
            byte[] other = write(store, 3, 4);
            Overlay emptied = new Overlay(store.latest());
            emptied.deleteRange(new byte[] {2}, new byte[] {3});
            store.commit(emptied.changes());
            assertThat(isInSomeFile(store, root.resolve("1"), newer)).isTrue();
            store.compact(emptied.changes().emptied());
            assertThat(isInSomeFile(store, root.resolve("2"), older)).isFalse();
            assertThat(isInSomeFile(store, root.resolve("3"), newer)).isFalse();
            assertThat(isInSomeFile(store, root.resolve("4"), other)).isTrue();

            store.erase(List.of(new Changes.Range(new byte[] {3}, new byte[] {4})));
            assertThat(isInSomeFile(store, root.resolve("5"), other)).isFalse();
            assertThat(isInSomeFile(store, root.resolve("6"), kept)).isTrue();
            assertThat(walk(store.latest(), new byte[] {1}, new byte[] {4}, false))
                    .hasSize(200);
            assertThat(store.latest().get(new byte[] {1, (byte) 199})).isEqualTo(kept);
        }
    }

    @Test
    void whoStillReadsIsToldOfBeforeTheStoreCloses() throws Exception {
        try (RocksStore store = open(root.resolve("read"))) {
            store.commit(put(1));
            IndexStore.Snapshot snapshot = store.snapshot();
            assertThat(store.endReading(System.nanoTime())).isFalse();
            assertThat(all(snapshot)).hasSize(2);
            assertThatThrownBy(store::snapshot).hasMessageContaining("is being closed");
            snapshot.close();
            assertThat(store.endReading(System.nanoTime())).isTrue();
        }
    }

    @Test
    void theNativeLibraryLeavesNoFileBehind() throws IOException {
        try (RocksStore store = open(root.resolve("clean"))) {
            store.commit(put(1));
        }
        try (Stream<Path> files = Files.list(root.resolve("clean"))) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.contains("native")))
                    .isEmpty();
        }
        Path maps = Path.of("/proc/self/maps");
        if (Files.exists(maps)) {
            assertThat(Files.readAllLines(maps).stream().filter(line -> line.contains("librocksdbjni")))
                    .as("where the library that runs was unpacked")
                    .isNotEmpty()
                    .allMatch(line -> line.contains("rocksdb-native") && line.endsWith("(deleted)"));
        }
    }
}
