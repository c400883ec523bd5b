package io.thalweg.view.state;

import io.thalweg.index.store.RocksStore;
import io.thalweg.index.store.StoreException;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Checks what views keep in a stopped node's folder, and changes nothing. All of it can be computed again. */
public final class ViewFiles {
    private static final String INDEX = "index";

    private ViewFiles() {}

    /**
     * Reads every snapshot, and every block of the index.
     *
     * @param directory the node's folder {@code views}; may be missing
     * @param scratch for what RocksDB unpacks; outside of the node's data
     * @return how many files were read
     */
    public static int verify(Disk disk, Path directory, Path scratch, Consumer<CorruptionException> damaged)
            throws IOException {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        List<Path> files;
        try (Stream<Path> paths = Files.walk(directory)) {
            files = paths.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            if (file.toString().endsWith(".snapshot")) {
                try {
                    SnapshotFile.check(disk, file);
                } catch (MalformedException e) {
                    damaged.accept(new CorruptionException(file, 0, String.valueOf(e.getMessage())));
                }
            }
        }
        verifyIndex(directory.resolve(INDEX), scratch, damaged);
        return files.size();
    }

    private static void verifyIndex(Path directory, Path scratch, Consumer<CorruptionException> damaged) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try {
            RocksStore.verify(directory, scratch);
        } catch (StoreException e) {
            damaged.accept(new CorruptionException(directory, 0, String.valueOf(e.getMessage())));
        }
    }
}
