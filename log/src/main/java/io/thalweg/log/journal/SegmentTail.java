package io.thalweg.log.journal;

import static io.thalweg.log.journal.SegmentFormat.FRAME_BYTES;
import static io.thalweg.log.journal.SegmentFormat.HEADER_BYTES;

import io.thalweg.model.Checksum;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of the newest segment, where frames are written and forced: what of it is durable, how far the file is filled ahead with
 * zeros, and in which of three ways a body reaches the disk. One thread at a time, under the journal's lock.
 *
 * <p>It exists beside {@link Journal} because it knows bytes and forces of one file only; which segments there are, and what an
 * entry replaces, is the journal's.
 */
final class SegmentTail {
    /** Up to this a body is copied behind its header, which costs less than a second system call. */
    private static final int COPY_BELOW_BYTES = 32 << 10;

    private final JournalOptions options;
    private final ForcedNote note;
    private final Checksum checksum = new Checksum();
    private final BlockWriter blocks = new BlockWriter();
    private @Nullable Segment segment;
    private int forcedEnd;
    private int filledEnd;
    private int forceBytesAverage;
    private int unforcedBytes;
    private long bodyBytes;
    private long writtenBytes;
    private long forces;

    SegmentTail(JournalOptions options, ForcedNote note) {
        this.options = options;
        this.note = note;
    }

    /** The segment that is written to; null before the first, and when the newest is complete. */
    @Nullable
    Segment segment() {
        return segment;
    }

    /** Goes on behind what a recovery left, all of which is durable. */
    void resume(Segment recovered) throws IOException {
        segment = recovered;
        forcedEnd = recovered.end();
        filledEnd = Math.toIntExact(recovered.handle().size());
        note.write(recovered.base(), recovered.header().salt(), forcedEnd);
    }

    /** Goes on in a segment that was just made. */
    void begin(Segment next) {
        segment = next;
        forcedEnd = HEADER_BYTES;
        filledEnd = HEADER_BYTES;
        unforcedBytes = 0;
        writtenBytes += HEADER_BYTES;
    }

    /** Whether a frame with a body of {@code length} bytes belongs into a new segment. */
    boolean isFullFor(int length) {
        return segment == null
                || (segment.end() > HEADER_BYTES && segment.end() + FRAME_BYTES + length > options.segmentBytes());
    }

    /** Cuts what was filled ahead and forces: the segment gets no more frames. */
    void complete() throws IOException {
        if (segment != null) {
            if (filledEnd > segment.end()) {
                segment.handle().truncate(segment.end());
            }
            segment.handle().force();
            forces++;
        }
    }

    /**
     * Writes one frame without forcing it.
     *
     * @param to the segment of now
     * @param length of the whole body in bytes
     * @param read whether the body will be read again soon, as {@link Journal#append} has it
     */
    JournalEntry write(
            Segment to,
            long index,
            long term,
            long stampNs,
            int requests,
            List<ByteBuffer> body,
            int length,
            int sum,
            boolean read)
            throws IOException {
        int offset = to.end();
        int frameBytes = FRAME_BYTES + length;
        boolean around = !read && body.size() == 1 && length >= options.aroundBytes();
        boolean copied = !around && (body.size() != 1 || length < COPY_BELOW_BYTES);
        ByteBuffer head = SegmentFormat.allocate(copied ? frameBytes : FRAME_BYTES);
        SegmentFormat.putFrame(
                head, 0, to.header().salt(), offset, index, term, stampNs, forcedEnd, requests, length, sum, checksum);
        ByteBuffer stored;
        if (!around) {
            blocks.forget();
            fillAhead(to, offset + frameBytes);
        }
        if (around) {
            stored = body.getFirst().slice();
            int zerosEnd = Math.toIntExact(blocks.append(to.handle(), offset, head, stored));
            writtenBytes += zerosEnd - (offset + frameBytes);
            filledEnd = Math.max(filledEnd, zerosEnd);
        } else if (copied) {
            head.position(FRAME_BYTES);
            for (ByteBuffer part : body) {
                head.put(part.duplicate());
            }
            stored = head.slice(FRAME_BYTES, length);
            to.handle().write(offset, head.flip());
        } else {
            stored = body.getFirst().slice();
            to.handle().write(offset, head, stored.duplicate());
        }
        to.grew(index, offset, offset + frameBytes);
        unforcedBytes += frameBytes;
        bodyBytes += length;
        writtenBytes += frameBytes;
        return new JournalEntry(
                index,
                term,
                stampNs,
                requests,
                sum,
                stored.order(ByteOrder.LITTLE_ENDIAN),
                to.base(),
                offset + FRAME_BYTES);
    }

    /** Fills the file with zeros up to some way behind {@code frameEnd}, if what is forced at once is small. */
    private void fillAhead(Segment to, int frameEnd) throws IOException {
        if (frameEnd <= filledEnd
                || forceBytesAverage >= options.prefillBelowBytes()
                || frameEnd - to.end() >= options.prefillBelowBytes()) {
            return;
        }
        int from = Math.max(filledEnd, to.end());
        int end = Math.min(frameEnd + options.prefillBytes(), Math.max(frameEnd, options.segmentBytes()));
        if (end <= from || options.prefillBytes() == 0) {
            return;
        }
        to.handle().write(from, ByteBuffer.allocate(end - from));
        writtenBytes += end - from;
        filledEnd = end;
    }

    /** Returns when every frame is durable, and that is noted. */
    void force() throws IOException {
        if (segment == null || segment.end() == forcedEnd) {
            return;
        }
        int end = segment.end();
        segment.handle().force();
        note.write(segment.base(), segment.header().salt(), end);
        forcedEnd = end;
        forces++;
        // A moving average over about eight forces; the first of a segment counts as what it is.
        forceBytesAverage += (unforcedBytes - forceBytesAverage) / 8;
        unforcedBytes = 0;
    }

    /** Every segment but the newest was forced when the next was begun. */
    boolean isForced(Segment other, int end) {
        return !other.equals(segment) || end <= forcedEnd;
    }

    /** To be called before segments are cut: what is remembered of their ends is no longer true. */
    void takeBack() throws IOException {
        blocks.forget();
        note.takeBack();
    }

    /** Drops all frames behind {@code lastIndex}, durably, and goes on there. */
    void cut(@Nullable Segment newest, long lastIndex) throws IOException {
        segment = newest;
        if (newest == null) {
            return;
        }
        int end = newest.frames().offsetBehind(lastIndex, newest.end());
        newest.shrank(newest.frames().floor(lastIndex), end);
        newest.handle().truncate(end);
        newest.handle().force();
        forcedEnd = end;
        filledEnd = end;
        unforcedBytes = 0;
        forces++;
    }

    Journal.Written written() {
        return new Journal.Written(bodyBytes, writtenBytes, forces);
    }
}
