package io.thalweg.log;

import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.JournalEntry;
import io.thalweg.log.journal.Manifest;
import io.thalweg.log.journal.Segment;
import io.thalweg.model.StreamId;
import io.thalweg.model.event.EventCodec;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the events of each stream stand in the journal.
 *
 * <p>The journal keeps all streams interleaved; a stream's events lie in it as <em>extents</em>, runs of records that follow
 * each other in the file. Each append makes one, or several when it is large: an extent has at most {@value
 * #EXTENT_EVENTS_MAX} events or about {@value #EXTENT_BYTES_MAX} bytes, so that a reader who wants one event in the middle
 * never walks far. A sequence is found in two binary searches, one over the segments in which the stream has a part (in memory
 * for all streams, 80 bytes a part), one over the part's extents (in memory for the newest segment and, within a bound, for
 * those read lately; 28 bytes an extent).
 *
 * <h2>Durability</h2>
 *
 * <p>The index is written behind: entries are applied again after a crash, and their extents added again, so only a snapshot
 * must find its index on disk. {@link #checkpoint} therefore adds the extents since the last one to the newest segment's index
 * file, as one block that names the last entry applied, and forces it. Opening as of an applied index reads blocks up to that
 * one and drops the rest. When a segment gets no more events its file is finished with a summary, which is all that opening
 * reads of it. {@link #restore} then compares what the snapshot knows of a stream with what the index holds: a hole is
 * corruption, and named.
 *
 * <h2>Threads</h2>
 *
 * <p>{@link #add}, {@link #publish}, {@link #trim}, {@link #delete} and {@link #checkpoint} come from the apply thread.
 * Readers take no lock that it holds for longer than a few instructions. {@link Retention} works beside both.
 */
public final class EventIndex implements AutoCloseable {
    static final int EXTENT_EVENTS_MAX = 128;
    static final int EXTENT_BYTES_MAX = 64 << 10;

    /** What a stream takes, counted over the events that it still keeps; bytes are those of records, metadata included. */
    public record Usage(long events, long bytes, long firstTimestampNs, long lastTimestampNs) {
        public static final Usage NONE = new Usage(0, 0, 0, 0);
    }

    /** What streams kept when the entry at {@code index} had been applied, as far as it changed since the one before. */
    private record Trims(long index, SequencedMap<StreamState, Long> firsts) {}

    private final Journal journal;
    private final ExtentCache cache;
    private final Map<StreamId, StreamState> streams = new ConcurrentHashMap<>();
    private final NavigableMap<Long, SegmentIndex> segments = new ConcurrentSkipListMap<>();

    // Of the apply thread:
    private @Nullable SegmentIndex tail;
    private @Nullable TailFile tailFile;
    private final List<StreamState> tailDirty = new ArrayList<>();
    private final List<TailFile> unforced = new ArrayList<>();
    private long finishedBelow;
    private SequencedMap<StreamState, Long> trimmed = new LinkedHashMap<>();
    private long writtenBytes;

    /** Guarded by itself. */
    private final Deque<Trims> unconfirmed = new ArrayDeque<>();

    private EventIndex(Journal journal, long cacheBytes) {
        this.journal = journal;
        this.cache = new ExtentCache(journal.disk(), cacheBytes);
    }

    /**
     * Opens the index of a journal as of {@code appliedIndex}, which must be what an earlier {@link #checkpoint} was given, or
     * -1 for an empty one. Entries behind it have to be applied, and so added, again.
     *
     * @param cacheBytes memory for the extents of old segments
     * @throws CorruptionException when the index of an old segment is missing or damaged
     */
    public static EventIndex open(Journal journal, long appliedIndex, long cacheBytes) throws IOException {
        EventIndex index = new EventIndex(journal, cacheBytes);
        Segment newest = null;
        for (Segment segment : journal.segments()) {
            if (newest != null && segment.base() <= appliedIndex) {
                index.openFinished(newest);
            }
            if (segment.base() > appliedIndex) {
                break;
            }
            newest = segment;
        }
        if (newest != null) {
            index.openTail(newest, appliedIndex);
            index.finishedBelow = newest.base();
        }
        return index;
    }

    private IndexFile fileOf(Segment segment) {
        return new IndexFile(journal.directory(), segment.base(), segment.generation());
    }

    private void openFinished(Segment segment) throws IOException {
        SegmentIndex index = new SegmentIndex(segment, fileOf(segment));
        index.finished = true;
        segments.put(segment.base(), index);
        for (IndexFile.Share share : index.file.readSummary(journal.disk())) {
            addPart(index, share);
        }
    }

    /** The segment that holds the last applied entry: it may get more events, and its file may have blocks too many. */
    private void openTail(Segment segment, long appliedIndex) throws IOException {
        IndexFile file = fileOf(segment);
        SegmentIndex index = new SegmentIndex(segment, file);
        IndexFile.Loaded loaded = file.loadIfBegun(journal.disk(), appliedIndex);
        ConcurrentSkipListMap<StreamId, ExtentList> extents = new ConcurrentSkipListMap<>(loaded.extents());
        index.extents = extents;
        segments.put(segment.base(), index);
        for (IndexFile.Share share : IndexFile.shares(extents)) {
            Part part = addPart(index, share);
            ExtentList list = extents.get(share.stream());
            part.stream.tail = part;
            part.stream.tailExtents = list;
            part.stream.tailFlushed = list == null ? 0 : list.size();
        }
        Manifest.Line mark = journal.newestMark();
        if (mark != null
                && mark.base() == segment.base()
                && mark.lastIndex() <= appliedIndex
                && loaded.end() < mark.frames()) {
            throw new CorruptionException(file.path(), loaded.end(), "the block has a wrong checksum");
        }
        Disk.DiskFile handle = journal.disk().open(file.path());
        handle.truncate(loaded.end());
        tail = index;
        tailFile = new TailFile(index, handle, loaded.end());
    }

    /** Adds a part to a stream that nobody has asked for yet. */
    private Part addPart(SegmentIndex index, IndexFile.Share share) {
        StreamState state = streams.computeIfAbsent(share.stream(), EventIndex::unknown);
        Part[] before = state.parts();
        if (before.length > 0 && before[before.length - 1].lastSequence >= share.firstSequence()) {
            throw new CorruptionException(
                    index.file.path(),
                    0,
                    "stream " + share.stream() + " goes on with sequence " + share.firstSequence() + " after "
                            + before[before.length - 1].lastSequence);
        }
        Part part = new Part(state, index, share);
        state.add(part);
        index.add(part);
        return part;
    }

    /** A stream that the index has events of; only {@link #restore} makes it one that keeps them. */
    private static StreamState unknown(StreamId id) {
        StreamState state = new StreamState(id);
        state.first = StreamState.NOTHING;
        state.firstConfirmed = StreamState.NOTHING;
        return state;
    }

    /**
     * Tells what the state machine's snapshot knows of a stream: its head and the oldest sequence that it keeps. To be called
     * for each stream after {@link #open} and before anything is added; other streams count as deleted.
     *
     * @throws CorruptionException when the index does not hold exactly these events
     */
    public void restore(StreamId stream, long first, long head) {
        StreamState state = streams.computeIfAbsent(stream, StreamState::new);
        long covered = covered(state, first);
        if (first <= head ? covered != head : covered > head) {
            TailFile newest = tailFile;
            Path file = newest == null ? journal.directory() : newest.index.file.path();
            String held = covered < first ? "none of them" : "only those up to " + covered;
            throw new CorruptionException(
                    file,
                    newest == null ? 0 : newest.end(),
                    "the snapshot has events " + first + ".." + head + " of stream " + stream + ", but the index has "
                            + (covered > head ? "events up to " + covered : held));
        }
        state.added = head;
        state.first = first;
        state.firstConfirmed = first;
        show(state, head);
    }

    /** Up to where the index has every event from {@code first} on. What is before may have holes: retention came by. */
    private static long covered(StreamState state, long first) {
        long covered = first - 1;
        for (Part part : state.parts()) {
            if (part.lastSequence > covered) {
                if (part.firstSequence > covered + 1) {
                    break;
                }
                covered = part.lastSequence;
            }
        }
        return covered;
    }

    /**
     * Adds events of the entry that is being applied. They are seen by nobody before {@link #publish}.
     *
     * @param firstSequence must be the one after the last added
     * @param timestampNs of the first; each next has one nanosecond more
     * @param offset where the first event record begins in the entry's body
     * @param length bytes of all the records
     */
    public void add(
            JournalEntry entry,
            StreamId stream,
            long firstSequence,
            int count,
            long timestampNs,
            int offset,
            int length) {
        StreamState state = streams.computeIfAbsent(stream, StreamState::new);
        if (firstSequence != state.added + 1 || count < 1) {
            throw new IllegalArgumentException(count + " events from sequence " + firstSequence
                    + " do not follow sequence " + state.added + " of stream " + stream);
        }
        try {
            Part part = tailPart(state, entry, firstSequence, timestampNs);
            addExtents(state, entry, firstSequence, count, timestampNs, offset, length);
            part.grow(length, timestampNs + count - 1, firstSequence + count - 1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the index of a segment that is complete", e);
        }
        state.added = firstSequence + count - 1;
    }

    private Part tailPart(StreamState state, JournalEntry entry, long firstSequence, long timestampNs)
            throws IOException {
        SegmentIndex newest = tail;
        if (newest == null || newest.base() != entry.segment()) {
            newest = begin(entry.segment());
        }
        Part part = state.tail;
        if (part == null || !part.index.equals(newest)) {
            part = new Part(
                    state,
                    newest,
                    new IndexFile.Share(state.id, firstSequence, firstSequence - 1, 0, timestampNs, timestampNs));
            ExtentList extents = new ExtentList(4);
            SortedMap<StreamId, ExtentList> all = newest.extents;
            if (all == null) {
                throw new IllegalStateException("the extents of the newest segment are not in memory");
            }
            all.put(state.id, extents);
            state.tail = part;
            state.tailExtents = extents;
            state.tailFlushed = 0;
            state.add(part);
            newest.add(part);
        }
        return part;
    }

    private void addExtents(
            StreamState state,
            JournalEntry entry,
            long firstSequence,
            int count,
            long timestampNs,
            int offset,
            int length) {
        ExtentList extents = state.tailExtents;
        if (extents == null) {
            throw new IllegalStateException("stream " + state.id + " has no extents in the newest segment");
        }
        if (extents.size() == state.tailFlushed) {
            tailDirty.add(state);
        }
        if (count <= EXTENT_EVENTS_MAX && length <= EXTENT_BYTES_MAX) {
            extents.add(firstSequence, count, timestampNs, entry.bodyOffset() + offset, length);
            return;
        }
        ByteBuffer body = entry.body();
        int end = offset + length;
        int start = offset;
        int at = offset;
        int done = 0;
        for (int i = 0; i < count; i++) {
            int next = at + EventCodec.recordBytes(body, body.position() + at, body.position() + end);
            boolean full = i - done == EXTENT_EVENTS_MAX || (next - start > EXTENT_BYTES_MAX && at > start);
            if (full) {
                extents.add(firstSequence + done, i - done, timestampNs + done, entry.bodyOffset() + start, at - start);
                start = at;
                done = i;
            }
            at = next;
        }
        extents.add(firstSequence + done, count - done, timestampNs + done, entry.bodyOffset() + start, end - start);
    }

    /** Turns to the segment that gets events from here on. */
    private SegmentIndex begin(long base) throws IOException {
        finishBelow(base);
        Segment segment = journal.segment(base);
        if (segment == null) {
            throw new IllegalStateException("the journal has no segment " + base);
        }
        SegmentIndex index = new SegmentIndex(segment, fileOf(segment));
        index.extents = new ConcurrentSkipListMap<>();
        segments.put(base, index);
        tail = index;
        tailFile = TailFile.create(journal.disk(), index);
        writtenBytes += tailFile.end();
        return index;
    }

    /** Ends the index files of all segments before {@code base}: their entries have all been applied. */
    private void finishBelow(long base) throws IOException {
        for (Segment segment : journal.segments()) {
            if (segment.base() >= base) {
                break;
            }
            if (segment.base() < finishedBelow) {
                continue;
            }
            TailFile file = tailFile;
            if (file == null || file.index.base() != segment.base()) {
                SegmentIndex empty = new SegmentIndex(segment, fileOf(segment));
                empty.extents = new ConcurrentSkipListMap<>();
                segments.put(segment.base(), empty);
                file = TailFile.create(journal.disk(), empty);
                writtenBytes += file.end();
            }
            finish(file);
        }
        finishedBelow = base;
    }

    private void finish(TailFile file) throws IOException {
        SegmentIndex index = file.index;
        if (index.equals(tail)) {
            writeBlock(file, index.segment.lastIndex());
            tail = null;
            tailFile = null;
        }
        SortedMap<StreamId, ExtentList> extents = index.extents;
        List<IndexFile.Share> shares = extents == null ? List.of() : IndexFile.shares(extents);
        ByteBuffer summary = index.file.summary(shares, index.segment.lastIndex(), file.end());
        writtenBytes += summary.remaining();
        file.write(summary);
        unforced.add(file);
    }

    private void writeBlock(TailFile file, long lastIndex) throws IOException {
        long before = file.end();
        file.writeBlock(tailDirty, lastIndex);
        tailDirty.clear();
        writtenBytes += file.end() - before;
    }

    /** Shows everything of {@code stream} up to {@code head} to readers, and wakes those who wait for it. */
    public void publish(StreamId stream, long head) {
        StreamState state = streams.computeIfAbsent(stream, StreamState::new);
        if (head > state.added) {
            throw new IllegalArgumentException(
                    "stream " + stream + " has events up to " + state.added + " and cannot show " + head);
        }
        show(state, head);
    }

    private static void show(StreamState state, long head) {
        state.head = head;
        state.waiters.reached(head);
    }

    /** Forgets the events before {@code first}; their bytes go when {@link Retention} comes by. */
    public void trim(StreamId stream, long first) {
        StreamState state = streams.get(stream);
        if (state != null && first > state.first) {
            state.first = first;
            trimmed.put(state, first);
        }
    }

    /** Forgets the whole stream; what is known of it in memory goes with its last segment. */
    public void delete(StreamId stream) {
        trim(stream, StreamState.NOTHING);
        StreamState state = streams.get(stream);
        if (state != null) {
            forget(state);
        }
    }

    private void forget(StreamState state) {
        if (state.isDeleted() && state.parts().length == 0) {
            streams.remove(state.id, state);
        }
    }

    /** Streams of which anything is in memory. */
    int streams() {
        return streams.size();
    }

    /** The slow part of a checkpoint. */
    @FunctionalInterface
    public interface Checkpoint {
        /** Makes durable what was added before; once, in the order of the checkpoints, on any thread. */
        void persist() throws IOException;
    }

    /**
     * Begins to make everything added so far durable: hands it to the disk, and leaves the waiting to the caller's choice of
     * thread.
     *
     * @param appliedIndex the index of the last entry that was applied, which the snapshot covers
     */
    public Checkpoint checkpoint(long appliedIndex) throws IOException {
        long entry = journal.floor(appliedIndex);
        Segment newest = null;
        for (Segment segment : journal.segments()) {
            if (segment.base() <= entry) {
                newest = segment;
            }
        }
        if (newest != null) {
            finishBelow(newest.base());
        }
        TailFile file = tailFile;
        if (file != null) {
            writeBlock(file, entry);
        }
        boolean marks = newest != null;
        long indexBytes = newest == null || file == null || file.index.base() != newest.base() ? 0 : file.end();
        List<TailFile> ended = List.copyOf(unforced);
        unforced.clear();
        SequencedMap<StreamState, Long> firsts = trimmed;
        trimmed = new LinkedHashMap<>();
        return () -> {
            if (file != null) {
                file.force();
            }
            for (TailFile finished : ended) {
                finished.force();
                finished.close();
            }
            journal.disk().forceDirectory(journal.directory());
            if (marks) {
                journal.mark(entry, Math.toIntExact(indexBytes));
            }
            for (TailFile finished : ended) {
                finished.index.finished = true;
                cache.admit(finished.index);
            }
            if (!firsts.isEmpty()) {
                synchronized (unconfirmed) {
                    unconfirmed.add(new Trims(appliedIndex, firsts));
                }
            }
        };
    }

    /** Lets go of what every snapshot from {@code index} on has let go of. */
    void confirm(long index) {
        synchronized (unconfirmed) {
            Trims oldest = unconfirmed.peek();
            while (oldest != null && oldest.index <= index) {
                oldest.firsts.forEach((state, first) -> state.firstConfirmed = first);
                unconfirmed.poll();
                oldest = unconfirmed.peek();
            }
        }
    }

    @Nullable
    StreamState find(StreamId stream) {
        StreamState state = streams.get(stream);
        return state == null || state.isDeleted() ? null : state;
    }

    /** The stream, to wait for it even before it has events. */
    StreamState findOrBegin(StreamId stream) {
        return streams.computeIfAbsent(stream, StreamState::new);
    }

    /**
     * The extents of one part of a stream, read from disk if they must be. The caller has acquired the part's segment: what is
     * retired takes its index along.
     */
    ExtentList.Columns extents(Part part) throws IOException {
        ExtentList list = cache.extents(part.index).get(part.stream.id);
        if (list == null) {
            throw new CorruptionException(
                    part.index.file.path(), 0, "the index has no extents of stream " + part.stream.id);
        }
        return list.columns();
    }

    /** What the stream takes. Where it begins in the middle of a segment, the bytes are an estimate within that segment. */
    public Usage usage(StreamId stream) {
        StreamState state = find(stream);
        long first = state == null ? 0 : state.first;
        if (state == null || first > state.head) {
            return Usage.NONE;
        }
        long head = state.head;
        long bytes = 0;
        long firstTimestampNs = 0;
        long lastTimestampNs = 0;
        for (Part part : state.parts()) {
            bytes += part.bytesFrom(first);
            if (first >= part.firstSequence && first <= part.lastSequence) {
                Optional<Long> timestamp = timestamp(part, first);
                if (timestamp.isEmpty()) {
                    // Another part has just taken its place.
                    return usage(stream);
                }
                firstTimestampNs = timestamp.get();
            }
            lastTimestampNs = part.lastTimestampNs;
        }
        return new Usage(head - first + 1, bytes, firstTimestampNs, lastTimestampNs);
    }

    /** Empty when the part's segment is retired. */
    private Optional<Long> timestamp(Part part, long sequence) {
        if (sequence == part.firstSequence) {
            return Optional.of(part.firstTimestampNs);
        }
        try {
            if (!part.index.segment.acquire()) {
                return Optional.empty();
            }
            try {
                ExtentList.Columns extents = extents(part);
                int at = extents.find(sequence);
                return Optional.of(extents.timestamps()[at] + sequence - extents.sequences()[at]);
            } finally {
                part.index.segment.release();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the index " + part.index.file.path(), e);
        }
    }

    /** Indexes of segments that get no more events, oldest first. */
    List<SegmentIndex> finished() {
        return segments.values().stream().filter(index -> index.finished).toList();
    }

    Journal journal() {
        return journal;
    }

    /** Puts the index of a compacted generation in the place of another, or nothing for a segment that is gone. */
    void replace(SegmentIndex old, @Nullable SegmentIndex by, Map<StreamState, Part> parts) {
        if (by == null) {
            segments.remove(old.base());
        } else {
            segments.put(old.base(), by);
        }
        for (Part part : old.parts()) {
            part.stream.replace(part, parts.get(part.stream));
            forget(part.stream);
        }
        cache.forget(old);
    }

    /** Bytes handed to the disk for index files since this was opened. */
    public long writtenBytes() {
        return writtenBytes;
    }

    /** Closes the files; what was not part of a checkpoint is added again after the next start. */
    @Override
    public void close() throws IOException {
        TailFile file = tailFile;
        if (file != null) {
            file.close();
        }
        for (TailFile finished : unforced) {
            finished.close();
        }
        unforced.clear();
    }
}
