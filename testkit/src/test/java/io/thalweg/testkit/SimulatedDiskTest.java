package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The simulated disk must be as unreliable as it says: a disk that keeps too much hides bugs. */
final class SimulatedDiskTest {
    private static final Path DIRECTORY = Path.of("/d");
    private static final Path FILE = DIRECTORY.resolve("f");

    private static byte[] filled(int value, int bytes) {
        byte[] array = new byte[bytes];
        java.util.Arrays.fill(array, (byte) value);
        return array;
    }

    private static byte[] read(SimulatedDisk disk, Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) disk.open(file).size());
        disk.open(file).read(0, bytes);
        return bytes.array();
    }

    @Test
    void whatWasForcedSurvivesAndEachUnforcedSectorIsOldOrNew() throws IOException {
        TreeSet<String> outcomes = new TreeSet<>();
        for (int seed = 0; seed < 200; seed++) {
            SimulatedDisk disk = new SimulatedDisk();
            disk.createDirectories(DIRECTORY);
            DiskFile file = disk.open(FILE);
            file.write(0, ByteBuffer.wrap(filled(1, 2048)));
            file.force();
            disk.forceDirectory(DIRECTORY);
            file.write(512, ByteBuffer.wrap(filled(2, 512 + 100)));
            byte[] found = read(disk.crash(new SplittableRandom(seed)), FILE);
            assertThat(found).hasSize(2048);
            outcomes.add(found[511] + " " + found[512] + " " + found[1023] + " " + found[1024] + " " + found[1123] + " "
                    + found[1124]);
        }
        assertThat(outcomes).containsExactlyInAnyOrder("1 1 1 1 1 1", "1 2 2 1 1 1", "1 1 1 2 2 1", "1 2 2 2 2 1");
    }

    @Test
    void namesAreDurableOnlyOnceTheDirectoryIsForced() throws IOException {
        TreeSet<String> outcomes = new TreeSet<>();
        for (int seed = 0; seed < 200; seed++) {
            SimulatedDisk disk = new SimulatedDisk();
            disk.createDirectories(DIRECTORY);
            disk.open(FILE).force();
            disk.forceDirectory(DIRECTORY);
            disk.open(DIRECTORY.resolve("new")).force();
            disk.rename(FILE, DIRECTORY.resolve("g"));
            SimulatedDisk found = disk.crash(new SplittableRandom(seed));
            outcomes.add(found.list(DIRECTORY).toString());
        }
        assertThat(outcomes).containsExactlyInAnyOrder("[/d/f]", "[/d/g]", "[/d/f, /d/new]", "[/d/g, /d/new]");
    }

    @Test
    void afterAFailedForceTheFileIsLostForUse() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.createDirectories(DIRECTORY);
        DiskFile file = disk.open(FILE);
        disk.failForceAt(1);
        file.write(0, ByteBuffer.wrap(filled(1, 10)));
        assertThatThrownBy(file::force).isInstanceOf(IOException.class).hasMessageContaining("/d/f");
        assertThatThrownBy(file::force).isInstanceOf(IOException.class);
    }

    @Test
    void thePowerGoesAtTheCountedOperationAndStaysAway() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.createDirectories(DIRECTORY);
        disk.crashAt(2);
        DiskFile file = disk.open(FILE);
        assertThatThrownBy(() -> file.write(0, ByteBuffer.allocate(10))).isInstanceOf(SimulatedCrash.class);
        assertThatThrownBy(() -> disk.exists(FILE)).isInstanceOf(SimulatedCrash.class);
    }
}
