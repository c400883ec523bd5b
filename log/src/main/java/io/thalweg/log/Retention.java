package io.thalweg.log;

import static io.thalweg.log.SegmentFormat.FRAME_BYTES;
import static io.thalweg.log.SegmentFormat.HEADER_BYTES;

import io.thalweg.log.FrameScanner.Found;
import io.thalweg.model.Checksum;
import io.thalweg.model.RequestCodec;
import io.thalweg.model.StreamId;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives back the space of events that no stream keeps any more. A sealed segment in which nothing is kept is deleted; one in
 * which little is kept is written again with only the requests that have a kept event, under the next generation number, and
 * the manifest keeps the hash of what was there, so that the chain goes on.
 *
 * <p>What is not kept is judged by what every snapshot that may still be loaded has let go of, not by the newest trim: a
 * restart from such a snapshot must find all that it keeps. Readers that use an old generation finish in peace.
 *
 * <p>Meant for one background thread, which nobody interrupts.
 */
public final class Retention {
    /** A segment of whose events more than this share is kept is left alone: the rest is not worth writing it again. */
    private static final double COMPACT_BELOW = 0.5;

    private final Journal journal;
    private final EventIndex index;

    public Retention(Journal journal, EventIndex index) {
        this.journal = journal;
        this.index = index;
    }

    /**
     * Deletes one dead segment, or compacts one that is mostly dead.
     *
     * @param floorIndex the index that the oldest snapshot covers which may still be loaded; entries behind it may be asked for
     *     by the consensus and are not touched
     * @return false when there was nothing to do
     */
    public boolean step(long floorIndex) throws IOException {
        index.confirm(floorIndex);
        for (SegmentIndex candidate : index.finished()) {
            Segment segment = candidate.segment;
            if (segment.seal() == null || segment.lastIndex() > floorIndex) {
                continue;
            }
            long kept = keptBytes(candidate);
            if (kept == 0) {
                delete(candidate);
                return true;
            }
            if (kept < COMPACT_BELOW * eventBytes(candidate) && compact(candidate)) {
                return true;
            }
        }
        return false;
    }

    private static long keptBytes(SegmentIndex candidate) {
        long kept = 0;
        for (Part part : candidate.parts()) {
            kept += part.bytesFrom(part.stream.firstConfirmed);
        }
        return kept;
    }

    private static long eventBytes(SegmentIndex candidate) {
        long bytes = 0;
        for (Part part : candidate.parts()) {
            bytes += part.bytes;
        }
        return bytes;
    }

    private void delete(SegmentIndex dead) throws IOException {
        index.replace(dead, null, Map.of());
        journal.delete(dead.segment, dead.file.path());
        journal.disk().forceDirectory(journal.directory());
    }

    /** An extent on its way to another place. */
    private record Kept(StreamId stream, long sequence, int count, long timestampNs, int offset, int length) {}

    /** False when writing the segment again would save too little: a large extent is kept for a single event. */
    private boolean compact(SegmentIndex old) throws IOException {
        List<Kept> kept = keptExtents(old);
        Segment segment = old.segment;
        if (kept.stream().mapToLong(Kept::length).sum() > COMPACT_BELOW * eventBytes(old)) {
            return false;
        }
        Compaction compaction = new Compaction(segment, kept);
        Segment compacted = compaction.write();
        SegmentIndex by = new SegmentIndex(
                compacted, new IndexFile(journal.directory(), compacted.base(), compacted.generation()));
        List<IndexFile.Share> shares = IndexFile.shares(compaction.extents);
        writeIndex(by, compaction.extents, shares);
        by.extents = compaction.extents;
        by.finished = true;
        journal.replace(segment, compacted);
        Map<StreamState, Part> parts = new HashMap<>();
        Map<StreamId, IndexFile.Share> byStream = new HashMap<>();
        for (IndexFile.Share share : shares) {
            byStream.put(share.stream(), share);
        }
        for (Part part : old.parts()) {
            IndexFile.Share share = byStream.get(part.stream.id);
            if (share != null) {
                Part moved = new Part(part.stream, by, share);
                by.add(moved);
                parts.put(part.stream, moved);
            }
        }
        index.replace(old, by, parts);
        segment.retire(old.file.path());
        journal.disk().forceDirectory(journal.directory());
        return true;
    }

