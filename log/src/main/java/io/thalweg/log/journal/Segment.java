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
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One generation of one segment: a file, and what is known about it. The file is open while somebody uses it and is deleted
 * when the last user lets go of a retired one, so that a reader never loses what it reads from.
 *
 * <p>Thread-safe; only the journal's writer changes an unsealed segment.
 */
public final class Segment {
    /** Files of sealed segments that stay open while nobody reads them, in all journals of the process. */
    private static final int IDLE_FILES_MAX = 512;

    private static final AtomicInteger IDLE_FILES = new AtomicInteger();

    /** What an older program hashed, and wrote into the footer. */
    record Hashes(byte[] content, byte[] chain) {}

    /** What a segment that gets no more entries is known to be; {@code hashes} is null where no footer is. */
    public record Seal(int frames, @Nullable Hashes hashes) {}

    private final Disk disk;
    private final Path file;
    private final long base;
    private final int generation;

    private volatile int end;
    private volatile long lastIndex;
    private volatile @Nullable Seal seal;
    private volatile @Nullable FrameTable frames;

    // Guarded by this:
    private @Nullable DiskFileAndHeader open;
    private int users;
    private boolean retired;
    private @Nullable Path companion;

    private record DiskFileAndHeader(Disk.DiskFile file, SegmentFormat.Header header) {}

    private Segment(Disk disk, Path directory, long base, int generation) {
        this.disk = disk;
        this.base = base;
        this.generation = generation;
        this.file = SegmentFormat.segmentFile(directory, base, generation);
    }

    /** A segment that the manifest knows as sealed; its file is looked at when it is first used. */
    static Segment sealed(Disk disk, Path directory, Manifest.Line line) {
        Segment segment = new Segment(disk, directory, line.base(), line.generation());
        segment.end = line.length();
        segment.lastIndex = line.lastIndex();
        segment.seal = new Seal(line.frames(), line.isHashed() ? new Hashes(line.content(), line.chain()) : null);
        return segment;
    }

    /** Creates the file of a new segment, durably. */
    public static Segment create(Disk disk, Path directory, SegmentFormat.Header header) throws IOException {
        Segment segment = new Segment(disk, directory, header.base(), header.generation());
        Disk.DiskFile file = disk.open(segment.file);
        file.truncate(0);
        file.write(0, SegmentFormat.encode(header));
        file.force();
        disk.forceDirectory(directory);
        segment.open = new DiskFileAndHeader(file, header);
        segment.end = HEADER_BYTES;
        segment.lastIndex = header.base() - 1;
        segment.frames = new FrameTable();
        return segment;
    }

    /** A segment found in the directory that is not sealed; the journal scans it next. Null when it was never begun. */
    static @Nullable Segment found(Disk disk, Path directory, long base) throws IOException {
        Segment segment = new Segment(disk, directory, base, 0);
        Disk.DiskFile file = disk.open(segment.file);
        SegmentFormat.Header header = readHeader(file);
        if (header == null || header.base() != base || header.generation() != 0) {
            long size = file.size();
            file.close();
            if (size > HEADER_BYTES) {
                throw new CorruptionException(segment.file, 0, "the segment's header is damaged");
            }
            return null;
        }
        segment.open = new DiskFileAndHeader(file, header);
        segment.end = HEADER_BYTES;
        segment.lastIndex = base - 1;
        segment.frames = new FrameTable();
        return segment;
    }

    /** The header at the start of a file; null when there is none. */
    public static SegmentFormat.@Nullable Header readHeader(Disk.DiskFile file) throws IOException {
        ByteBuffer bytes = SegmentFormat.allocate(HEADER_BYTES);
        return file.read(0, bytes) < HEADER_BYTES ? null : SegmentFormat.decodeHeader(bytes.flip());
    }

    /** Takes part in the use of the file; false when the segment is retired, and the caller has to look for its successor. */
    public synchronized boolean acquire() throws IOException {
        if (retired) {
            return false;
        }
        if (open == null) {
            open = reopen();
        } else if (users == 0 && seal != null) {
            IDLE_FILES.decrementAndGet();
        }
        users++;
        return true;
    }

