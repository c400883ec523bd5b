package io.thalweg.raft;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * Makes the names in a Raft log's directory durable. Ratis forces the content of a new or renamed segment but not the
 * directory that names it, so that after a power failure a file with acknowledged references might have no name.
 */
final class RaftDirectory {
    private final Path directory;
    private @Nullable FileTime forced;

    RaftDirectory(Path directory) {
        this.directory = directory;
    }

    /** Called before each flush; costs one look at the directory's time when nothing changed. */
    synchronized void forceIfChanged() throws IOException {
        FileTime changed = Files.getLastModifiedTime(directory);
        if (!changed.equals(forced)) {
            force(directory);
            forced = changed;
        }
    }

    static void force(Path fileOrDirectory) throws IOException {
        try (FileChannel channel = FileChannel.open(fileOrDirectory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
