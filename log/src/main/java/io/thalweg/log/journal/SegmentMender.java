package io.thalweg.log.journal;

import static io.thalweg.log.journal.SegmentFormat.FRAME_BYTES;
import static io.thalweg.log.journal.SegmentFormat.HEADER_BYTES;

import io.thalweg.log.journal.FrameScanner.Found;
import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Puts frames of a complete segment right whose bytes are not what was written any more, with entries that another replica of the same group has.
 *
 * <p>Files of two replicas differ: where segments begin, the numbers that their frames' checksums cover, how much was forced when. So frames are not copied but made
 * again, in the place in which they stood. That what is made is what was there is proved before a byte is written: by the frame's own header, if that is whole, which
 * says which entry it is and what checksum its body has; else by what follows, since the entry that comes next in the order must fill the place exactly up
 * to the next whole frame, or to the segment's end. A segment that has given back some of its entries, or whose own header is damaged, may not be mendable so.
 *
 * <p>Readers may go on: until the bytes are right they meet the damage, afterwards they do not. A crash in between leaves the frame damaged, or right.
 * One thread.
 */
public final class SegmentMender {
    /** What another replica has. */
    @FunctionalInterface
    public interface Source {
        /** The first entry at or behind an index in the order, checked; null when there is none. */
        @Nullable
        JournalEntry atOrBehind(long index) throws IOException;
    }

    private final Segment segment;
    private final Source source;
    private final Checksum checksum = new Checksum();
    private int mended;

    private SegmentMender(Segment segment, Source source) {
        this.segment = segment;
        this.source = source;
    }

    /**
     * Mends a segment that gets no more entries.
     *
     * @return how many frames were put right
     * @throws CorruptionException when what is damaged cannot be told from what the other has; what was mended before stays mended
     * @throws IOException when the source, or the disk, fails
     */
    public static int mend(Segment segment, Source source) throws IOException {
        if (segment.seal() == null) {
            throw new IllegalArgumentException(segment + " is still written to");
        }
        if (!segment.acquire()) {
            return 0; // There is a newer generation, which is another file.
        }
        try {
            SegmentMender mender = new SegmentMender(segment, source);
            mender.run();
            return mender.mended;
        } finally {
            segment.forgetFrames();
            segment.release();
        }
    }

    private void run() throws IOException {
        FrameScanner scanner = scanner(HEADER_BYTES, segment.base() - 1);
        long last = segment.base() - 1;
        for (Found found = scanner.step(); found != Found.END; found = scanner.step()) {
            if (found == Found.FRAME) {
                last = scanner.index();
            } else {
                int offset = Math.toIntExact(scanner.offset());
                write(offset, frame(offset, last, scanner.reason()));
                mended++;
                scanner = scanner(offset, last);
            }
        }
    }

    private FrameScanner scanner(long from, long lastIndex) throws IOException {
        return new FrameScanner(segment.handle(), segment.header().salt(), from, segment.end(), lastIndex);
    }

    private void write(int offset, ByteBuffer frame) throws IOException {
        DiskFile file = segment.handle();
        file.write(offset, frame);
        file.force();
    }

    /** What stood at an offset, behind the entry {@code last}. */
    private ByteBuffer frame(int offset, long last, String damage) throws IOException {
        ByteBuffer head = SegmentFormat.allocate(FRAME_BYTES);
        var _ = segment.handle().read(offset, head);
        long salt = segment.header().salt();
        boolean headIsWhole = !head.hasRemaining()
                && head.getInt(0) == SegmentFormat.FRAME_MAGIC
                && head.getInt(4) == SegmentFormat.frameChecksum(head, 0, salt, offset, checksum)
                && head.getLong(8) > last;
        JournalEntry entry = source.atOrBehind(headIsWhole ? head.getLong(8) : last + 1);
        if (entry == null || checksum.of(entry.body(), 0, entry.body().limit()) != entry.checksum()) {
            throw unmendable(offset, damage);
        }
        int length = entry.body().limit();
        boolean fits = headIsWhole
                ? entry.index() == head.getLong(8)
                        && entry.term() == head.getLong(16)
                        && length == head.getInt(40)
                        && entry.checksum() == head.getInt(44)
                : endsWhereTheNextBegins(offset, entry);
        if (!fits) {
            throw unmendable(offset, damage);
        }
        ByteBuffer frame = SegmentFormat.allocate(FRAME_BYTES + length);
        frame.put(FRAME_BYTES, entry.body(), 0, length);
        if (headIsWhole) {
            frame.put(0, head, 0, FRAME_BYTES);
        } else {
            // How much of the segment had been forced is nothing to anybody any more.
            SegmentFormat.putFrame(
                    frame,
                    0,
                    salt,
                    offset,
                    entry.index(),
                    entry.term(),
                    entry.stampNs(),
                    0,
                    entry.requests(),
                    length,
                    entry.checksum(),
                    checksum);
        }
        return frame;
    }

    private boolean endsWhereTheNextBegins(int offset, JournalEntry entry) throws IOException {
        long end = (long) offset + FRAME_BYTES + entry.body().limit();
        return end == segment.end()
                || (end < segment.end() && scanner(end, entry.index()).step() == Found.FRAME);
    }

    private CorruptionException unmendable(int offset, String damage) {
        return new CorruptionException(
                segment.file(), offset, damage + ", and what the other replica has does not fit in its place");
    }
}
