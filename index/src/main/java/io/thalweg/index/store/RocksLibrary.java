package io.thalweg.index.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * RocksDB's native library. Left to itself it is unpacked into the system's folder for temporary files, 30 MB each time, and stays there
 * when the process is killed. Here it is unpacked beside the data, and its name is removed as soon as it is loaded: what is mapped
 * needs no name.
 */
public final class RocksLibrary {
    private static boolean loaded;

    private RocksLibrary() {}

    /** Loads the library once for the process; {@code directory} is where it may be unpacked for a moment. */
    public static synchronized void load(Path directory) {
        if (loaded) {
            return;
        }
        try {
            Path unpacked = Files.createTempDirectory(Files.createDirectories(directory), "rocksdb-native");
            NativeLibraryLoader.getInstance().loadLibrary(unpacked.toString());
            RocksDB.loadLibrary();
            loaded = true;
            try (Stream<Path> files = Files.list(unpacked)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(unpacked);
        } catch (IOException e) {
            throw new UncheckedIOException("native library of RocksDB cannot be unpacked into " + directory, e);
        }
    }
}