    private DiskFileAndHeader reopen() throws IOException {
        if (!disk.exists(file)) {
            throw new CorruptionException(file, 0, "the segment's file is missing");
        }
        Disk.DiskFile opened = disk.open(file);
        try {
            SegmentFormat.Header header = readHeader(opened);
            if (header == null || header.base() != base || header.generation() != generation) {
                throw new CorruptionException(file, 0, "the segment's header is damaged");
            }
            Seal expected = seal;
            if (expected != null) {
                checkEnd(opened, header, expected.hashes());
            }
            return new DiskFileAndHeader(opened, header);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void checkEnd(Disk.DiskFile opened, SegmentFormat.Header header, @Nullable Hashes expected)
            throws IOException {
        int bytes = end + (expected == null ? 0 : FOOTER_BYTES);
        if (opened.size() != bytes) {
            throw new CorruptionException(
                    file,
                    Math.min(opened.size(), bytes),
                    "the complete segment has " + opened.size() + " bytes instead of " + bytes);
        }
        if (expected == null) {
            return;
        }
        ByteBuffer found = SegmentFormat.allocate(FOOTER_BYTES);
        var _ = opened.read(end, found);
        SegmentFormat.Footer footer = SegmentFormat.decodeFooter(found.flip(), header.salt());
        if (footer == null
                || !Arrays.equals(footer.content(), expected.content())
                || !Arrays.equals(footer.chain(), expected.chain())) {
            throw new CorruptionException(file, end, "the segment's footer is damaged");
        }
    }

    public synchronized void release() throws IOException {
        users--;
        if (users > 0 || open == null) {
            return;
        }
        if (retired) {
            remove();
        } else if (seal != null) {
            if (IDLE_FILES.incrementAndGet() > IDLE_FILES_MAX) {
                close();
            }
        }
    }

    /**
     * Takes the segment out of use; its file goes with the last user.
     *
     * @param alongside another file that users read and that goes with it, the segment's index; null for none
     */
    public synchronized void retire(@Nullable Path alongside) throws IOException {
        retired = true;
        companion = alongside;
        if (users == 0) {
            remove();
        }
    }

    private void remove() throws IOException {
        close();
        disk.delete(file);
        Path other = companion;
        if (other != null) {
            disk.delete(other);
        }
    }

    /** Closes the file; it is opened again on the next use. */
    synchronized void close() throws IOException {
        DiskFileAndHeader current = open;
        open = null;
        if (current != null) {
            if (users == 0 && seal != null && !retired) {
                IDLE_FILES.decrementAndGet();
            }
            current.file().close();
        }
    }

    /** The file; only between {@link #acquire} and {@link #release}, or while the segment is not sealed. */
    public synchronized Disk.DiskFile handle() throws IOException {
        return opened().file();
    }

    public synchronized SegmentFormat.Header header() throws IOException {
        return opened().header();
    }

    private DiskFileAndHeader opened() throws IOException {
        DiskFileAndHeader current = open;
        if (current == null) {
            if (retired) {
                throw new IOException(file + " is retired");
            }
            current = reopen();
            open = current;
        }
        return current;
    }

    /** Where each entry begins; reads a whole sealed segment when the table is not in memory. */
    FrameTable frames() throws IOException {
        FrameTable known = frames;
        if (known != null) {
            return known;
        }
        FrameTable table = new FrameTable();
        FrameScanner scanner = new FrameScanner(handle(), header().salt(), HEADER_BYTES, end, base - 1);
        while (scanner.step() == Found.FRAME) {
            table.add(scanner.index(), (int) scanner.offset());
        }
        if (scanner.offset() != end) {
            throw new CorruptionException(file, scanner.offset(), scanner.reason());
        }
        frames = table;
        return table;
    }

    /** Lets go of the table of a sealed segment. */
    void forgetFrames() {
        if (seal != null) {
            frames = null;
        }
    }

    /** The writer has added a frame that ends at {@code newEnd}. */
    public void grew(long index, int offset, int newEnd) {
        FrameTable table = frames;
        if (table == null) {
            throw new IllegalStateException(file + " is sealed");
        }
        table.add(index, offset);
        lastIndex = index;
        end = newEnd;
    }

    /** The writer has taken frames away. */
    void shrank(long newLastIndex, int newEnd) throws IOException {
        frames().truncate(newLastIndex);
        lastIndex = newLastIndex;
        end = newEnd;
    }

    synchronized void sealedAs(Seal newSeal) {
        seal = newSeal;
        frames = null;
        if (users == 0 && open != null) {
            IDLE_FILES.incrementAndGet();
        }
    }

    /** The file of a compacted generation is complete; it stands for all entries of the one before. */
    public void compactedAs(Seal newSeal, long newLastIndex) {
        lastIndex = newLastIndex;
        sealedAs(newSeal);
    }

    public Path file() {
        return file;
    }

    /** Index of the first entry that the segment was begun with, which names it. */
    public long base() {
        return base;
    }

    public int generation() {
        return generation;
    }

    /** Where the frames end. */
    public int end() {
        return end;
    }

    /** The newest entry; {@code base - 1} when there is none. */
    public long lastIndex() {
        return lastIndex;
    }

    @Nullable
    public Seal seal() {
        return seal;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
