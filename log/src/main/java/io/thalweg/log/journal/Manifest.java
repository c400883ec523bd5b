package io.thalweg.log.journal;

import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The journal's book of what became of its segments: closed, rewritten, deleted; and up to where the newest snapshot relies on
 * the journal. Each record is forced before what it tells of is acted upon, so at most the last can be torn, and each
 * checksum covers the one before, so none can be taken out. A record of a kind that this program does not know stops it:
 * a newer one wrote here.
 *
 * <p>Records that later ones made worthless are left out when the file is opened or has become long; it is then written anew.
 * Thread-safe.
 */
public final class Manifest implements AutoCloseable {
    public static final String NAME = "MANIFEST";

    private static final int HEADER_MAGIC = 0x464d5754; // "TWMF"
    private static final int RECORD_MAGIC = 0x524d5754; // "TWMR"
    /** Version 1 had neither segments without a hash nor a way to say so. */
    private static final int VERSION = 2;

    private static final int HEADER_BYTES = 16;
    public static final int RECORD_BYTES = 104;

    /** So many records that no longer count may be there. */
    private static final int WORTHLESS_MAX = 256;

    /** What a record tells. */
    public enum Kind {
        /** The segment is complete. It has a hash, chained to the one before, and a footer: an older program closed it. */
        SEALED(0),
        /** A new generation with fewer requests has taken the segment's place, with hash and footer. */
        COMPACTED(1),
        /** The segment is gone. */
        DELETED(2),
        /** Everything up to {@code length} bytes of the segment, and all segments before, is durable and relied upon. */
        MARK(3),
        /** The segment is complete. */
        CLOSED(4),
        /** A new generation with fewer requests has taken the segment's place. */
        REWRITTEN(5);

        private static final Kind[] ALL = values();

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        /** Whether it tells of a segment that is there and gets no more entries. */
        boolean isComplete() {
            return this != DELETED && this != MARK;
        }

        /** Whether some of the segment's entries were given back. */
        public boolean isGivenBack() {
            return this == DELETED || this == COMPACTED || this == REWRITTEN;
        }
    }

    /**
     * One record.
     *
     * @param base the segment, by the index of its first entry
     * @param lastIndex its newest entry, or the newest entry that is relied upon
     * @param length bytes of header and frames
     * @param frames how many there are; in a mark, how many bytes of the segment's index are relied upon
     * @param content SHA-256 of those bytes, of a segment that has one
     * @param chain SHA-256 of the chain hash before and the first generation's content hash, likewise
     */
    public record Line(
            Kind kind,
            long base,
            int generation,
            long lastIndex,
            int length,
            int frames,
            byte[] content,
            byte[] chain) {

        /** A record without hashes. */
        public static Line of(Kind kind, long base, int generation, long lastIndex, int length, int frames) {
            return new Line(kind, base, generation, lastIndex, length, frames, NO_HASH, NO_HASH);
        }

        public boolean isHashed() {
            return kind == Kind.SEALED || kind == Kind.COMPACTED;
        }
    }

    private static final byte[] NO_HASH = new byte[SegmentFormat.HASH_BYTES];

    private final Disk disk;
    private final Path path;
    private Disk.DiskFile file;
    private final List<Line> lines = new ArrayList<>();
    private final Checksum checksum = new Checksum();
    private int version = VERSION;
    private boolean upgraded;
    private long end;
    private int lastChecksum;

    private Manifest(Disk disk, Path path, Disk.DiskFile file) {
        this.disk = disk;
        this.path = path;
        this.file = file;
    }

    /** Opens the manifest, or begins one. What cannot count is cut off, so open it on a disk that may be tried. */
    static Manifest open(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        Manifest manifest = new Manifest(disk, path, disk.open(path));
        try {
            boolean begun = manifest.load();
            manifest.upgraded = begun && manifest.version < VERSION;
            if (!begun || manifest.version < VERSION || manifest.worthless() > WORTHLESS_MAX) {
                manifest.writeAnew();
            } else {
                manifest.file.truncate(manifest.end);
                manifest.file.force();
            }
        } catch (IOException | RuntimeException e) {
            manifest.file.close();
            throw e;
        }
        return manifest;
    }

