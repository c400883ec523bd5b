package io.thalweg.server.data;

import io.thalweg.ports.disk.Aside;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.ports.disk.OwnerOnly;
import io.thalweg.ports.disk.TrialDisk;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A data directory that this process holds. What a start reads and repairs goes over {@link #disk}, on which nothing happens before
 * the shard found everything to be there and right; what it then cuts off or deletes is kept in {@code DIR/aside}. A start that
 * refuses leaves all bytes as they were.
 */
public final class DataDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);

    private final Path path;
    private final DirectoryLock lock;
    private final Disk real = new FileDisk();
    private final TrialDisk disk;
    private final TrialDisk slabDisk;

    private DataDirectory(Path path, DirectoryLock lock) {
        this.path = path;
        this.lock = lock;
        this.disk = trial();
        this.slabDisk = trial();
    }

    private TrialDisk trial() {
        return new TrialDisk(real, new Aside(real, path.resolve("aside"), DataDirectory::isComputed));
    }

    /** Makes the directory if it is missing, and holds it before anything in it is read. */
    public static DataDirectory hold(Path path) throws IOException {
        new FileDisk().createDirectories(path);
        return new DataDirectory(path, DirectoryLock.take(path));
    }

    /** What the journal or a ledger computes again, and so is not worth keeping. */
    private static boolean isComputed(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(".idx") || name.endsWith(".part");
    }

    /** For all that a start opens, but the slab. */
    public TrialDisk disk() {
        return disk;
    }

    /** For the slab, which proves itself: the shards know nothing of it, nor it of them. */
    public TrialDisk slabDisk() {
        return slabDisk;
    }

    /**
     * Takes from others what they may do with the directory and what is in it: an older program made it, or a copy did.
     *
     * @throws IOException also when it belongs to somebody else
     */
    public void tighten() throws IOException {
        int open = OwnerOnly.tighten(path);
        if (open > 0) {
            LOG.warn(
                    "{} files and folders in {} were open to others than their owner; they are not any more",
                    open,
                    path);
        }
    }

    @Override
    public void close() throws IOException {
        try (lock;
                slabDisk) {
            disk.close();
        }
    }
}
