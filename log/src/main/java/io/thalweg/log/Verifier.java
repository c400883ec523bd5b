package io.thalweg.log;

import static io.thalweg.log.journal.SegmentFormat.FOOTER_BYTES;
import static io.thalweg.log.journal.SegmentFormat.FRAME_BYTES;
import static io.thalweg.log.journal.SegmentFormat.HEADER_BYTES;

import io.thalweg.log.journal.ForcedNote;
import io.thalweg.log.journal.FrameScanner;
import io.thalweg.log.journal.FrameScanner.Found;
import io.thalweg.log.journal.JournalFiles;
import io.thalweg.log.journal.Manifest;
import io.thalweg.log.journal.Segment;
import io.thalweg.log.journal.SegmentFormat;
import io.thalweg.model.ContentHash;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.event.EventCursor;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Request;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checks everything that is stored in the journal directory of a stopped node, and changes nothing: every frame's checksum,
 * every indexed event's, the hash of every sealed segment and the chain of hashes, the index against the content, and that no
 * stream has a hole. Reads each segment once, in order.
 */
public final class Verifier {
    private static final int PROBLEMS_MAX = 1000;

    /** One thing that is wrong, and the byte at which the damaged record begins. */
    public record Problem(Path file, long offset, String what) {
        public CorruptionException toException() {
            return new CorruptionException(file, offset, what);
        }

        @Override
        public String toString() {
            return file + " at offset " + offset + ": " + what;
        }
    }

    /**
     * What was looked at, and what was wrong with it.
     *
     * @param notes what is no damage, but worth knowing: a torn tail that the next start will cut
     */
    public record Report(
            long segments, long frames, long events, long bytes, List<Problem> problems, List<Problem> notes) {}

    /** Hears how far the check is: bytes done, of bytes in all. */
    @FunctionalInterface
    public interface Progress {
        void at(long doneBytes, long totalBytes);
    }

    private final Disk disk;
    private final Path directory;
    private final Progress progress;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> notes = new ArrayList<>();
    private final Map<StreamId, Seen> seen = new HashMap<>();
    private final TreeSet<Long> thinned = new TreeSet<>();
    /** The segments' files, by base. */
    private final TreeMap<Long, Path> files = new TreeMap<>();

    private final JournalFiles sorted;
    private long covered = Long.MAX_VALUE;
    private long totalBytes;
    private long doneBytes;
    private long frames;
    private long events;

    /** Where a stream's events were seen last. */
    private record Seen(long base, long sequence) {}

