package io.thalweg.log.journal;

import static io.thalweg.log.journal.SegmentFormat.FRAME_BYTES;

import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Reads frames back from segments that the caller holds, and checks both checksums of each. Any thread. */
final class EntryReader {
    /** The sealed segment that was read last, whose table of frames is kept: a follower that lags reads one after the other. */
    private final AtomicReference<@Nullable Segment> lastSealedRead = new AtomicReference<>();

    /**
     * The entry at {@code index}; null when the segment has none.
     *
     * @throws CorruptionException when its bytes are not what was written
     */
    @Nullable
    JournalEntry read(Segment segment, long index) throws IOException {
        int offset = frames(segment).offsetOf(index);
        if (offset < 0) {
            return null;
        }
        JournalEntry entry = readAt(segment, offset);
        if (entry.index() != index) {
            throw new CorruptionException(segment.file(), offset, "the frame is of entry " + entry.index());
        }
        return entry;
    }

    /** The first entry behind {@code index}, which is before the segment's last. */
    JournalEntry firstBehind(Segment segment, long index) throws IOException {
        return readAt(segment, frames(segment).offsetBehind(index, -1));
    }

    private FrameTable frames(Segment segment) throws IOException {
        FrameTable frames = segment.frames();
        if (segment.seal() != null) {
            Segment other = lastSealedRead.getAndSet(segment);
            if (other != null && !other.equals(segment)) {
                other.forgetFrames();
            }
        }
        return frames;
    }

    private static JournalEntry readAt(Segment segment, int offset) throws IOException {
        ByteBuffer head = head(segment, offset);
        ByteBuffer body = SegmentFormat.allocate(head.getInt(40));
        if (segment.handle().read(offset + FRAME_BYTES, body) < body.capacity()
                || new Checksum().of(body, 0, body.capacity()) != head.getInt(44)) {
            throw new CorruptionException(
                    segment.file(), offset, "the body of entry " + head.getLong(8) + " has a wrong checksum");
        }
        return new JournalEntry(
                head.getLong(8),
                head.getLong(16),
                head.getLong(24),
                head.getInt(36),
                head.getInt(44),
                body.flip(),
                segment.base(),
                offset + FRAME_BYTES);
    }

    private static ByteBuffer head(Segment segment, int offset) throws IOException {
        ByteBuffer head = SegmentFormat.allocate(FRAME_BYTES);
        int got = segment.handle().read(offset, head);
        long salt = segment.header().salt();
        if (got < FRAME_BYTES
                || head.getInt(0) != SegmentFormat.FRAME_MAGIC
                || head.getInt(4) != SegmentFormat.frameChecksum(head, 0, salt, offset, new Checksum())) {
            throw new CorruptionException(segment.file(), offset, "the frame's header has a wrong checksum");
        }
        return head;
    }
}
