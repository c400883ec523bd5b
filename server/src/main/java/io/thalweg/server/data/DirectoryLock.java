package io.thalweg.server.data;

import io.thalweg.ports.disk.OwnerOnly;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a data directory to one process; the operating system takes it back when the process dies. The lock is on the directory
 * itself, which nobody can remove while there is something in it, and on the file {@code DIR/LOCK}, which keeps out older programs
 * and is all there is on systems and network file systems that do not lock directories.
 */
public final class DirectoryLock implements AutoCloseable {
    private final @Nullable HeldDirectory directory;
    private final FileChannel channel;

    private DirectoryLock(@Nullable HeldDirectory directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the lock on a directory that exists; reads nothing in it.
     *
     * @throws IOException also when another process has it
     */
    public static DirectoryLock take(Path data) throws IOException {
        HeldDirectory directory = HeldDirectory.take(data);
        try {
            Path file = data.resolve("LOCK");
            FileChannel channel = FileChannel.open(
                    file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), OwnerOnly.file());
            if (lock(channel) == null) {
                channel.close();
                throw new IOException("another node runs on " + data + ": it holds " + file);
            }
            return new DirectoryLock(directory, channel);
        } catch (IOException | RuntimeException e) {
            if (directory != null) {
                directory.close();
            }
            throw e;
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null; // by a node in this very process
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            if (directory != null) {
                directory.close();
            }
        }
    }
}
