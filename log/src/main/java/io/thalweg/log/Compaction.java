package io.thalweg.log;

import static io.thalweg.log.journal.SegmentFormat.FRAME_BYTES;
import static io.thalweg.log.journal.SegmentFormat.HEADER_BYTES;

import io.thalweg.log.journal.FrameScanner;
import io.thalweg.log.journal.FrameScanner.Found;
import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.Segment;
import io.thalweg.log.journal.SegmentFormat;
import io.thalweg.model.Checksum;
import io.thalweg.model.StreamId;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the next generation of a segment: the frames that have a kept event, with only those of their requests that do. The file
 * is worth nothing before the manifest names it. Used once.
 */
final class Compaction {
    /** An extent on its way to another place. */
    record Kept(StreamId stream, long sequence, int count, long timestampNs, int offset, int length) {}

    private final Journal journal;
    private final Segment old;
    private final List<Kept> kept;
    private final SortedMap<StreamId, ExtentList> extents = new TreeMap<>();
    private final Checksum checksum = new Checksum();
    private int nextKept;

    /** @param kept in the order of the file */
    Compaction(Journal journal, Segment old, List<Kept> kept) {
        this.journal = journal;
        this.old = old;
        this.kept = kept;
    }

    Segment write() throws IOException {
        if (!old.acquire()) {
            throw new IllegalStateException(old + " is retired");
        }
        try {
            return copy();
        } finally {
            old.release();
        }
    }

    /** Where the kept extents are now. */
    SortedMap<StreamId, ExtentList> extents() {
        return extents;
    }

    private Segment copy() throws IOException {
        SegmentFormat.Header header = old.header();
        SegmentFormat.Header next =
                new SegmentFormat.Header(old.base(), old.generation() + 1, header.previous(), header.salt());
        Segment compacted = Segment.create(journal.disk(), journal.directory(), next);
        Disk.DiskFile file = compacted.handle();
        FrameScanner scanner = new FrameScanner(old.handle(), header.salt(), HEADER_BYTES, old.end(), old.base() - 1);
        int frames = 0;
        while (scanner.step() == Found.FRAME) {
            ByteBuffer frame = keptFrame(scanner, next.salt(), compacted.end());
            if (frame != null) {
                int offset = compacted.end();
                int bytes = frame.remaining();
                file.write(offset, frame);
                compacted.grew(scanner.index(), offset, offset + bytes);
                frames++;
            }
        }
        if (scanner.offset() != old.end()) {
            throw new CorruptionException(old.file(), scanner.offset(), scanner.reason());
        }
        if (nextKept != kept.size()) {
            throw new IllegalStateException(old + " has " + (kept.size() - nextKept) + " extents outside its requests");
        }
        file.force();
        compacted.compactedAs(new Segment.Seal(frames, null), old.lastIndex());
        return compacted;
    }

    /** The frame with those of its requests that have a kept event; null when none has. */
    private @Nullable ByteBuffer keptFrame(FrameScanner scanner, long salt, int offset) {
        int bodyAt = Math.toIntExact(scanner.offset()) + FRAME_BYTES;
        ByteBuffer body = scanner.body();
        ByteBuffer frame = SegmentFormat.allocate(FRAME_BYTES + body.remaining());
        frame.position(FRAME_BYTES);
        int requests = 0;
        RequestCodec.Cursor cursor = RequestCodec.cursor(body);
        while (nextKept < kept.size() && kept.get(nextKept).offset() < bodyAt + body.limit() && cursor.hasNext()) {
            var request = cursor.next();
            int start = bodyAt + cursor.bodyOffset();
            int end = start + request.body().remaining();
            if (kept.get(nextKept).offset() >= end) {
                continue;
            }
            int moved = offset + frame.position() + RequestCodec.HEADER_BYTES - start;
            frame.put(body.slice(
                    cursor.bodyOffset() - RequestCodec.HEADER_BYTES, RequestCodec.HEADER_BYTES + end - start));
            requests++;
            while (nextKept < kept.size() && kept.get(nextKept).offset() < end) {
                move(kept.get(nextKept), moved);
                nextKept++;
            }
        }
        if (requests == 0) {
            return null;
        }
        int length = frame.position() - FRAME_BYTES;
        SegmentFormat.putFrame(
                frame,
                0,
                salt,
                offset,
                scanner.index(),
                scanner.term(),
                scanner.stampNs(),
                offset,
                requests,
                length,
                checksum.of(frame, FRAME_BYTES, length),
                checksum);
        return frame.flip();
    }

    private void move(Kept extent, int by) {
        extents.computeIfAbsent(extent.stream(), _ -> new ExtentList(4))
                .add(extent.sequence(), extent.count(), extent.timestampNs(), extent.offset() + by, extent.length());
    }
}
