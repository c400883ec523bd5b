package io.thalweg.log;

import static io.thalweg.log.SegmentFormat.FOOTER_BYTES;
import static io.thalweg.log.SegmentFormat.HEADER_BYTES;

import io.thalweg.log.FrameScanner.Found;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Opens a journal's segments after whatever happened; the rules stand in the comment of {@link Journal}. Used once. */
final class Recovery {
    private final Disk disk;
    private final Path directory;
    private final Manifest manifest;
    private final NavigableMap<Long, Segment> segments;

    private final TreeMap<Long, Manifest.Line> sealed = new TreeMap<>();
    private final Set<Long> deleted = new HashSet<>();
    private final TreeMap<Long, Path> unsealed = new TreeMap<>();
    private Manifest.@Nullable Line newestSeal;
    private Manifest.@Nullable Line mark;
    private long deletedIndex = -1;
    private String report = "";

    /** Recovers into {@code segments}, which must be empty. */
    Recovery(Disk disk, Path directory, Manifest manifest, NavigableMap<Long, Segment> segments) {
        this.disk = disk;
        this.directory = directory;
        this.manifest = manifest;
        this.segments = segments;
    }

    void run() throws IOException {
        readManifest();
        sortFiles();
        for (Manifest.Line line : sealed.values()) {
            segments.put(line.base(), Segment.sealed(disk, directory, line));
        }
        finishNewestSeal();
        for (long base : unsealed.keySet()) {
            open(base, base == unsealed.lastKey());
        }
        checkMark();
    }

    /** What was cut off or finished, in words; empty when nothing was. */
    String report() {
        return report;
    }

    /** Up to where a snapshot relies on the journal; -1 for nowhere. */
    long markedIndex() {
        return mark == null ? -1 : mark.lastIndex();
    }

    private void readManifest() {
        for (Manifest.Line line : manifest.lines()) {
            switch (line.kind()) {
                case SEALED -> {
                    sealed.put(line.base(), line);
                    newestSeal = line;
                }
                case COMPACTED -> sealed.put(line.base(), line);
                case DELETED -> {
                    sealed.remove(line.base());
                    deleted.add(line.base());
                    deletedIndex = Math.max(deletedIndex, line.lastIndex());
                }
                case MARK -> mark = line;
            }
        }
    }

    /** Deletes what a crash left over, checks that no sealed segment is missing, and collects those that are not sealed. */
    private void sortFiles() throws IOException {
        Set<Long> present = new HashSet<>();
        for (Path path : disk.list(directory)) {
            SegmentFormat.Name name = SegmentFormat.parse(path);
            if (name == null) {
                continue;
            }
            Manifest.Line line = sealed.get(name.base());
            if (deleted.contains(name.base()) || (line != null && name.generation() != line.generation())) {
                disk.delete(directory.resolve(path.getFileName()));
            } else if (name.segment() && line != null) {
                present.add(name.base());
            } else if (name.segment()) {
                unsealed.put(name.base(), path);
            }
        }
        for (Manifest.Line line : sealed.values()) {
            if (!present.contains(line.base())) {
                Path file = SegmentFormat.segmentFile(directory, line.base(), line.generation());
                throw new CorruptionException(file, 0, "the segment is missing");
            }
        }
    }

    /** A crash may have come between the manifest's record and the footer that it speaks of. */
    private void finishNewestSeal() throws IOException {
        Manifest.Line line = newestSeal;
        if (line == null || !line.equals(sealed.get(line.base()))) {
            return;
        }
        Path file = SegmentFormat.segmentFile(directory, line.base(), 0);
        try (Disk.DiskFile handle = disk.open(file)) {
            SegmentFormat.Header header = Segment.readHeader(handle);
            if (header == null) {
                throw new CorruptionException(file, 0, "the segment's header is damaged");
            }
            ByteBuffer footer = SegmentFormat.encode(footerOf(line), header.salt());
            ByteBuffer found = SegmentFormat.allocate(FOOTER_BYTES);
            var _ = handle.read(line.length(), found);
            if (handle.size() == (long) line.length() + FOOTER_BYTES
                    && found.flip().equals(footer)) {
                return;
            }
            if (handle.size() < line.length()) {
                throw new CorruptionException(file, handle.size(), "the file should have " + line.length() + " bytes");
            }
            handle.truncate(line.length());
            handle.write(line.length(), footer);
            handle.force();
            report = file + " at offset " + line.length() + ": wrote the footer again, which was not whole";
        }
    }

