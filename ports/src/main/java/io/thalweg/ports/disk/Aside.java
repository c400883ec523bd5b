package io.thalweg.ports.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where a start keeps what it takes away: the bytes behind the place at which it cut a file, and files that it deleted. Nobody
 * reads them but people who want to know, or to have back, what was there; the newest {@value #FILES_MAX} stay.
 *
 * <pre>
 * name = %06d-NAME                a deleted file; numbers ascend
 *      | %06d-NAME-from-OFFSET    what stood in NAME from there on, without the zeros at its end
 * </pre>
 *
 * <p>Not thread-safe.
 */
public final class Aside {
    static final int FILES_MAX = 16;

    private static final int NUMBER_DIGITS = 6;
    private static final int PIECE_BYTES = 1 << 20;

    private final Disk disk;
    private final Path directory;
    private final Predicate<Path> worthless;

    /**
     * @param directory made when it is needed
     * @param worthless files whose content can be had again, of which nothing is kept
     */
    public Aside(Disk disk, Path directory, Predicate<Path> worthless) {
        this.disk = disk;
        this.directory = directory;
        this.worthless = worthless;
    }

    /** Keeps what stands in {@code file} from {@code offset} on, durably. */
    void keepFrom(Path file, Disk.DiskFile open, long offset) throws IOException {
        long end = worthless.test(file) ? offset : endOfContent(open, offset);
        if (end == offset) {
            return;
        }
        try (Disk.DiskFile kept = disk.open(next(file.getFileName() + "-from-" + offset))) {
            for (long at = offset; at < end; at += PIECE_BYTES) {
                ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, end - at));
                var _ = open.read(at, piece);
                kept.write(at - offset, piece.flip());
            }
            kept.force();
        }
        disk.forceDirectory(directory);
    }

    /** Takes a file away: moves it here, unless nothing of it is worth keeping. */
    void take(Path file) throws IOException {
        if (worthless.test(file) || AtomicFile.isUnfinished(file)) {
            disk.delete(file);
        } else if (disk.exists(file)) {
            disk.rename(file, next(String.valueOf(file.getFileName())));
            disk.forceDirectory(directory);
        }
    }

    /** The last byte from {@code offset} on that is no zero, and one more. */
    private static long endOfContent(Disk.DiskFile open, long offset) throws IOException {
        long end = offset;
        long size = open.size();
        for (long at = offset; at < size; at += PIECE_BYTES) {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, size - at));
            int count = open.read(at, piece);
            for (int i = count - 1; i >= 0; i--) {
                if (piece.get(i) != 0) {
                    end = at + i + 1;
                    break;
                }
            }
        }
        return end;
    }

    /** A name that was not used yet; makes room for it. */
    private Path next(String name) throws IOException {
        disk.createDirectories(directory);
        List<Path> files = disk.list(directory);
        for (Path old : files.subList(0, Math.max(0, files.size() + 1 - FILES_MAX))) {
            disk.delete(old);
        }
        int number = files.isEmpty() ? 1 : number(files.getLast()) + 1;
        return directory.resolve(String.format(Locale.ROOT, "%0" + NUMBER_DIGITS + "d-%s", number, name));
    }

    private static int number(@Nullable Path file) {
        String name = String.valueOf(file == null ? null : file.getFileName());
        try {
            return Integer.parseInt(name.substring(0, Math.min(NUMBER_DIGITS, name.length())));
        } catch (NumberFormatException e) {
            return 0; // somebody else put it here
        }
    }
}
