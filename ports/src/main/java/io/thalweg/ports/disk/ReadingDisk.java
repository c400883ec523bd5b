package io.thalweg.ports.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * Looks at files in which others work, and changes nothing: a file that is missing is not made by opening it, as the other disks do, but is a {@link
 * NoSuchFileException}. Whoever pays for what is read hears of it before each read. A thread that is interrupted loses what it reads, and
 * nobody else does. Thread-safe if {@code paced} is.
 */
public final class ReadingDisk implements Disk {
    private final LongConsumer paced;

    /** @param paced told how many bytes will be read; may wait */
    public ReadingDisk(LongConsumer paced) {
        this.paced = paced;
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return new Reading(FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public boolean exists(Path file) {
        return Files.exists(file);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        try (Stream<Path> names = Files.list(directory)) {
            return names.sorted().toList();
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }

    @Override
    public void createDirectories(Path directory) {
        throw readsOnly();
    }

    @Override
    public void rename(Path from, Path to) {
        throw readsOnly();
    }

    @Override
    public void delete(Path file) {
        throw readsOnly();
    }

    @Override
    public void forceDirectory(Path directory) {
        throw readsOnly();
    }

    private static UnsupportedOperationException readsOnly() {
        return new UnsupportedOperationException("this disk is there for reading");
    }

    private final class Reading implements DiskFile {
        private final FileChannel channel;

        Reading(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(long position, ByteBuffer... buffers) {
            throw readsOnly();
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            paced.accept(target.remaining());
            int total = 0;
            while (target.hasRemaining()) {
                int got = channel.read(target, position + total);
                if (got < 0) {
                    break;
                }
                total += got;
            }
            return total;
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) {
            throw readsOnly();
        }

        @Override
        public void force() {
            throw readsOnly();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