    private SegmentFormat.Footer footerOf(Manifest.Line line) {
        byte[] previous = new byte[SegmentFormat.HASH_BYTES];
        for (Manifest.Line other : manifest.lines()) {
            if (other.kind() == Manifest.Kind.SEALED && other.base() < line.base()) {
                previous = other.chain();
            }
        }
        if (!Arrays.equals(Journal.chain(previous, line.content()), line.chain())) {
            throw new CorruptionException(
                    directory.resolve(Manifest.NAME), 0, "the chain of hashes breaks at segment " + line.base());
        }
        return new SegmentFormat.Footer(
                line.length(), line.frames(), line.lastIndex(), line.content(), previous, line.chain());
    }

    private void open(long base, boolean last) throws IOException {
        Path file = SegmentFormat.segmentFile(directory, base, 0);
        Segment segment = Segment.found(disk, directory, base);
        if (segment == null) {
            if (!last) {
                throw new CorruptionException(file, 0, "the segment has no header, but a later one exists");
            }
            disk.delete(file);
            disk.forceDirectory(directory);
            return;
        }
        Map.Entry<Long, Segment> before = segments.lastEntry();
        segments.put(base, segment);
        long previous = segment.header().previous();
        boolean known = before == null ? previous < 0 : before.getKey() == previous;
        if (!known && !deleted.contains(previous)) {
            throw new CorruptionException(
                    SegmentFormat.segmentFile(directory, Math.max(0, previous), 0),
                    0,
                    "the segment before " + file + " is missing");
        }
        scan(segment, last, before == null ? -1 : before.getValue().lastIndex());
        if (last && segment.end() == HEADER_BYTES) {
            // Its first frame never became durable; the next entry may have another index and begins a segment of its
            // own.
            segments.remove(base);
            segment.retire(null);
            disk.forceDirectory(directory);
        }
    }

    private void scan(Segment segment, boolean last, long lastIndexBefore) throws IOException {
        Disk.DiskFile file = segment.handle();
        long size = file.size();
        long salt = segment.header().salt();
        FrameScanner scanner =
                new FrameScanner(file, salt, HEADER_BYTES, size, Math.max(lastIndexBefore, segment.base() - 1));
        int forced = HEADER_BYTES;
        Found found = scanner.step();
        while (found == Found.FRAME) {
            segment.grew(scanner.index(), (int) scanner.offset(), (int) scanner.nextOffset());
            forced = scanner.durable();
            found = scanner.step();
        }
        long durable = mark != null && mark.base() == segment.base() ? mark.length() : 0;
        if (found == Found.BROKEN) {
            judge(segment, scanner, last, durable);
        }
        if (segment.end() < durable) {
            throw new CorruptionException(
                    segment.file(), segment.end(), "the frames end here, but are relied upon up to offset " + durable);
        }
        boolean torn = found == Found.BROKEN;
        if (torn || (!last && segment.end() < size)) {
            file.truncate(segment.end());
        }
        if (last) {
            rewrite(file, forced, segment.end());
        }
        if (last || segment.end() < size) {
            file.force();
        }
        if (torn) {
            report = segment.file() + " at offset " + segment.end() + ": cut off " + (size - segment.end())
                    + " bytes that a crash left unfinished (" + scanner.reason() + ")";
        }
    }

    /**
     * Writes the frames again that the newest one does not vouch for. A killed process may have left them in the system's cache
     * alone, and after a force that failed the cache may take them for written when they are not: only a new write makes
     * the next force mean something. From here on they count as durable.
     */
    private static void rewrite(Disk.DiskFile file, int from, int to) throws IOException {
        ByteBuffer piece = SegmentFormat.allocate(Math.min(to - from, 1 << 20));
        for (int at = from; at < to; at += piece.limit()) {
            piece.clear().limit(Math.min(piece.capacity(), to - at));
            var _ = file.read(at, piece);
            file.write(at, piece.flip());
        }
    }

    /** Decides what a place that is no whole frame means; returns when it is the trace of a crash. */
    private static void judge(Segment segment, FrameScanner scanner, boolean last, long durable) throws IOException {
        long at = scanner.offset();
        String reason = scanner.reason();
        if (!last || at < durable || scanner.provenDurable(at)) {
            throw new CorruptionException(segment.file(), at, reason);
        }
    }

    private void checkMark() {
        Manifest.Line relied = mark;
        if (relied == null) {
            return;
        }
        Map.Entry<Long, Segment> newest = segments.lastEntry();
        long lastIndex =
                Math.max(deletedIndex, newest == null ? -1 : newest.getValue().lastIndex());
        if (relied.lastIndex() > lastIndex) {
            throw new CorruptionException(
                    SegmentFormat.segmentFile(directory, relied.base(), 0),
                    0,
                    "the journal ends at index " + lastIndex + ", but a snapshot relies on it up to "
                            + relied.lastIndex());
        }
    }
}
