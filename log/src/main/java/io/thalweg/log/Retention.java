package io.thalweg.log;

import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.Segment;
import io.thalweg.model.StreamId;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Gives back the space of what nobody reads any more: events that no stream keeps, and requests that left none, as bookings do.
 * A complete segment in which nothing is kept is deleted; one in which little is kept is written again with only the
 * requests that have a kept event, under the next generation number.
 *
 * <p>A segment of which much is kept keeps what little is not, unless it is asked to {@link #erase} what was deleted.
 *
 * <p>What is not kept is judged by what every snapshot that may still be loaded has let go of, not by the newest trim: a
 * restart from such a snapshot must find all that it keeps. Readers that use an old generation finish in peace.
 *
 * <p>Meant for one background thread, which nobody interrupts.
 */
public final class Retention {
    /** A segment of which more than this share is kept is left alone: the rest is not worth writing it again. */
    private static final double COMPACT_BELOW = 0.5;

    /** So much room stays when a segment is written again only to be rid of what was deleted. */
    private static final long ROOM_BYTES = 64 << 20;

    /** None is asked for. */
    private static final long NOTHING = -1;

    private final Journal journal;
    private final EventIndex index;

    /** What was deleted is to go from all segments that begin up to there. */
    private final AtomicLong erasedUpTo = new AtomicLong(NOTHING);

    public Retention(Journal journal, EventIndex index) {
        this.journal = journal;
        this.index = index;
    }

    /**
     * Has the steps from now on write each segment again that has entries up to now, once it is complete and behind the floor, however little of it is not kept: one that
     * was never written again, for it may have requests without events of whoever is gone, and one with anything of a stream that is deleted. The newest is complete
     * with the next entry. Any thread.
     *
     * @param applied index of the newest entry that is applied: what deletes need not be in the journal, and nothing is done with before the floor has it, too
     */
    public void erase(long applied) {
        erasedUpTo.accumulateAndGet(Math.max(applied, journal.lastIndex()), Math::max);
        journal.endSegment();
    }

    /** Whether what was to be erased may still be there. Any thread. */
    public boolean isErasing() {
        return erasedUpTo.get() != NOTHING;
    }

    /**
     * Deletes one dead segment, or compacts one that is mostly dead, or has what is to be erased.
     *
     * @param floorIndex the index that the oldest snapshot covers which may still be loaded; entries behind it may be asked for
     *     by the consensus and are not touched
     * @return false when there was nothing to do
     */
    public boolean step(long floorIndex) throws IOException {
        index.confirm(floorIndex);
        long erased = erasedUpTo.get();
        boolean waits = false;
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
            boolean wanted = segment.base() <= erased && (segment.generation() == 0 || hasDeleted(candidate));
            boolean erases = wanted && hasRoom(segment);
            waits |= wanted && !erases;
            if ((erases || kept < COMPACT_BELOW * worth(candidate)) && compact(candidate, erases)) {
                return true;
            }
        }
        if (erased != NOTHING && !waits && isErased(erased, floorIndex)) {
            // Not what was asked for meanwhile.
            erasedUpTo.compareAndSet(erased, NOTHING);
        }
        return false;
    }

    /** A disk that is full keeps what was deleted: to write it again would halt the shard. */
    private boolean hasRoom(Segment segment) throws IOException {
        return journal.disk().usableBytes(journal.directory()) - segment.end() > ROOM_BYTES;
    }

    /** Whether there are bytes of a stream that every snapshot which may still be loaded has as deleted. */
    private static boolean hasDeleted(SegmentIndex candidate) {
        for (Part part : candidate.parts()) {
            if (part.bytes > 0 && part.stream.firstConfirmed == StreamState.NOTHING) {
                return true;
            }
        }
        return false;
    }

    /** Whether no step finds anything to erase any more: what was deleted is so in every snapshot, and no segment, nor its index, is still to become complete. */
    private boolean isErased(long upTo, long floorIndex) {
        Set<Long> finished = index.finished().stream().map(SegmentIndex::base).collect(Collectors.toSet());
        return upTo <= floorIndex
                && journal.segments().stream()
                        .filter(segment -> segment.base() <= upTo)
                        .allMatch(segment -> segment.seal() != null
                                && segment.lastIndex() <= floorIndex
                                && finished.contains(segment.base()));
    }

    private static long keptBytes(SegmentIndex candidate) {
        long kept = 0;
        for (Part part : candidate.parts()) {
            kept += part.bytesFrom(part.stream.firstConfirmed);
        }
        return kept;
    }

    /**
     * What a segment's kept bytes are compared with: all its bytes. One that was rewritten has only requests with a kept event in
     * it, some of them much larger than the event, and would stay what it is however often it was written again; so it is
     * compared with what it kept then.
     */
    private static long worth(SegmentIndex candidate) {
        if (candidate.segment.generation() == 0) {
            return candidate.segment.end();
        }
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

    /**
     * False when writing the segment again would save too little: a large extent is kept for a single event.
     *
     * @param anyhow however little it saves
     */
    private boolean compact(SegmentIndex old, boolean anyhow) throws IOException {
        List<Compaction.Kept> kept = keptExtents(old);
        Segment segment = old.segment;
        if (!anyhow && kept.stream().mapToLong(Compaction.Kept::length).sum() > COMPACT_BELOW * worth(old)) {
            return false;
        }
        Compaction compaction = new Compaction(journal, segment, kept);
        Segment compacted = compaction.write();
        SegmentIndex by = new SegmentIndex(
                compacted, new IndexFile(journal.directory(), compacted.base(), compacted.generation()));
        List<IndexFile.Share> shares = IndexFile.shares(compaction.extents());
        writeIndex(by, compaction.extents(), shares);
        by.extents = compaction.extents();
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
    private List<Compaction.Kept> keptExtents(SegmentIndex old) throws IOException {
        List<Compaction.Kept> kept = new ArrayList<>();
        for (Part part : old.parts()) {
            long first = part.stream.firstConfirmed;
            if (part.lastSequence < first) {
                continue;
            }
            ExtentList.Columns extents = index.extents(part);
            for (int i = Math.max(0, extents.find(first)); i < extents.size(); i++) {
                kept.add(new Compaction.Kept(
                        part.stream.id,
                        extents.sequences()[i],
                        extents.counts()[i],
                        extents.timestamps()[i],
                        extents.offsets()[i],
                        extents.lengths()[i]));
            }
        }
        kept.sort(Comparator.comparingInt(Compaction.Kept::offset));
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
}
