package io.thalweg.ports.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class TrialDiskTest {
    private static final Path DIRECTORY = Path.of("/data");
    private static final Path ASIDE = DIRECTORY.resolve("aside");

    private static Map<String, List<Byte>> content(MemoryDisk disk) {
        Map<String, List<Byte>> files = new TreeMap<>();
        for (Path path : disk.files()) {
            if (!path.startsWith(ASIDE)) {
                List<Byte> bytes = new ArrayList<>();
                for (byte value : disk.bytes(path)) {
                    bytes.add(value);
                }
                files.put(path.toString(), bytes);
            }
        }
        return files;
    }

    private static MemoryDisk filled(SplittableRandom random) {
        MemoryDisk disk = new MemoryDisk();
        for (int i = 0; i < 4; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            disk.put(DIRECTORY.resolve("f" + i), bytes);
        }
        return disk;
    }

    private static TrialDisk trial(MemoryDisk real) {
        return new TrialDisk(
                real, new Aside(real, ASIDE, path -> path.toString().endsWith(".idx")));
    }

    /** The same calls on both, with the same answers. */
    private static final class Twin {
        final Disk trial;
        final Disk plain;
        final SplittableRandom random;
        final List<Disk.DiskFile[]> open = new ArrayList<>();

        Twin(Disk trial, Disk plain, SplittableRandom random) {
            this.trial = trial;
            this.plain = plain;
            this.random = random;
        }

        Path file() {
            return DIRECTORY.resolve("f" + random.nextInt(7));
        }

        void step() throws IOException {
            Path file = file();
            Disk.DiskFile[] one = open.isEmpty() ? null : open.get(random.nextInt(open.size()));
            switch (random.nextInt(12)) {
                case 0, 1 -> open.add(new Disk.DiskFile[] {trial.open(file), plain.open(file)});
                case 2 -> {
                    trial.delete(file);
                    plain.delete(file);
                }
                case 3 -> {
                    Path to = file();
                    if (plain.exists(file) && !file.equals(to)) {
                        trial.rename(file, to);
                        plain.rename(file, to);
                    }
                }
                case 4 -> {
                    if (one != null) {
                        open.remove(one);
                        one[0].close();
                        one[1].close();
                    }
                }
                case 5 -> {
                    if (one != null) {
                        long size = random.nextLong(250);
                        one[0].truncate(size);
                        one[1].truncate(size);
                        one[0].force();
                    }
                }
                case 6, 7, 8 -> {
                    if (one != null) {
                        byte[] bytes = new byte[random.nextInt(60)];
                        random.nextBytes(bytes);
                        long at = random.nextLong(220);
                        one[0].write(at, ByteBuffer.wrap(bytes), ByteBuffer.wrap(bytes));
                        one[1].write(at, ByteBuffer.wrap(bytes), ByteBuffer.wrap(bytes));
                    }
                }
                default -> {
                    if (one != null) {
                        int length = random.nextInt(300);
                        long at = random.nextLong(250);
                        assertThat(read(one[0], at, length)).isEqualTo(read(one[1], at, length));
                        assertThat(one[0].size()).isEqualTo(one[1].size());
                    }
                }
            }
            assertThat(trial.list(DIRECTORY)).isEqualTo(plain.list(DIRECTORY));
            assertThat(trial.exists(file)).isEqualTo(plain.exists(file));
        }

        private static byte[] read(Disk.DiskFile file, long at, int length) throws IOException {
            ByteBuffer target = ByteBuffer.allocate(length + 3).position(3);
            int count = file.read(at, target);
            assertThat(target.position()).isEqualTo(3 + count);
            return Arrays.copyOfRange(target.array(), 3, 3 + count);
        }
    }

    @Test
    void aTrialReadsAsIfAllWereDoneChangesNothingAndThenDoesAllOfIt() throws IOException {
        for (long seed = 1; seed <= 300; seed++) {
            try {
                SplittableRandom random = new SplittableRandom(seed);
                MemoryDisk real = filled(random);
                MemoryDisk plain = real.copy();
                var before = content(real);
                TrialDisk trial = trial(real);
                Twin twin = new Twin(trial, plain, random);
                for (int i = 0; i < 60; i++) {
                    twin.step();
                }
                assertThat(content(real)).isEqualTo(before);
                trial.proven();
                assertThat(content(real)).isEqualTo(content(plain));
                for (int i = 0; i < 30; i++) {
                    twin.step();
                }
                assertThat(content(real)).isEqualTo(content(plain));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void whatAStartCutsOffOrDeletesIsKeptAsideAndTheOldestOfItGoes() throws IOException {
        MemoryDisk real = new MemoryDisk();
        Path file = DIRECTORY.resolve("segment");
        Path other = DIRECTORY.resolve("other");
        Path index = DIRECTORY.resolve("x.idx");
        Path unfinished = DIRECTORY.resolve("x.tmp");
        for (Path path : List.of(file, other, index, unfinished)) {
            real.put(path, new byte[] {1, 2, 3, 4, 0, 0});
        }
        try (TrialDisk trial = trial(real)) {
            trial.open(file).truncate(2);
            trial.open(index).truncate(2);
            trial.delete(other);
            trial.delete(unfinished);
            assertThat(trial.list(DIRECTORY)).containsExactly(file, index);
            trial.proven();
        }
        assertThat(real.bytes(ASIDE.resolve("000001-segment-from-2"))).containsExactly(3, 4);
        assertThat(real.bytes(ASIDE.resolve("000002-other"))).containsExactly(1, 2, 3, 4, 0, 0);
        assertThat(real.list(ASIDE)).hasSize(2);
        assertThat(real.exists(unfinished)).isFalse();
        for (int i = 0; i < Aside.FILES_MAX; i++) {
            real.put(other, new byte[] {5});
            TrialDisk trial = trial(real);
            trial.delete(other);
            trial.proven();
        }
        assertThat(real.list(ASIDE))
                .hasSize(Aside.FILES_MAX)
                .startsWith(ASIDE.resolve("000003-other"))
                .endsWith(ASIDE.resolve("000018-other"));
    }

    @Test
    void aFileIsReplacedInWholeOrNotAtAllAndTheTrialOfItIsForgotten() throws IOException {
        MemoryDisk real = new MemoryDisk();
        Path file = DIRECTORY.resolve("file");
        AtomicFile.write(real, file, ByteBuffer.wrap(new byte[] {1}));
        real.failForce = true;
        assertThatThrownBy(() -> AtomicFile.write(real, file, ByteBuffer.wrap(new byte[] {2})))
                .isInstanceOf(IOException.class);
        real.failForce = false;
        assertThat(real.bytes(file)).containsExactly(1);
        assertThat(real.list(DIRECTORY)).anyMatch(AtomicFile::isUnfinished);
        var before = content(real);
        try (TrialDisk trial = trial(real)) {
            AtomicFile.write(trial, file, ByteBuffer.wrap(new byte[] {3}), ByteBuffer.wrap(new byte[] {4}));
            assertThat(trial.list(DIRECTORY)).containsExactly(file);
        }
        assertThat(content(real)).isEqualTo(before);
        AtomicFile.write(real, file, ByteBuffer.wrap(new byte[] {3}), ByteBuffer.wrap(new byte[] {4}));
        assertThat(real.bytes(file)).containsExactly(3, 4);
        assertThat(real.list(DIRECTORY)).containsExactly(file);
    }
}