    /** Extents with a kept event, in the order of the file. */
    private List<Kept> keptExtents(SegmentIndex old) throws IOException {
        List<Kept> kept = new ArrayList<>();
        for (Part part : old.parts()) {
            long first = part.stream.firstConfirmed;
            if (part.lastSequence < first) {
                continue;
            }
            ExtentList.Columns extents = index.extents(part);
            for (int i = Math.max(0, extents.find(first)); i < extents.size(); i++) {
                kept.add(new Kept(
                        part.stream.id,
                        extents.sequences()[i],
                        extents.counts()[i],
                        extents.timestamps()[i],
                        extents.offsets()[i],
                        extents.lengths()[i]));
            }
        }
        kept.sort(Comparator.comparingInt(Kept::offset));
        return kept;
    }

    private void writeIndex(SegmentIndex by, SortedMap<StreamId, ExtentList> extents, List<IndexFile.Share> shares)
            throws IOException {
        List<IndexFile.Run> runs = new ArrayList<>();
        extents.forEach((stream, list) -> runs.add(new IndexFile.Run(stream, list.columns(), 0, list.size())));
        long lastIndex = by.segment.lastIndex();
        try (Disk.DiskFile file = journal.disk().open(by.file.path())) {
            file.truncate(0);
            ByteBuffer header = by.file.header();
            ByteBuffer block = by.file.block(runs, lastIndex);
            long end = (long) header.remaining() + block.remaining();
            ByteBuffer summary = by.file.summary(shares, lastIndex, end);
            file.write(0, header, block, summary);
            file.force();
        }
        journal.disk().forceDirectory(journal.directory());
    }

    /** Writes the next generation of a segment. */
    private final class Compaction {
        private final Segment old;
        private final List<Kept> kept;
        private final SortedMap<StreamId, ExtentList> extents = new TreeMap<>();
        private final Checksum checksum = new Checksum();
        private int nextKept;

        Compaction(Segment old, List<Kept> kept) {
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

        private Segment copy() throws IOException {
            SegmentFormat.Header header = old.header();
            SegmentFormat.Header next =
                    new SegmentFormat.Header(old.base(), old.generation() + 1, header.previous(), header.salt());
            MessageDigest digest = Journal.sha256();
            digest.update(SegmentFormat.encode(next));
            Segment compacted = Segment.create(journal.disk(), journal.directory(), next);
            Disk.DiskFile file = compacted.handle();
            FrameScanner scanner =
                    new FrameScanner(old.handle(), header.salt(), HEADER_BYTES, old.end(), old.base() - 1);
            int frames = 0;
            while (scanner.step() == Found.FRAME) {
                ByteBuffer frame = keptFrame(scanner, next.salt(), compacted.end());
                if (frame != null) {
                    digest.update(frame.duplicate());
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
            Segment.Seal seal = old.seal();
            if (seal == null || nextKept != kept.size()) {
                throw new IllegalStateException(
                        old + " has " + (kept.size() - nextKept) + " extents outside its requests");
            }
            return seal(compacted, file, digest.digest(), seal, frames);
        }

        private Segment seal(Segment compacted, Disk.DiskFile file, byte[] content, Segment.Seal seal, int frames)
                throws IOException {
            SegmentFormat.Footer footer = new SegmentFormat.Footer(
                    compacted.end(), frames, old.lastIndex(), content, previousChain(), seal.chain());
            file.write(
                    compacted.end(),
                    SegmentFormat.encode(footer, compacted.header().salt()));
            file.force();
            compacted.compactedAs(new Segment.Seal(frames, content, seal.chain()), old.lastIndex());
            return compacted;
        }

        private byte[] previousChain() throws IOException {
            ByteBuffer bytes = SegmentFormat.allocate(SegmentFormat.FOOTER_BYTES);
            var _ = old.handle().read(old.end(), bytes);
            SegmentFormat.Footer footer =
                    SegmentFormat.decodeFooter(bytes.flip(), old.header().salt());
            if (footer == null) {
                throw new CorruptionException(old.file(), old.end(), "the segment's footer is damaged");
            }
            return footer.previous();
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
                    .add(
                            extent.sequence(),
                            extent.count(),
                            extent.timestampNs(),
                            extent.offset() + by,
                            extent.length());
        }
    }
}
