package io.thalweg.log;

import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The journal's book of what became of its segments: sealed, compacted, deleted; and up to where the newest snapshot relies on
 * the journal. Each record is forced before what it tells of is acted upon, so at most the last can be torn, and each
 * checksum covers the one before, so none can be taken out. Thread-safe.
 */
final class Manifest implements AutoCloseable {
    static final String NAME = "MANIFEST";

    private static final int HEADER_MAGIC = 0x464d5754; // "TWMF"
    private static final int RECORD_MAGIC = 0x524d5754; // "TWMR"
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 16;
    private static final int RECORD_BYTES = 104;

    /** What a record tells. */
    enum Kind {
        /** The segment is complete; its hash is chained to the one before. */
        SEALED(0),
        /** A new generation with fewer requests has taken the segment's place; the chain keeps the hash of the first. */
        COMPACTED(1),
        /** The segment is gone; the chain keeps its hash. */
        DELETED(2),
        /** Everything up to {@code length} bytes of the segment, and all segments before, is durable and relied upon. */
        MARK(3);

        private static final Kind[] ALL = {SEALED, COMPACTED, DELETED, MARK};

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    /**
     * One record.
     *
     * @param base the segment, by the index of its first entry
     * @param lastIndex its newest entry, or the newest entry that is relied upon
     * @param length bytes of header and frames
     * @param frames how many there are; in a mark, how many bytes of the segment's index are relied upon
     * @param content SHA-256 of those bytes
     * @param chain SHA-256 of the chain hash before and the first generation's content hash
     */
    record Line(
            Kind kind,
            long base,
            int generation,
            long lastIndex,
            int length,
            int frames,
            byte[] content,
            byte[] chain) {}

    private static final byte[] NO_HASH = new byte[SegmentFormat.HASH_BYTES];

    private final Path path;
    private final Disk.DiskFile file;
    private final List<Line> lines = new ArrayList<>();
    private final Checksum checksum = new Checksum();
    private long end;
    private int lastChecksum;

    private Manifest(Path path, Disk.DiskFile file) {
        this.path = path;
        this.file = file;
    }

    static Manifest open(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        Disk.DiskFile file = disk.open(path);
        Manifest manifest = new Manifest(path, file);
        try {
            if (manifest.load()) {
                file.truncate(manifest.end);
                file.force();
            } else {
                file.truncate(0);
                file.write(0, header());
                file.force();
                disk.forceDirectory(directory);
                manifest.end = HEADER_BYTES;
            }
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        return manifest;
    }

    /** Reads a manifest without changing it; a torn last record is left out. */
    static List<Line> read(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        if (!disk.exists(path)) {
            return List.of();
        }
        try (Disk.DiskFile file = disk.open(path)) {
            Manifest manifest = new Manifest(path, file);
            var _ = manifest.load();
            return manifest.lines;
        }
    }

    private static ByteBuffer header() {
        ByteBuffer bytes =
                SegmentFormat.allocate(HEADER_BYTES).putInt(0, HEADER_MAGIC).putInt(8, VERSION);
        return bytes.putInt(4, new Checksum().of(bytes, 8, HEADER_BYTES - 8));
    }

    /** False when the file was never begun: a crash came before its header was durable. */
    private boolean load() throws IOException {
        int size = Math.toIntExact(file.size());
        ByteBuffer bytes = SegmentFormat.allocate(size);
        if (file.read(0, bytes) != size) {
            throw new CorruptionException(path, size, "the file became shorter while it was read");
        }
        if (size < HEADER_BYTES || !bytes.slice(0, HEADER_BYTES).equals(header())) {
            if (size > HEADER_BYTES) {
                throw new CorruptionException(path, 0, "this is not a manifest of version " + VERSION);
            }
            return false;
        }
        int at = HEADER_BYTES;
        while (at < size) {
            Line line = size - at < RECORD_BYTES ? null : decode(bytes, at);
            if (line == null) {
                if (size - at > RECORD_BYTES) {
                    throw new CorruptionException(path, at, "the record has a wrong checksum");
                }
                break;
            }
            lines.add(line);
            lastChecksum = bytes.getInt(at + 4);
            at += RECORD_BYTES;
        }
        end = at;
        return true;
    }

    private @Nullable Line decode(ByteBuffer bytes, int at) {
        int kind = bytes.get(at + 8) & 0xff;
        if (bytes.getInt(at) != RECORD_MAGIC
                || bytes.getInt(at + 4) != checksumOf(bytes, at)
                || kind >= Kind.ALL.length) {
            return null;
        }
        return new Line(
                Kind.ALL[kind],
                bytes.getLong(at + 16),
                bytes.getInt(at + 12),
                bytes.getLong(at + 24),
                bytes.getInt(at + 32),
                bytes.getInt(at + 36),
                SegmentFormat.hash(bytes, at + 40),
                SegmentFormat.hash(bytes, at + 72));
    }

    private int checksumOf(ByteBuffer bytes, int at) {
        return checksum.start()
                .add(lastChecksum)
                .add(bytes, at + 8, RECORD_BYTES - 8)
                .value();
    }

    /** Adds a record durably. */
    synchronized void add(Line line) throws IOException {
        ByteBuffer bytes = SegmentFormat.allocate(RECORD_BYTES)
                .putInt(RECORD_MAGIC)
                .putInt(0)
                .put((byte) line.kind().number)
                .put(new byte[3])
                .putInt(line.generation())
                .putLong(line.base())
                .putLong(line.lastIndex())
                .putInt(line.length())
                .putInt(line.frames())
                .put(line.content())
                .put(line.chain())
                .flip();
        bytes.putInt(4, checksumOf(bytes, 0));
        int sum = bytes.getInt(4);
        file.write(end, bytes);
        file.force();
        end += RECORD_BYTES;
        lastChecksum = sum;
        lines.add(line);
    }

    void mark(long base, long lastIndex, int length, int indexBytes) throws IOException {
        add(new Line(Kind.MARK, base, 0, lastIndex, length, indexBytes, NO_HASH, NO_HASH));
    }

    /** All records, oldest first. */
    synchronized List<Line> lines() {
        return List.copyOf(lines);
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}