    private Verifier(Disk disk, Path directory, Progress progress) throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.progress = progress;
        sorted = readManifest();
    }

    /** Checks the journal in {@code directory}, which no process may have open. */
    public static Report verify(Disk disk, Path directory, Progress progress) throws IOException {
        Verifier verifier = new Verifier(disk, directory, progress);
        verifier.run();
        return new Report(
                verifier.files.size(),
                verifier.frames,
                verifier.events,
                verifier.totalBytes,
                List.copyOf(verifier.problems),
                List.copyOf(verifier.notes));
    }

    /**
     * Checks segments of a journal that may be open, one by one: what a start relies on, so that what is wrong is known before it is
     * needed. What has come and gone since this was made is not seen.
     *
     * @param covered what the newest snapshot covers: as far as that the index is complete, and not always as far as the manifest says
     * @throws CorruptionException when the manifest is damaged, or a segment missing
     */
    public static Verifier ofOpen(Disk disk, Path directory, long covered) throws IOException {
        Verifier verifier = new Verifier(disk, directory, (_, _) -> {});
        verifier.covered = covered;
        verifier.sorted.missing.forEach(verifier::problem);
        if (!verifier.problems.isEmpty()) {
            throw verifier.problems.getFirst().toException();
        }
        return verifier;
    }

    /** The segments that there were when this was made, oldest first. */
    public SortedSet<Long> segments() {
        TreeSet<Long> all = new TreeSet<>(sorted.open);
        all.addAll(sorted.complete.keySet());
        return all;
    }

    /** What is wrong with one segment and its index, as far as they are durable; empty when there is no such segment any more. */
    public List<Problem> check(long base) throws IOException {
        SortedSet<Long> all = segments();
        if (!all.contains(base) || !disk.exists(sorted.file(base))) {
            return List.of();
        }
        problems.clear();
        seen.clear();
        files.clear();
        for (long each : all.tailSet(base).stream().limit(2).toList()) {
            count(each);
        }
        Path path = sorted.file(base);
        try (Disk.DiskFile file = disk.open(path)) {
            SegmentFormat.Header header = Segment.readHeader(file);
            segment(base, path, file, header == null ? -1 : header.previous());
        } catch (CorruptionException e) {
            problem(e);
        }
        return List.copyOf(problems);
    }

    private void run() throws IOException {
        sorted.missing.forEach(this::problem);
        for (long base : sorted.complete.keySet()) {
            count(base);
        }
        for (long base : sorted.open) {
            count(base);
        }
        long previous = -1;
        for (Map.Entry<Long, Path> entry : files.entrySet()) {
            try (Disk.DiskFile file = disk.open(entry.getValue())) {
                segment(entry.getKey(), entry.getValue(), file, previous);
            } catch (CorruptionException e) {
                problem(e);
            }
            previous = entry.getKey();
        }
        progress.at(totalBytes, totalBytes);
    }

    private void count(long base) throws IOException {
        Path file = sorted.file(base);
        if (disk.exists(file)) {
            files.put(base, file);
            try (Disk.DiskFile handle = disk.open(file)) {
                totalBytes += handle.size();
            }
        }
    }

    private void problem(CorruptionException e) {
        String where = e.file() + " at offset " + e.offset() + ": ";
        problem(e.file(), e.offset(), String.valueOf(e.getMessage()).replace(where, ""));
    }

    private void problem(Path file, long offset, String what) {
        if (problems.size() < PROBLEMS_MAX) {
            problems.add(new Problem(file, offset, what));
        }
    }

    private JournalFiles readManifest() throws IOException {
        List<Manifest.Line> lines = List.of();
        try {
            lines = Manifest.read(disk, directory);
        } catch (CorruptionException e) {
            problem(e);
        }
        for (Manifest.Line line : lines) {
            if (line.kind().isGivenBack()) {
                thinned.add(line.base());
            }
        }
        return JournalFiles.sort(disk, directory, lines, ForcedNote.read(disk, directory));
    }

    private void segment(long base, Path path, Disk.DiskFile file, long previous) throws IOException {
        long size = file.size();
        SegmentFormat.Header header = Segment.readHeader(file);
        boolean last = base == files.lastKey();
        if (header == null || header.base() != base) {
            if (last && size <= HEADER_BYTES && sorted.open.contains(base) && sorted.durable(base) == 0) {
                notes.add(new Problem(path, 0, "was created but never begun; the next start removes it"));
            } else {
                problem(path, 0, "the segment's header is damaged");
            }
            return;
        }
        if (header.previous() != previous && !sorted.deleted.contains(header.previous())) {
            problem(path, 0, "the segment before it, " + header.previous() + ", is missing");
        }
        List<Extent> extents = extents(base, header.generation());
        Manifest.Line line = sorted.complete.get(base);
        long end = line == null ? size : Math.min(size, line.length());
        SegmentCheck check = new SegmentCheck(path, file, header, end, extents);
        Found found = check.run();
        if (line != null) {
            sealed(path, file, header, line, found == Found.END ? check.hash() : null);
        } else if (found == Found.BROKEN) {
            broken(path, sorted.durable(header), check.scanner, last);
        } else if (found == Found.ZEROS && !last) {
            notes.add(new Problem(path, check.scanner.offset(), "ends with zeros; the next start cuts them off"));
        }
        int durable = sorted.durable(header);
        if (line == null && found != Found.BROKEN && check.scanner.offset() < durable) {
            problem(path, check.scanner.offset(), "the frames end here, but were durable up to offset " + durable);
        }
        doneBytes += size;
        progress.at(doneBytes, totalBytes);
    }

    private void broken(Path path, int durable, FrameScanner scanner, boolean last) throws IOException {
        long at = scanner.offset();
        String reason = scanner.reason();
        if (!last || at < durable || scanner.provenDurable(at)) {
            problem(path, at, reason);
        } else {
            notes.add(
                    new Problem(path, at, "a crash left an unfinished tail, which the next start cuts off: " + reason));
        }
    }

    private void sealed(
            Path path, Disk.DiskFile file, SegmentFormat.Header header, Manifest.Line line, byte @Nullable [] content)
            throws IOException {
        if (content == null) {
            return; // a frame is broken, which was said already
        }
        if (!line.isHashed()) {
            if (file.size() != line.length()) {
                problem(path, line.length(), "bytes follow the last frame of the segment");
            }
            return;
        }
        if (!Arrays.equals(content, line.content())) {
            problem(path, 0, "the segment's content does not have the hash that the manifest holds");
        }
        ByteBuffer bytes = SegmentFormat.allocate(FOOTER_BYTES);
        var _ = file.read(line.length(), bytes);
        SegmentFormat.Footer footer = SegmentFormat.decodeFooter(bytes.flip(), header.salt());
        if (footer == null
                || !Arrays.equals(footer.content(), line.content())
                || !Arrays.equals(footer.chain(), line.chain())) {
            problem(path, line.length(), "the segment's footer is damaged");
        } else if (file.size() != (long) line.length() + FOOTER_BYTES) {
            problem(path, (long) line.length() + FOOTER_BYTES, "bytes follow the segment's footer");
        }
    }

    /** An extent as the index has it. */
    private record Extent(StreamId stream, long sequence, int count, int offset, int length) {}

    /** What the index says of the segment, in the order of the file. */
    private List<Extent> extents(long base, int generation) throws IOException {
        IndexFile file = new IndexFile(directory, base, generation);
        Manifest.Line relied = sorted.mark;
        long durable = relied == null ? -1 : Math.min(relied.lastIndex(), covered);
        Long next = files.higherKey(base);
        List<Extent> extents = new ArrayList<>();
        try {
            if (next != null && next <= durable) {
                collect(base, file.loadFinished(disk).extents(), file.path(), extents);
            } else if (base <= durable && disk.exists(file.path())) {
                IndexFile.Loaded loaded = file.load(disk, durable);
                if (relied != null
                        && relied.base() == base
                        && relied.lastIndex() <= covered
                        && loaded.end() < relied.frames()) {
                    problem(file.path(), loaded.end(), "the block has a wrong checksum");
                }
                collect(base, loaded.extents(), file.path(), extents);
            } else if (base <= durable && relied != null && relied.base() == base && relied.frames() > 0) {
                problem(file.path(), 0, "the index is missing");
            }
        } catch (CorruptionException e) {
            problem(e);
        }
        extents.sort(Comparator.comparingInt(Extent::offset));
        return extents;
    }

    private void collect(long base, SortedMap<StreamId, ExtentList> lists, Path file, List<Extent> extents) {
        lists.forEach((stream, list) -> {
            ExtentList.Columns columns = list.columns();
            for (int i = 0; i < columns.size(); i++) {
                checkOrder(base, stream, columns.sequences()[i], file);
                seen.put(stream, new Seen(base, columns.sequences()[i] + columns.counts()[i] - 1));
                extents.add(new Extent(
                        stream,
                        columns.sequences()[i],
                        columns.counts()[i],
                        columns.offsets()[i],
                        columns.lengths()[i]));
            }
        });
    }

    /** A stream has no hole, but where a segment in between was deleted or compacted. */
    private void checkOrder(long base, StreamId stream, long sequence, Path file) {
        Seen before = seen.get(stream);
        if (before == null || before.sequence() + 1 == sequence) {
            return;
        }
        Long gone = thinned.higher(before.base());
        if (sequence <= before.sequence() || gone == null || gone > base) {
            problem(file, 0, "stream " + stream + " goes on with sequence " + sequence + " after " + before.sequence());
        }
    }

    /** One walk through one segment. */
    private final class SegmentCheck {
        private final Path path;
        private final long base;
        private final FrameScanner scanner;
        private final MessageDigest digest = ContentHash.begin();
        private final List<Extent> extents;
        private final boolean hashed;
        private int nextExtent;

        SegmentCheck(Path path, Disk.DiskFile file, SegmentFormat.Header header, long end, List<Extent> extents) {
            this.path = path;
            this.base = header.base();
            this.scanner = new FrameScanner(file, header.salt(), HEADER_BYTES, end, header.base() - 1);
            this.extents = extents;
            Manifest.Line line = sorted.complete.get(base);
            hashed = line != null && line.isHashed();
            digest.update(SegmentFormat.encode(header));
        }

        Found run() throws IOException {
            Found found = scanner.step();
            while (found == Found.FRAME) {
                frames++;
                if (hashed) {
                    digest.update(scanner.bytes());
                }
                events();
                progress.at(doneBytes + scanner.offset(), totalBytes);
                found = scanner.step();
            }
            if (found == Found.BROKEN && sorted.complete.containsKey(base)) {
                problem(path, scanner.offset(), scanner.reason());
            } else if (found != Found.BROKEN && nextExtent < extents.size()) {
                outside(extents.get(nextExtent));
            }
            return found;
        }

        byte[] hash() {
            return digest.digest();
        }

        private void outside(Extent extent) {
            problem(
                    path,
                    extent.offset(),
                    "the index has sequence " + extent.sequence() + " of stream " + extent.stream()
                            + " here, where no entry is");
        }

        /** Checks the extents that lie in the current frame. */
        private void events() {
            int start = Math.toIntExact(scanner.offset()) + FRAME_BYTES;
            int end = Math.toIntExact(scanner.nextOffset());
            if (nextExtent == extents.size() || extents.get(nextExtent).offset() >= end) {
                return;
            }
            ByteBuffer body = scanner.body();
            EventCursor cursor = new EventCursor(body);
            RequestCodec.Cursor requests = RequestCodec.cursor(body);
            int requestEnd = start;
            Predicate<StreamId> appendedTo = _ -> true;
            while (nextExtent < extents.size() && extents.get(nextExtent).offset() < end) {
                Extent extent = extents.get(nextExtent++);
                if (extent.offset() < start || extent.offset() + extent.length() > end) {
                    outside(extent);
                    continue;
                }
                try {
                    while (requestEnd <= extent.offset() && requests.hasNext()) {
                        var request = requests.next();
                        requestEnd =
                                start + requests.bodyOffset() + request.body().remaining();
                        appendedTo = appendedTo(request);
                    }
                } catch (MalformedException e) {
                    problem(
                            path,
                            start,
                            "the requests of entry " + scanner.index() + " are malformed: " + e.getMessage());
                }
                if (!appendedTo.test(extent.stream())) {
                    problem(
                            path,
                            extent.offset(),
                            "the index has stream " + extent.stream() + " here, which the entry does not append to");
                }
                records(cursor, extent, start);
            }
        }

        /** Which streams a request may have appended to, as far as its form alone tells. */
        private static Predicate<StreamId> appendedTo(Request request) {
            return switch (request.operation()) {
                case APPEND -> AppendBody.parse(request.body()).stream()::equals;
                case APPEND_ALL ->
                    AppendAllBody.parse(request.body()).parts().stream()
                            .map(AppendAllBody.Part::stream)
                            .collect(Collectors.toSet())::contains;
                default -> _ -> true;
            };
        }

        private void records(EventCursor cursor, Extent extent, int bodyStart) {
            int from = extent.offset() - bodyStart;
            cursor.reset(from, from + extent.length());
            int count = 0;
            try {
                while (cursor.next()) {
                    count++;
                }
            } catch (MalformedException e) {
                problem(
                        path,
                        (long) bodyStart + cursor.offset(),
                        "sequence " + (extent.sequence() + count) + " of stream " + extent.stream() + ": "
                                + e.getMessage());
                return;
            }
            events += count;
            if (count != extent.count()) {
                problem(
                        path,
                        extent.offset(),
                        "the index has " + extent.count() + " events of stream " + extent.stream()
                                + " here, the entry has " + count);
            }
        }
    }
}
