package io.thalweg.log.journal;

import static io.thalweg.log.journal.SegmentFormat.FOOTER_BYTES;
import static io.thalweg.log.journal.SegmentFormat.HEADER_BYTES;

import io.thalweg.log.journal.FrameScanner.Found;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * Opens a journal's segments after whatever happened; the rules stand in the comment of {@link Journal}. Everything that the
 * manifest names is looked for before anything that it does not name is deleted. Used once.
 */
final class Recovery {
    private final Disk disk;
    private final Path directory;
    private final Manifest manifest;
    private final NavigableMap<Long, Segment> segments;

    private final JournalFiles files;
    private String report = "";

    /** Recovers into {@code segments}, which must be empty. */
    Recovery(
            Disk disk,
            Path directory,
            Manifest manifest,
            ForcedNote.@Nullable Forced note,
            NavigableMap<Long, Segment> segments)
            throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.manifest = manifest;
        this.segments = segments;
        files = JournalFiles.sort(disk, directory, manifest.lines(), note);
    }

    void run() throws IOException {
        if (!files.missing.isEmpty()) {
            throw files.missing.getFirst();
        }
        for (Manifest.Line line : files.complete.values()) {
            segments.put(line.base(), Segment.sealed(disk, directory, line));
        }
        finishNewestSeal();
        for (long base : files.open) {
            open(base, base == files.open.last());
        }
        checkMark();
        for (Path leftover : files.leftovers) {
            disk.delete(leftover);
        }
    }

    /** What was cut off or finished, in words; empty when nothing was. */
    String report() {
        return report;
    }

    /** Up to where a snapshot relies on the journal; -1 for nowhere. */
    long markedIndex() {
        return files.mark == null ? -1 : files.mark.lastIndex();
    }

    /**
     * An older program ended a segment with a footer, which a crash may have kept from being whole behind the manifest's record.
     * When such a journal is opened for the first time, the newest is written again.
     */
    private void finishNewestSeal() throws IOException {
        Manifest.Line line = null;
        for (Manifest.Line each : files.complete.values()) {
            line = each.kind() == Manifest.Kind.SEALED ? each : line;
        }
        if (line == null || !manifest.isUpgraded()) {
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
        long before = -1;
        for (Manifest.Line other : manifest.lines()) {
            if (other.kind() != Manifest.Kind.MARK && other.base() < line.base() && other.base() >= before) {
                before = other.base();
                previous = other.chain();
            }
        }
        if (!Arrays.equals(SegmentFormat.chain(previous, line.content()), line.chain())) {
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
            if (files.durable(base) > 0) {
                throw new CorruptionException(
                        file, 0, "the segment is empty, but was durable up to offset " + files.durable(base));
            }
            files.leftovers.add(file);
            return;
        }
        Map.Entry<Long, Segment> before = segments.lastEntry();
        segments.put(base, segment);
        long previous = segment.header().previous();
        boolean known = before == null ? previous < 0 : before.getKey() == previous;
        if (!known && !files.deleted.contains(previous)) {
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
            segment.close();
            files.leftovers.add(file);
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
        int durable = files.durable(segment.header());
        if (found == Found.BROKEN) {
            judge(segment, scanner, last, durable);
        }
        if (segment.end() < durable) {
            throw new CorruptionException(
                    segment.file(), segment.end(), "the frames end here, but were durable up to offset " + durable);
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
    private static void judge(Segment segment, FrameScanner scanner, boolean last, int durable) throws IOException {
        long at = scanner.offset();
        String reason = scanner.reason();
        if (!last || at < durable || scanner.provenDurable(at)) {
            throw new CorruptionException(segment.file(), at, reason);
        }
    }

    private void checkMark() {
        Manifest.Line relied = files.mark;
        if (relied == null) {
            return;
        }
        Map.Entry<Long, Segment> newest = segments.lastEntry();
        long lastIndex = Math.max(
                files.deletedIndex, newest == null ? -1 : newest.getValue().lastIndex());
        if (relied.lastIndex() > lastIndex) {
            throw new CorruptionException(
                    SegmentFormat.segmentFile(directory, relied.base(), 0),
                    0,
                    "the journal ends at index " + lastIndex + ", but a snapshot relies on it up to "
                            + relied.lastIndex());
        }
    }
}