    /** Reads a manifest without changing it; a torn last record is left out. */
    public static List<Line> read(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        if (!disk.exists(path)) {
            return List.of();
        }
        try (Disk.DiskFile file = disk.open(path)) {
            Manifest manifest = new Manifest(disk, path, file);
            var _ = manifest.load();
            return manifest.lines;
        }
    }

    private static ByteBuffer header(int version) {
        ByteBuffer bytes =
                SegmentFormat.allocate(HEADER_BYTES).putInt(0, HEADER_MAGIC).putInt(8, version);
        return bytes.putInt(4, new Checksum().of(bytes, 8, HEADER_BYTES - 8));
    }

    /** False when the file was never begun: a crash came before its header was durable. */
    private boolean load() throws IOException {
        int size = Math.toIntExact(file.size());
        ByteBuffer bytes = SegmentFormat.allocate(size);
        if (file.read(0, bytes) != size) {
            throw new CorruptionException(path, size, "the file became shorter while it was read");
        }
        version = size < HEADER_BYTES ? 0 : bytes.getInt(8);
        if (version < 1 || !bytes.slice(0, HEADER_BYTES).equals(header(version))) {
            if (size > HEADER_BYTES) {
                throw new CorruptionException(path, 0, "the header of the manifest has a wrong checksum");
            }
            return false;
        }
        if (version > VERSION) {
            throw new CorruptionException(
                    path, 8, "the manifest is of version " + version + ", this program reads up to " + VERSION);
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
        if (bytes.getInt(at) != RECORD_MAGIC || bytes.getInt(at + 4) != checksumOf(bytes, at)) {
            return null;
        }
        int kind = bytes.get(at + 8) & 0xff;
        if (kind >= Kind.ALL.length) {
            throw new CorruptionException(
                    path,
                    at,
                    "the record is of kind " + kind + ", which this program does not know: a newer one wrote it");
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
        if (worthless() > WORTHLESS_MAX) {
            writeAnew();
        }
        ByteBuffer bytes = encode(line);
        int sum = bytes.getInt(4);
        file.write(end, bytes);
        file.force();
        end += RECORD_BYTES;
        lastChecksum = sum;
        lines.add(line);
    }

    private ByteBuffer encode(Line line) {
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
        return bytes.putInt(4, checksumOf(bytes, 0));
    }

    void mark(long base, long lastIndex, int length, int indexBytes) throws IOException {
        add(Line.of(Kind.MARK, base, 0, lastIndex, length, indexBytes));
    }

    /** Writes a file with the records that count, in the order in which they came, and lets it take the place of this one. */
    private void writeAnew() throws IOException {
        List<Line> counting = counting();
        List<ByteBuffer> records = new ArrayList<>();
        records.add(header(VERSION));
        lastChecksum = 0;
        for (Line line : counting) {
            ByteBuffer record = encode(line);
            lastChecksum = record.getInt(4);
            records.add(record);
        }
        AtomicFile.write(disk, path, records.toArray(ByteBuffer[]::new));
        file.close();
        file = disk.open(path);
        lines.clear();
        lines.addAll(counting);
        end = HEADER_BYTES + (long) RECORD_BYTES * counting.size();
        version = VERSION;
    }

    private int worthless() {
        return lines.size() <= WORTHLESS_MAX ? 0 : lines.size() - counting().size();
    }

    /**
     * The newest record of each segment, and the newest mark. Of segments that are gone only the last before each that is there:
     * the one after it refers to it, and it tells how far entries were given back.
     */
    private List<Line> counting() {
        TreeMap<Long, Line> newest = new TreeMap<>();
        Line mark = null;
        for (Line line : lines) {
            if (line.kind() == Kind.MARK) {
                mark = line;
            } else {
                newest.put(line.base(), line);
            }
        }
        Set<Line> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        newest.forEach((base, line) -> {
            Map.Entry<Long, Line> next = newest.higherEntry(base);
            if (line.kind() != Kind.DELETED || next == null || next.getValue().kind() != Kind.DELETED) {
                kept.add(line);
            }
        });
        if (mark != null) {
            kept.add(mark);
        }
        return lines.stream().filter(kept::contains).toList();
    }

    /** Whether an older program wrote it. */
    boolean isUpgraded() {
        return upgraded;
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
