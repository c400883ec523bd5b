package io.thalweg.ports.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The one way to write a small file safely: it is there in whole or not at all, whatever happens meanwhile. The bytes go into a
 * file beside, which is forced and renamed into place, and the directory is forced. What a crash leaves over is
 * {@link #isUnfinished}, worth nothing, and removed by whoever reads the directory next.
 */
public final class AtomicFile {
    private static final String SUFFIX = ".tmp";

    /** Writes the content of a file that is empty; need not force it. */
    @FunctionalInterface
    public interface Content {
        void write(Disk.DiskFile file) throws IOException;
    }

    private AtomicFile() {}

    /** Makes {@code file} hold what remains in {@code content}, durably, in place of what it held. */
    public static void write(Disk disk, Path file, ByteBuffer... content) throws IOException {
        write(disk, file, open -> open.write(0, content));
    }

    /** The same for content that is written piece by piece. */
    public static void write(Disk disk, Path file, Content content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + SUFFIX);
        disk.delete(unfinished);
        try (Disk.DiskFile open = disk.open(unfinished)) {
            content.write(open);
            open.force();
        }
        place(disk, unfinished, file);
    }

    /** The last step alone, for who writes a large file beside over a long time, and has forced it. */
    public static void place(Disk disk, Path beside, Path file) throws IOException {
        disk.rename(beside, file);
        Path directory = file.getParent();
        disk.forceDirectory(directory == null ? Path.of("") : directory);
    }

    /** Whether this is what a crash left of a file that was being written. */
    public static boolean isUnfinished(Path file) {
        return String.valueOf(file.getFileName()).endsWith(SUFFIX);
    }
}
