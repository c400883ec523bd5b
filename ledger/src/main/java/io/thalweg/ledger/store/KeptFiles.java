package io.thalweg.ledger.store;

import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which files may be deleted: those that neither the last two stored checkpoints name, nor one that was begun since, nor the
 * store uses. What an earlier life of the process left behind counts as named by a checkpoint of its own, for it may be.
 * Thread-safe.
 */
final class KeptFiles {
    /** Stored checkpoints that stay loadable. */
    private static final int CHECKPOINTS = 2;

    private final Disk disk;
    private final Path directory;
    private final Deque<Set<Path>> stored = new ArrayDeque<>();
    private final Deque<Set<Path>> begun = new ArrayDeque<>();
    private final Set<Path> unused = new HashSet<>();

    KeptFiles(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /** A file is no longer used, but may be named. */
    synchronized void retire(Path file) {
        unused.add(file);
    }

    /** A checkpoint that names these files was begun. */
    synchronized void begin(List<Path> files) {
        begun.addLast(Set.copyOf(files));
    }

    /** A checkpoint that was stored by an earlier life of the process. */
    synchronized void found(List<Path> files) {
        stored.addLast(Set.copyOf(files));
    }

    /** The checkpoint that names these files is stored: lets go of what is older than the one before it. */
    void complete(List<Path> files) throws IOException {
        List<Path> deleted;
        synchronized (this) {
            Set<Path> names = Set.copyOf(files);
            // Those that were begun before it were given up.
            while (begun.contains(names)) {
                begun.removeFirst();
            }
            stored.addLast(names);
            while (stored.size() > CHECKPOINTS) {
                stored.removeFirst();
            }
            deleted = unused.stream()
                    .filter(file ->
                            Stream.concat(stored.stream(), begun.stream()).noneMatch(kept -> kept.contains(file)))
                    .sorted()
                    .toList();
            deleted.forEach(unused::remove);
        }
        for (Path file : deleted) {
            disk.delete(file);
        }
        if (!deleted.isEmpty()) {
            disk.forceDirectory(directory);
        }
    }
}
