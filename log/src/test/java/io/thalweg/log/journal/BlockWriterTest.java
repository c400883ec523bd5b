package io.thalweg.log.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Appends in blocks, mixed with plain writes, truncations and a change of files, against an array; on a real file system. */
class BlockWriterTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void theFileHoldsWhatWasAppendedAndZerosBehindIt(long seed, @TempDir Path directory) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        BlockWriter writer = new BlockWriter();
        Path path = directory.resolve("file");
        byte[] model = new byte[32 << 20];
        int end = 0;
        FileDisk disk = new FileDisk();
        try (Disk.DiskFile file = disk.open(path);
                Disk.DiskFile other = disk.open(directory.resolve("other"))) {
            for (int step = 0; step < 60; step++) {
                byte[] bytes = new byte[random.nextInt(8) == 0 ? random.nextInt(3 << 20) : random.nextInt(10_000)];
                random.nextBytes(bytes);
                switch (random.nextInt(8)) {
                    case 0 -> {
                        writer.forget();
                        file.write(end, ByteBuffer.wrap(bytes));
                    }
                    case 1 -> {
                        writer.forget();
                        end = random.nextInt(end + 1);
                        file.truncate(end);
                        bytes = new byte[0];
                    }
                    case 2 -> {
                        var _ = writer.append(other, 0, ByteBuffer.wrap(bytes));
                        bytes = new byte[0];
                    }
                    default -> {
                        int cut = random.nextInt(bytes.length + 1);
                        ByteBuffer head = ByteBuffer.wrap(bytes, 0, cut);
                        ByteBuffer rest =
                                ByteBuffer.allocateDirect(bytes.length - cut).put(0, bytes, cut, bytes.length - cut);
                        long zerosEnd = writer.append(file, end, head, rest);
                        assertThat(zerosEnd).isBetween((long) end + bytes.length, end + bytes.length + 4095L);
                        assertThat(file.size()).isGreaterThanOrEqualTo(zerosEnd);
                        assertThat(head.remaining() + rest.remaining()).isEqualTo(bytes.length);
                    }
                }
                System.arraycopy(bytes, 0, model, end, bytes.length);
                end += bytes.length;
                if (random.nextInt(4) == 0) {
                    check(path, model, end);
                }
            }
            check(path, model, end);
        }
    }

    private static void check(Path path, byte[] model, int end) throws IOException {
        byte[] found = Files.readAllBytes(path);
        assertThat(Arrays.mismatch(found, 0, end, model, 0, end)).isEqualTo(-1);
        for (int at = end; at < found.length; at++) {
            assertThat(found[at]).as("byte %d behind %d", at, end).isZero();
        }
    }
}
