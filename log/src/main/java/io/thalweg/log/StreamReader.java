package io.thalweg.log;

import io.thalweg.log.journal.Segment;
import io.thalweg.log.journal.SegmentFormat;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.EventCursor;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Serves events out of the journal's segments, found through its {@link EventIndex}.
 *
 * <p>Extents that lie close to each other are read together, up to {@value #CHUNK_BYTES_MAX} bytes at once, with what lies
 * between; a stream that has the log for itself is thus read in large sequential reads. Each record's checksum is verified
 * before anything of it is returned. One call holds at most about {@value #BATCH_BYTES_MAX} bytes, whatever was asked for.
 *
 * <p>Thread-safe; a thread that is interrupted may read, see {@link FileDisk}.
 */
public final class StreamReader implements EventReader {
    private static final int CHUNK_BYTES_MAX = 1 << 20;
    private static final int BATCH_BYTES_MAX = 8 << 20;

    /** Bytes of others between two extents that cost less to read than to step over. */
    private static final int GAP_BYTES_MAX = 16 << 10;

    private final EventIndex index;

    public StreamReader(EventIndex index) {
        this.index = index;
    }

    @Override
    public long head(StreamId stream) {
        StreamState state = index.find(stream);
        return state == null ? 0 : state.head;
    }

    @Override
    public long first(StreamId stream) {
        StreamState state = index.find(stream);
        return state == null ? 1 : state.first;
    }

    @Override
    public EventBatch read(StreamId stream, long fromSequence, int maxEvents, int maxBytes) {
        if (fromSequence < 1) {
            throw new IllegalArgumentException("sequence " + fromSequence + " is not positive");
        }
        while (true) {
            StreamState state = index.find(stream);
            if (state == null || maxEvents < 1) {
                return new ExtentBatch();
            }
            if (fromSequence < state.first) {
                throw new ThalwegException(
                        ErrorCode.SEQUENCE_GONE,
                        "sequence " + fromSequence + " is not kept any more; the oldest is " + state.first);
            }
            Gathering gathering = new Gathering(state, fromSequence, maxEvents, maxBytes);
            try {
                if (gathering.run()) {
                    return gathering.batch;
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read stream " + stream + " at sequence " + fromSequence, e);
            }
            // A segment was retired between finding and using it; its successor is there by now.
            Thread.onSpinWait();
        }
    }

    @Override
    public boolean await(StreamId stream, long sequence, Duration timeout) throws InterruptedException {
        StreamState state = index.findOrBegin(stream);
        if (state.head >= sequence) {
            return true;
        }
        return timeout.isPositive() && state.waiters.await(sequence, state, saturatedNanos(timeout));
    }

    private static long saturatedNanos(Duration timeout) {
        return timeout.compareTo(Duration.ofDays(36_500)) > 0 ? Long.MAX_VALUE : timeout.toNanos();
    }

    /** One read on its way. */
    private final class Gathering {
        private final ExtentBatch batch = new ExtentBatch();
        private final StreamState state;
        private final long head;
        private long next;
        private int eventsLeft;
        private long bytesLeft;
        private boolean full;
        private int memory;

        Gathering(StreamState state, long from, int maxEvents, int maxBytes) {
            this.state = state;
            this.head = state.head;
            this.next = from;
            this.eventsLeft = maxEvents;
            this.bytesLeft = Math.max(0, maxBytes);
        }

        /** False when a segment was retired meanwhile. */
        boolean run() throws IOException {
            while (next <= head && eventsLeft > 0 && !full && memory < BATCH_BYTES_MAX) {
                Part part = state.part(next);
                if (part == null) {
                    return hole();
                }
                Segment segment = part.index.segment;
                if (!segment.acquire()) {
                    return batch.count() > 0;
                }
                try {
                    chunk(part, segment);
                } finally {
                    segment.release();
                }
            }
            return true;
        }

        /** No segment has the next sequence: it was trimmed just now, or the index is wrong. */
        private boolean hole() {
            if (next < state.first) {
                return batch.count() > 0;
            }
            throw new CorruptionException(
                    index.journal().directory(), 0, "no segment has sequence " + next + " of stream " + state.id);
        }

        private void chunk(Part part, Segment segment) throws IOException {
            ExtentList.Columns extents = index.extents(part);
            int first = extents.find(next);
            if (first < 0) {
                throw new CorruptionException(
                        part.index.file.path(), 0, "the index lacks sequence " + next + " of stream " + state.id);
            }
            int last = lastOfChunk(extents, first);
            int start = extents.offsets()[first];
            int length = extents.end(last) - start;
            ByteBuffer bytes = SegmentFormat.allocate(length);
            if (start < SegmentFormat.HEADER_BYTES || segment.handle().read(start, bytes) < length) {
                throw new CorruptionException(segment.file(), start, "the file ends before its events do");
            }
            memory += length;
            EventCursor cursor = new EventCursor(bytes.flip());
            batch.addChunk(cursor);
            for (int i = first; i <= last && !full && next <= head && eventsLeft > 0; i++) {
                take(extents, i, cursor, start, segment);
            }
        }

        /** How many extents to read at once: about what is wanted, not far apart, and not too much. */
        private int lastOfChunk(ExtentList.Columns extents, int first) {
            int start = extents.offsets()[first];
            int last = first;
            long events = extents.sequences()[first] + extents.counts()[first] - next;
            long bytes = extents.lengths()[first];
            while (last + 1 < extents.size()
                    && extents.sequences()[last + 1] <= head
                    && events < eventsLeft
                    && bytes < bytesLeft
                    && extents.offsets()[last + 1] - extents.end(last) <= GAP_BYTES_MAX
                    && extents.end(last + 1) - start <= CHUNK_BYTES_MAX) {
                last++;
                events += extents.counts()[last];
                bytes += extents.lengths()[last];
            }
            return last;
        }

        /** Checks the records of an extent and takes those that are wanted. */
        private void take(ExtentList.Columns extents, int extent, EventCursor cursor, int fileOffset, Segment segment) {
            long sequence = extents.sequences()[extent];
            int count = extents.counts()[extent];
            int from = extents.offsets()[extent] - fileOffset;
            int to = from + extents.lengths()[extent];
            int start = from;
            int taken = 0;
            cursor.reset(from, to);
            try {
                for (int i = 0; i < count; i++) {
                    if (!cursor.next()) {
                        throw new MalformedException("the extent has " + i + " events instead of " + count);
                    }
                    if (sequence + i < next) {
                        start = cursor.offset() + cursor.recordBytes();
                        continue;
                    }
                    int payload = cursor.payloadLength();
                    if (payload > bytesLeft && batch.count() + taken > 0) {
                        full = true;
                    }
                    if (full || eventsLeft == 0 || sequence + i > head) {
                        break;
                    }
                    bytesLeft -= payload;
                    eventsLeft--;
                    taken++;
                }
            } catch (MalformedException e) {
                throw new CorruptionException(
                        segment.file(),
                        (long) fileOffset + cursor.offset(),
                        "the events of stream " + state.id + " around sequence " + Math.max(next, sequence) + ": "
                                + e.getMessage());
            }
            if (taken > 0) {
                long skipped = next - sequence;
                batch.addExtent(start, to, taken, next, extents.timestamps()[extent] + skipped);
                next += taken;
            }
        }
    }
}
