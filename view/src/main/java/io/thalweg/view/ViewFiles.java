package io.thalweg.view;

import io.thalweg.index.store.RocksLibrary;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Logger;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

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
        RocksLibrary.load(scratch);
        try (Options options = new Options().setInfoLogLevel(InfoLogLevel.ERROR_LEVEL);
                Logger silent = new Silent()) {
            options.setLogger(silent);
            try (RocksDB db = RocksDB.openReadOnly(options, directory.toString())) {
                db.verifyChecksum();
            }
        } catch (RocksDBException e) {
            damaged.accept(new CorruptionException(directory, 0, String.valueOf(e.getMessage())));
        }
    }

    /** Keeps RocksDB from writing a log of its own beside what it reads. */
    private static final class Silent extends Logger {
        Silent() {
            super(InfoLogLevel.ERROR_LEVEL);
        }

        @Override
        protected void log(InfoLogLevel level, String message) {}
    }
}
