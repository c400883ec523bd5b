package io.thalweg.log.journal;

import io.thalweg.log.Verifier;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * One shard's entries on disk, all streams interleaved, so that one flush serves all of them. The grammar of the files stands
 * in the package's comment.
 *
 * <h2>How it writes</h2>
 *
 * <p>An entry becomes a frame at the end of the newest segment, in one write. {@link #force} makes all frames so far durable.
 * A frame carries how far its segment had been forced when it was written; that is what recovery argues with. When a
 * segment has reached its size it is cut to its frames, forced, and the next begun, so damage in an older segment is never a
 * torn tail.
 *
 * <p>A write that makes a file longer costs the file system a second flush for its metadata: several times the price of the
 * write itself when it is small. While forces are small the file is therefore filled with zeros ahead, in pieces that are
 * small enough not to stall the writer; when they are large it is not, because there the metadata no longer matters and the
 * zeros would be bytes written twice. What counts is a moving average of the bytes per force. A large body that only recovery
 * will read goes past the system's cache, in whole blocks.
 *
 * <h2>How it recovers</h2>
 *
 * <p>Segments that the manifest calls sealed are left alone: their files are checked when they are used. The few others are
 * scanned frame by frame. In all but the newest, everything must be whole. In the newest, the first place that is not a
 * whole frame is one of three things:
 *
 * <ol>
 *   <li>the end, when only zeros follow;
 *   <li>corruption, when it lies before what the manifest marks as durable, or when any later frame in the file was written
 *       after that place had been forced;
 *   <li>otherwise the trace of a crash before a force ended. Nothing from here on was ever acknowledged, whatever of it
 *       reached the disk, and the file is cut here.
 * </ol>
 *
 * <p>A group of frames that were forced together cannot vouch for each other, and the last group has no later frame. For it
 * there is the {@link ForcedNote}, which a killed process leaves behind; only where power was lost, too, may damage in the last
 * group look like a torn tail.
 *
 * <p>A client cannot write a payload that passes for a frame: a frame's checksum covers a number that is drawn for each
 * segment and never leaves the file.
 *
 * <p>A recovery deletes and cuts nothing before it has found all files that the manifest names. Whoever may have to refuse
 * for other reasons opens the journal on a {@link io.thalweg.ports.disk.TrialDisk}.
 *
 * <h2>Complete segments</h2>
 *
 * <p>{@link #sealNext} tells the manifest of a segment that it gets no more entries, so that a start need not scan it. Its bytes
 * are protected by the checksums of its frames, which whoever reads them compares. Older programs also hashed it; such segments
 * keep their footers, and {@link Verifier} compares their hashes. What people can prove to each other is the history of a
 * stream, which does not depend on how a replica's files were cut (rule 11 of the design); it will begin here, where an entry can
 * neither change any more nor be taken back.
 *
 * <p>Threads: {@link #append}, {@link #force} and {@link #truncate} from one thread at a time, which nobody may interrupt;
 * {@link #sealNext} from one other; {@link #read}, {@link #applied} and the queries from any.
 */
public final class Journal implements AutoCloseable {
    /** Largest body of an entry. */
    public static final int MAX_BODY_BYTES = 64 << 20;

    /** Largest configured size of a segment; the last entry may reach beyond it. */
    public static final int MAX_SEGMENT_BYTES = 1 << 30;

    /**
     * What the journal has written since it was opened, in bytes, and how often it forced.
     *
     * @param body bytes of entries' bodies
     * @param written all bytes handed to the disk, zeros among them
     */
    public record Written(long body, long written, long forces) {}

    private final Disk disk;
    private final Path directory;
    private final JournalOptions options;
    private final Manifest manifest;
    private final ForcedNote note;
    private final RecentEntries recent;
    private final ConcurrentNavigableMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
    private final Object writing = new Object();

    // Guarded by writing:
    private final SegmentTail tail;
    private @Nullable IOException failure;
    private boolean closed;

    /** The next entry begins a segment, although the newest is not full. Changed under the lock, read by any thread. */
    private volatile boolean ending;

    private final EntryReader reader = new EntryReader();
    private volatile long appliedIndex = -1;
    private String recovery = "";

    private Journal(Disk disk, Path directory, JournalOptions options, Manifest manifest, ForcedNote note) {
        this.disk = disk;
        this.directory = directory;
        this.options = options;
        this.manifest = manifest;
        this.note = note;
        this.recent = new RecentEntries(options.recentBytes());
        this.tail = new SegmentTail(options, note);
    }

    /**
     * Opens the journal in {@code directory}, creating it when it is missing, and recovers it as the class comment tells.
     *
     * @throws CorruptionException when stored bytes are not what was written, other than a torn tail
     */
    public static Journal open(Disk disk, Path directory, JournalOptions options) throws IOException {
        disk.createDirectories(directory);
        ForcedNote.Forced forced = ForcedNote.read(disk, directory);
        Manifest manifest = Manifest.open(disk, directory);
        Journal journal = new Journal(disk, directory, options, manifest, ForcedNote.open(disk, directory));
        try {
            journal.recover(forced);
        } catch (IOException | RuntimeException e) {
            journal.closeFiles();
            throw e;
        }
        return journal;
    }

    private void recover(ForcedNote.@Nullable Forced forced) throws IOException {
        Recovery run = new Recovery(disk, directory, manifest, forced, segments);
        run.run();
        recovery = run.report();
        appliedIndex = run.markedIndex();
        Segment last = newestUnsealed();
        if (last != null) {
            tail.resume(last);
        }
    }

    /** The newest segment, to append to; null when it is sealed or there is none. */
    private @Nullable Segment newestUnsealed() {
        Map.Entry<Long, Segment> newest = segments.lastEntry();
        return newest == null || newest.getValue().seal() != null ? null : newest.getValue();
    }

    /** What recovery cut off, in words for the operator; empty when nothing was. */
    public String recovery() {
        return recovery;
    }

    /** Index of the newest entry; -1 when there is none. */
    public long lastIndex() {
        for (Segment segment : segments.descendingMap().values()) {
            if (segment.lastIndex() >= segment.base()) {
                return segment.lastIndex();
            }
        }
        return -1;
    }

    /** Index of the oldest entry that may still be here; -1 when there is none. */
    public long firstIndex() {
        return lastIndex() < 0 ? -1 : segments.firstKey();
    }

    /**
     * Stores an entry without making it durable. An entry at or behind an index that exists replaces it and all later ones.
     * The buffers must not change until the entry is {@link #applied}; their positions do not move.
     *
     * @param checksum CRC-32C of the body; taken at its word here, and checked whenever the entry is read back from disk
     * @throws IllegalStateException when an applied entry would be replaced
     */
    public JournalEntry append(long index, long term, long stampNs, int requests, List<ByteBuffer> body, int checksum)
            throws IOException {
        return append(index, term, stampNs, requests, body, checksum, true);
    }

    /**
     * As {@link #append(long, long, long, int, List, int)}.
     *
     * @param read whether the body will be read when it has been applied, by more than recovery and sealing: if not, and it is
     *     large, it does not pass through the system's cache, whose memory costs several times what the disk does
     */
    public JournalEntry append(
            long index, long term, long stampNs, int requests, List<ByteBuffer> body, int checksum, boolean read)
            throws IOException {
        synchronized (writing) {
            usable();
            if (index < 0) {
                throw new IllegalArgumentException("index " + index + " is negative");
            }
            if (index <= lastIndex()) {
                truncate(index - 1);
            }
            int length = 0;
            for (ByteBuffer part : body) {
                length = Math.addExact(length, part.remaining());
            }
            if (length > MAX_BODY_BYTES) {
                throw new IllegalArgumentException("body has " + length + " bytes; the limit is " + MAX_BODY_BYTES);
            }
            try {
                Segment segment = tail.segment();
                if (segment == null || ending || tail.isFullFor(length)) {
                    segment = roll(index);
                }
                JournalEntry entry = tail.write(segment, index, term, stampNs, requests, body, length, checksum, read);
                recent.add(entry);
                return entry;
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }

    /** Closes the active segment, if there is one, and begins the next. */
    private Segment roll(long index) throws IOException {
        tail.complete();
        Map.Entry<Long, Segment> newest = segments.lastEntry();
        long previous = newest == null ? -1 : newest.getKey();
        Segment next = Segment.create(
                disk,
                directory,
                new SegmentFormat.Header(index, 0, previous, options.salt().getAsLong()));
        segments.put(index, next);
        tail.begin(next);
        ending = false;
        return next;
    }

    /** Has the next entry begin a segment: the newest becomes complete although it is not full. Any thread. */
    public void endSegment() {
        synchronized (writing) {
            Segment newest = tail.segment();
            ending = newest != null && newest.lastIndex() >= newest.base();
        }
    }

    /** Whether the next entry begins a segment because {@link #endSegment} asked for that. */
    public boolean isEnding() {
        return ending;
    }

    /** Returns when everything appended so far is durable. After a failure the journal refuses everything. */
    public void force() throws IOException {
        synchronized (writing) {
            usable();
            try {
                tail.force();
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }

    private void usable() throws IOException {
        if (failure != null) {
            throw new IOException("the journal in " + directory + " failed before and must be opened again", failure);
        }
        if (closed) {
            throw new IOException("the journal in " + directory + " is closed");
        }
    }

    private IOException failed(IOException cause) {
        failure = cause;
        return cause;
    }

    /**
     * The entry at {@code index}, checked. A recent one costs no disk.
     *
     * @throws CorruptionException when its bytes are not what was written
     * @throws NoSuchElementException when the journal holds no entry at this index
     */
    public JournalEntry read(long index) throws IOException {
        JournalEntry known = recent.find(index);
        if (known != null) {
            return known;
        }
        while (true) {
            Map.Entry<Long, Segment> floor = segments.floorEntry(index);
            if (floor == null) {
                throw new NoSuchElementException("the journal in " + directory + " has no entry " + index);
            }
            Segment segment = floor.getValue();
            if (!segment.acquire()) {
                Thread.onSpinWait();
                continue;
            }
            try {
                JournalEntry entry = reader.read(segment, index);
                if (entry == null) {
                    throw new NoSuchElementException("the journal in " + directory + " has no entry " + index);
                }
                return entry;
            } finally {
                segment.release();
            }
        }
    }

    /**
     * The first entry behind {@code index}, checked; null when there is none.
     *
     * @throws CorruptionException when its bytes are not what was written
     */
    public @Nullable JournalEntry firstBehind(long index) throws IOException {
        Long first = segments.floorKey(index);
        for (Segment segment :
                segments.tailMap(first == null ? -1 : first, true).values()) {
            if (segment.lastIndex() <= index || !segment.acquire()) {
                continue;
            }
            try {
                return reader.firstBehind(segment, index);
            } finally {
                segment.release();
            }
        }
        return null;
    }

    /** Throws when an entry behind {@code index} was given back, so that nobody can apply what came after it again. */
    public void requireAllBehind(long index) throws IOException {
        for (Manifest.Line line : manifest.lines()) {
            if (line.kind().isGivenBack() && line.lastIndex() > index) {
                throw new IOException("the journal in " + directory + " has given back entries up to "
                        + line.lastIndex() + ", so it is not whole behind " + index);
            }
        }
    }

    /**
     * Reads all that a start will apply again, before it changes anything: the segments with entries behind {@code index}.
     *
     * @throws CorruptionException when a frame in one of them is not what was written
     */
    public void check(long index) throws IOException {
        for (Segment segment : segments.values()) {
            // The others were read when the journal was opened.
            if (segment.seal() != null && segment.lastIndex() > index && segment.acquire()) {
                try {
                    var _ = segment.frames();
                    segment.forgetFrames();
                } finally {
                    segment.release();
                }
            }
        }
    }

    /** Says that everything up to {@code index} has been applied: never truncated any more, and not needed in memory. */
    public void applied(long index) {
        if (index > appliedIndex) {
            appliedIndex = index;
        }
        recent.removeTo(index);
    }

    /**
     * Drops every entry behind {@code lastIndex}, durably.
     *
     * @throws IllegalStateException when one of them was applied
     */
    public void truncate(long lastIndex) throws IOException {
        synchronized (writing) {
            usable();
            if (lastIndex() <= lastIndex) {
                return;
            }
            if (appliedBehind(lastIndex)) {
                throw new IllegalStateException("entries behind " + lastIndex + " were applied up to " + appliedIndex
                        + " and cannot be taken back");
            }
            recent.removeBehind(lastIndex);
            ending = false;
            try {
                cut(lastIndex);
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }

    /** Whether an entry behind {@code index} exists that was applied. */
    private boolean appliedBehind(long index) throws IOException {
        long applied = appliedIndex;
        Map.Entry<Long, Segment> floor = segments.floorEntry(applied);
        if (floor == null) {
            return false;
        }
        Segment segment = floor.getValue();
        long newest =
                segment.seal() != null ? segment.lastIndex() : segment.frames().floor(applied);
        return newest > index;
    }

    private void cut(long lastIndex) throws IOException {
        tail.takeBack();
        // Newest first, so that a crash in between leaves no hole.
        for (Segment segment : segments.descendingMap().values()) {
            if (segment.base() <= lastIndex) {
                break;
            }
            segments.remove(segment.base());
            segment.retire(null);
            disk.forceDirectory(directory);
        }
        tail.cut(newestUnsealed(), lastIndex);
    }

    /**
     * Notes durably that the oldest segment of which that was not noted yet is complete: a newer one was begun, and all its entries
     * are applied.
     *
     * @return false when there was nothing to note
     */
    public boolean sealNext() throws IOException {
        for (Segment segment : segments.values()) {
            if (segment.seal() == null) {
                if (segment.base() == segments.lastKey() || segment.lastIndex() > appliedIndex) {
                    return false;
                }
                seal(segment);
                return true;
            }
        }
        return false;
    }

    private void seal(Segment segment) throws IOException {
        Segment.Seal seal = new Segment.Seal(segment.frames().size(), null);
        try {
            manifest.add(line(segment, Manifest.Kind.CLOSED, seal));
        } catch (IOException e) {
            synchronized (writing) {
                throw failed(e);
            }
        }
        segment.sealedAs(seal);
    }

    /** The newest entry at or before {@code index}; -1 when there is none. */
    public long floor(long index) throws IOException {
        for (Segment segment : segments.headMap(index, true).descendingMap().values()) {
            long floor = segment.seal() == null ? segment.frames().floor(index) : Math.min(index, segment.lastIndex());
            if (floor >= segment.base()) {
                return floor;
            }
        }
        return -1;
    }

    /**
     * Notes durably that a snapshot relies on everything up to the entry {@code index}, and on so many bytes of the index of
     * its segment: from now on damage there is corruption, however it looks.
     */
    public void mark(long index, int indexBytes) throws IOException {
        Map.Entry<Long, Segment> found = segments.floorEntry(index);
        if (found == null) {
            return;
        }
        Segment segment = found.getValue();
        int end = segment.end();
        if (segment.seal() == null) {
            end = segment.frames().offsetBehind(index, end);
            forceTo(segment, end);
        }
        manifest.mark(segment.base(), index, end, indexBytes);
    }

    /**
     * In a group nothing was forced since the last mark: most of it is without holding up who appends, who then waits for what came
     * meanwhile alone. The order thread of a lone shard has forced as much already.
     */
    private void forceTo(Segment segment, int end) throws IOException {
        synchronized (writing) {
            if (tail.isForced(segment, end)) {
                return;
            }
        }
        try {
            segment.handle().force();
        } catch (IOException e) {
            // The disk tells of a lost write once, and whoever forces next must hear of it.
            synchronized (writing) {
                throw failed(e);
            }
        }
        synchronized (writing) {
            if (!tail.isForced(segment, end)) {
                force();
            }
        }
    }

    /** The newest mark; null when there is none. */
    public Manifest.@Nullable Line newestMark() {
        Manifest.Line mark = null;
        for (Manifest.Line line : manifest.lines()) {
            if (line.kind() == Manifest.Kind.MARK) {
                mark = line;
            }
        }
        return mark;
    }

    /** All segments, oldest first. */
    public Collection<Segment> segments() {
        return segments.values();
    }

    /** The segment with this base; null when it is gone. */
    @Nullable
    public Segment segment(long base) {
        return segments.get(base);
    }

    /** Takes a dead segment away, and its index with it. */
    public void delete(Segment segment, Path indexFile) throws IOException {
        manifest.add(line(segment, Manifest.Kind.DELETED, sealOf(segment)));
        segments.remove(segment.base(), segment);
        segment.retire(indexFile);
    }

    /** Lets a compacted generation, whose file is complete and durable, take the place of a segment. */
    public void replace(Segment old, Segment compacted) throws IOException {
        manifest.add(line(compacted, Manifest.Kind.REWRITTEN, sealOf(compacted)));
        segments.put(old.base(), compacted);
    }

    private static Segment.Seal sealOf(Segment segment) {
        Segment.Seal seal = segment.seal();
        if (seal == null) {
            throw new IllegalStateException(segment + " is not sealed");
        }
        return seal;
    }

    private static Manifest.Line line(Segment segment, Manifest.Kind kind, Segment.Seal seal) {
        return Manifest.Line.of(
                kind, segment.base(), segment.generation(), segment.lastIndex(), segment.end(), seal.frames());
    }

    public Disk disk() {
        return disk;
    }

    public Path directory() {
        return directory;
    }

    /** Bytes that the segments take on disk. */
    public long storedBytes() {
        long bytes = 0;
        for (Segment segment : segments.values()) {
            bytes += segment.end();
        }
        return bytes;
    }

    public Written written() {
        synchronized (writing) {
            return tail.written();
        }
    }

    /** Forces what was appended, unless an earlier write or force failed, and closes the files. */
    @Override
    public void close() throws IOException {
        synchronized (writing) {
            if (closed) {
                return;
            }
            try {
                if (failure == null) {
                    force();
                }
            } finally {
                closed = true;
                closeFiles();
            }
        }
    }

    private void closeFiles() throws IOException {
        manifest.close();
        note.close();
        for (Segment segment : segments.values()) {
            segment.close();
        }
    }
}
