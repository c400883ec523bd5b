package io.thalweg.shard;

import io.thalweg.model.Checksum;
import io.thalweg.model.ContentHash;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot files of a shard's state. A file is there in whole or not at all. The newest two are kept, so that a damaged one is a delay and not a loss.
 *
 * <pre>
 * name   = %020d.state                                          the index that it covers
 * file   = header, state
 * header = magic u64, version u32, length of state u32, index i64, term i64, SHA-256 of state 32 bytes,
 *          CRC-32C of the header up to here u32                    68 bytes, little-endian
 * </pre>
 *
 * The SHA-256 is the digest of the state that tests and replicas compare.
 */
final class Snapshots {
    private static final long MAGIC = 0x3150414e53574c54L; // "TLWSNAP1"
    private static final int VERSION = 1;
    private static final int DIGEST_BYTES = 32;
    private static final int HEADER_BYTES = 8 + 4 + 4 + 8 + 8 + DIGEST_BYTES + 4;
    private static final int KEPT = 2;

    /** Far above what sessions, streams and keys may take within their bounds, and still one array when it is loaded. */
    private static final int STATE_BYTES_MAX = Integer.MAX_VALUE - 64;

    private static final String SUFFIX = ".state";

    /** A whole, checked snapshot. */
    record Loaded(Replica.Position position, ByteBuffer state, Path file) {}

    /**
     * What {@link #load} found.
     *
     * @param newest the newest snapshot that is whole, null when there is none
     * @param damaged the newest one that is not, null when all are whole
     */
    record Found(@Nullable Loaded newest, @Nullable CorruptionException damaged) {}

    private final Disk disk;
    private final Path directory;

    Snapshots(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /** Finds the newest whole snapshot, and removes what an interrupted one left behind. */
    Found load() throws IOException {
        disk.createDirectories(directory);
        List<Path> files = new ArrayList<>();
        for (Path file : disk.list(directory)) {
            String name = String.valueOf(file.getFileName());
            if (name.endsWith(SUFFIX)) {
                files.add(file);
            } else if (AtomicFile.isUnfinished(file)) {
                disk.delete(file);
            }
        }
        for (Path file : files) {
            var _ = indexOf(file); // a name that is no index is refused: nobody could say how new it is
        }
        CorruptionException damaged = null;
        for (Path file : files.reversed()) {
            try {
                return new Found(read(file), damaged);
            } catch (CorruptionException e) {
                damaged = damaged == null ? e : damaged;
            }
        }
        return new Found(null, damaged);
    }

    /** Reads every file, and changes nothing. */
    StateVerifier.Report verify() throws IOException {
        List<CorruptionException> damaged = new ArrayList<>();
        List<Path> files = files();
        for (Path file : files) {
            try {
                read(file);
            } catch (CorruptionException e) {
                damaged.add(e);
            }
        }
        return new StateVerifier.Report(files.size(), damaged);
    }

    /** @throws CorruptionException when the snapshot is not what was written */
    static void requireWhole(Disk disk, Path file) throws IOException {
        var _ = new Snapshots(disk, Objects.requireNonNull(file.getParent())).read(file);
    }

    private static long indexOf(Path file) {
        String name = String.valueOf(file.getFileName());
        try {
            return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
        } catch (NumberFormatException e) {
            throw new CorruptionException(file, 0, "a snapshot's name is its index, 20 digits");
        }
    }

    private Loaded read(Path file) throws IOException {
        try (DiskFile open = disk.open(file)) {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            if (open.read(0, header) < HEADER_BYTES) {
                throw new CorruptionException(file, 0, "a snapshot has a header of " + HEADER_BYTES + " bytes");
            }
            header.flip();
            int crc = new Checksum().of(header, 0, HEADER_BYTES - 4);
            if (header.getLong(0) != MAGIC || header.getInt(HEADER_BYTES - 4) != crc) {
                throw new CorruptionException(file, 0, "the snapshot's header is damaged");
            }
            if (header.getInt(8) != VERSION) {
                throw new CorruptionException(
                        file, 8, "snapshot version is " + header.getInt(8) + ", this program reads " + VERSION);
            }
            int length = header.getInt(12);
            Replica.Position position = new Replica.Position(header.getLong(16), header.getLong(24));
            if (length < 0 || open.size() != HEADER_BYTES + (long) length || position.index() != indexOf(file)) {
                throw new CorruptionException(
                        file,
                        12,
                        "the snapshot says " + length + " bytes at index " + position.index() + ", but its file has "
                                + open.size() + " bytes");
            }
            ByteBuffer state = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            open.read(HEADER_BYTES, state);
            state.flip();
            byte[] digest = new byte[DIGEST_BYTES];
            header.get(32, digest);
            if (!Arrays.equals(digest, digest(List.of(state)))) {
                throw new CorruptionException(file, HEADER_BYTES, "the snapshot's state is damaged");
            }
            return new Loaded(position, state, file);
        }
    }

    /** Stores a snapshot durably and lets go of all but the newest two. Returns the bytes written. */
    long store(Replica.Position position, List<ByteBuffer> state) throws IOException {
        Path file = file(position);
        long length = state.stream().mapToLong(ByteBuffer::remaining).sum();
        if (length > STATE_BYTES_MAX) {
            throw new IOException("the state has " + length + " bytes; a snapshot holds at most " + STATE_BYTES_MAX);
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC)
                .putInt(VERSION)
                .putInt((int) length)
                .putLong(position.index())
                .putLong(position.term())
                .put(digest(state));
        header.putInt(new Checksum().of(header, 0, HEADER_BYTES - 4)).flip();
        AtomicFile.write(disk, file, open -> {
            open.write(0, header);
            open.write(HEADER_BYTES, state.stream().map(ByteBuffer::duplicate).toArray(ByteBuffer[]::new));
        });
        List<Path> files = files();
        for (Path old : files.subList(0, Math.max(0, files.size() - KEPT))) {
            disk.delete(old);
        }
        return HEADER_BYTES + length;
    }

    Path file(Replica.Position position) {
        return directory.resolve(String.format(Locale.ROOT, "%020d", position.index()) + SUFFIX);
    }

    private List<Path> files() throws IOException {
        return disk.list(directory).stream()
                .filter(file -> String.valueOf(file.getFileName()).endsWith(SUFFIX))
                .toList();
    }

    /** What the oldest kept snapshot covers: entries behind it may be asked for again. -1 while there are less than two. */
    long floorIndex() throws IOException {
        List<Path> files = files();
        return files.size() < KEPT ? -1 : indexOf(files.getFirst());
    }

    static byte[] digest(List<ByteBuffer> state) {
        return ContentHash.of(state).toBytes();
    }
}
