package io.thalweg.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.Capture;
import io.thalweg.model.BinaryReader;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CellStoreTest {
    @TempDir
    private Path folder;

    /** Cells that hold one number each. */
    private static final class Numbers implements Cells {
        private final long[] values;
        private final ChangedBits changed = new ChangedBits();

        Numbers(int count) {
            values = new long[count];
        }

        void set(int cell, long value) {
            values[cell] = value;
            changed.set(cell);
        }

        @Override
        public int cells() {
            return values.length;
        }

        @Override
        public int nextChanged(int from) {
            return changed.next(from, values.length);
        }

        @Override
        public void cleaned() {
            changed.clear();
        }

        @Override
        public void copyOut(int cell, MemorySegment target, long offset) {
            Bytes.u64(target, offset, values[cell]);
        }

        @Override
        public void copyIn(int cell, MemorySegment source, long offset) {
            values[cell] = Bytes.u64(source, offset);
        }
    }

    /** A stored checkpoint, and what it stands for. */
    private record Stored(ByteBuffer manifest, List<long[]> values) {}

    private static CellStore open(Path folder, List<Numbers> tables, @Nullable ByteBuffer manifest) throws IOException {
        CellStore store = new CellStore(new FileDisk(), folder, List.copyOf(tables));
        store.load(manifest == null ? null : new BinaryReader(manifest));
        return store;
    }

    private static List<Numbers> tables() {
        return List.of(new Numbers(40_000), new Numbers(2_000));
    }

    private static List<long[]> values(List<Numbers> tables) {
        return tables.stream().map(table -> table.values.clone()).toList();
    }

    private static void assertSame(List<Numbers> tables, List<long[]> expected) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(Arrays.equals(tables.get(i).values, expected.get(i)))
                    .as("table %s", i)
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theNewestTwoCheckpointsHoldWhatWasThereAndFilesStayFew(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<Numbers> tables = tables();
        CellStore store = open(folder, tables, null);
        List<Stored> kept = new ArrayList<>();
        int filesMax = 0;
        for (int round = 0; round < 300; round++) {
            int changes = random.nextInt(4) == 0 ? 5_000 : random.nextInt(300);
            for (int i = 0; i < changes; i++) {
                Numbers table = tables.get(random.nextInt(2));
                table.set(random.nextInt(table.values.length), random.nextLong());
            }
            Capture capture = store.capture();
            List<long[]> values = values(tables);
            // What changes after the capture belongs to the next one.
            tables.getFirst().set(random.nextInt(40_000), random.nextLong());
            capture.persist().run();
            boolean crashed = random.nextInt(10) == 0;
            if (!crashed) {
                kept.add(new Stored(capture.manifest(), values));
                if (kept.size() > 2) {
                    kept.removeFirst();
                }
                capture.published().run();
            }
            try (Stream<Path> files = Files.list(folder)) {
                filesMax = Math.max(filesMax, (int) files.count());
            }
            if (!kept.isEmpty() && (crashed || random.nextInt(8) == 0)) {
                int which = random.nextInt(kept.size());
                Stored stored = kept.get(which);
                tables = tables();
                store = open(folder, tables, stored.manifest());
                assertSame(tables, stored.values());
                if (kept.size() == 2 && which == 0) {
                    kept.removeLast();
                }
            } else if (crashed) {
                tables = tables();
                store = open(folder, tables, null);
            }
        }
        assertThat(filesMax).isLessThan(40);
    }

    @Test
    void aWrongByteAnywhereIsReportedWithTheFile() throws IOException {
        List<Numbers> tables = tables();
        CellStore store = open(folder, tables, null);
        for (int i = 0; i < 700; i++) {
            tables.getFirst().set(i, i + 1L);
        }
        Capture capture = store.capture();
        capture.persist().run();
        Path file = folder.resolve("cells-0000000000000001.dat");
        byte[] right = Files.readAllBytes(file);
        for (int at = 0; at < right.length; at += 61) {
            byte[] wrong = right.clone();
            wrong[at] ^= 16;
            Files.write(file, wrong);
            assertThatThrownBy(() -> open(folder, tables(), capture.manifest()))
                    .as("byte %s", at)
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining(file.toString());
        }
        Files.write(file, Arrays.copyOf(right, right.length - 5));
        assertThatThrownBy(() -> open(folder, tables(), capture.manifest())).isInstanceOf(CorruptionException.class);
        Files.delete(file);
        assertThatThrownBy(() -> open(folder, tables(), capture.manifest()))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("missing");
    }
}
