package io.thalweg.ports.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileDiskTest {
    private static final int PIECE = Disk.DiskFile.ALIGNMENT;

    @TempDir
    private Path folder = Path.of("");

    /** Reads the first piece of a file, past the cache or through it, and is interrupted again and again. */
    private static final class Reader {
        final AtomicBoolean over = new AtomicBoolean();
        final AtomicInteger reads = new AtomicInteger();
        final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        final Thread thread;

        Reader(Disk.DiskFile file, boolean around) {
            thread = Thread.ofPlatform().start(() -> {
                try (Arena arena = Arena.ofConfined()) {
                    ByteBuffer piece = arena.allocate(PIECE, PIECE).asByteBuffer();
                    while (!over.get()) {
                        int count = around ? file.readAround(0, piece.clear()) : file.read(0, piece.clear());
                        if (count != PIECE || piece.get(0) != 1 || file.size() < PIECE) {
                            throw new IOException("read " + count + " bytes that begin with " + piece.get(0));
                        }
                        reads.incrementAndGet();
                    }
                } catch (IOException | RuntimeException e) {
                    failure.set(e);
                }
            });
        }
    }

    @Test
    void aReaderThatIsInterruptedNeverTakesTheFileFromItsWriter() throws Exception {
        for (boolean around : new boolean[] {false, true}) {
            try (Disk.DiskFile file = new FileDisk().open(folder.resolve("journal" + around));
                    Arena arena = Arena.ofConfined()) {
                ByteBuffer piece = arena.allocate(PIECE, PIECE).asByteBuffer().put(0, (byte) 1);
                file.write(0, piece.duplicate());
                Reader reader = new Reader(file, around);
                // Both sides go on until each has met the other often.
                for (int i = 1; i < 400 || reader.reads.get() < 400; i++) {
                    assertThat(reader.failure.get()).isNull();
                    reader.thread.interrupt();
                    if (around) {
                        file.writeAround((long) (i % 50) * PIECE, piece.duplicate());
                    } else {
                        file.write((long) (i % 50) * PIECE, piece.duplicate());
                    }
                    if (i % 20 == 0) {
                        file.force();
                    }
                }
                reader.over.set(true);
                reader.thread.join();
                assertThat(reader.failure.get()).isNull();
            }
        }
    }

    @Test
    void whatItMakesIsForItsOwnerOnly() throws IOException {
        FileDisk disk = new FileDisk();
        Path directory = folder.resolve("a").resolve("b");
        disk.createDirectories(directory);
        disk.open(directory.resolve("opened")).close();
        AtomicFile.write(disk, directory.resolve("written"), ByteBuffer.wrap(new byte[] {1}));
        for (Path path : Set.of(directory.resolve("opened"), directory.resolve("written"))) {
            assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        for (Path path : Set.of(directory, folder.resolve("a"))) {
            assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void whatWasOpenToOthersIsTightenedAndCounted() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data").resolve("views"));
        Path file = Files.createFile(data.resolve("state"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path outside = Files.createFile(folder.resolve("outside"));
        Files.setPosixFilePermissions(outside, PosixFilePermissions.fromString("rw-r--r--"));
        Files.createSymbolicLink(data.resolve("link"), outside);
        assertThat(OwnerOnly.tighten(data)).isEqualTo(2);
        assertThat(OwnerOnly.tighten(data)).isZero();
        Set<PosixFilePermission> others = new HashSet<>(Files.getPosixFilePermissions(outside));
        assertThat(others).contains(PosixFilePermission.OTHERS_READ);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
}
