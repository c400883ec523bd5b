package io.thalweg.log;

import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events as they were read from segments: the bytes of the file, and where in them the extents lie. Every record was checked
 * when its extent was added, so that stepping only follows lengths.
 */
final class ExtentBatch implements EventBatch {
    static final ExtentBatch EMPTY = new ExtentBatch();

    private final List<EventCursor> chunks = new ArrayList<>(2);

    // One entry an extent:
    private int extents;
    private int[] chunkOf = new int[8];
    private int[] startOf = new int[8];
    private int[] endOf = new int[8];
    private int[] countOf = new int[8];
    private long[] sequenceOf = new long[8];
    private long[] timestampOf = new long[8];
    private int count;

    // The walk:
    private int extent = -1;
    private int left;
    private long sequence;
    private long timestampNs;
    private @Nullable EventCursor cursor;

    /** Adds memory that extents lie in. */
    void addChunk(EventCursor checked) {
        chunks.add(checked);
    }

    /** Adds an extent of the newest chunk. */
    void addExtent(int start, int end, int events, long firstSequence, long firstTimestampNs) {
        if (extents == chunkOf.length) {
            int larger = extents * 2;
            chunkOf = Arrays.copyOf(chunkOf, larger);
            startOf = Arrays.copyOf(startOf, larger);
            endOf = Arrays.copyOf(endOf, larger);
            countOf = Arrays.copyOf(countOf, larger);
            sequenceOf = Arrays.copyOf(sequenceOf, larger);
            timestampOf = Arrays.copyOf(timestampOf, larger);
        }
        chunkOf[extents] = chunks.size() - 1;
        startOf[extents] = start;
        endOf[extents] = end;
        countOf[extents] = events;
        sequenceOf[extents] = firstSequence;
        timestampOf[extents] = firstTimestampNs;
        extents++;
        count += events;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public long heldBytes() {
        long bytes = 0;
        for (EventCursor chunk : chunks) {
            bytes += chunk.blockBytes();
        }
        return bytes;
    }

    @Override
    public boolean next() {
        EventCursor at = cursor;
        if (left == 0 || at == null) {
            if (extent + 1 >= extents) {
                return false;
            }
            extent++;
            at = chunks.get(chunkOf[extent]);
            at.reset(startOf[extent], endOf[extent]);
            cursor = at;
            left = countOf[extent];
            sequence = sequenceOf[extent] - 1;
            timestampNs = timestampOf[extent] - 1;
        }
        left--;
        sequence++;
        timestampNs++;
        return at.step();
    }

    private EventCursor current() {
        EventCursor at = cursor;
        if (at == null) {
            throw new IllegalStateException("next() comes before the first event");
        }
        return at;
    }

    @Override
    public long sequence() {
        return sequence;
    }

    @Override
    public long timestampNs() {
        return timestampNs;
    }

    @Override
    public @Nullable ByteBuffer key() {
        return current().key();
    }

    @Override
    public @Nullable String contentType() {
        return current().contentType();
    }

    @Override
    public int headerCount() {
        return current().headerCount();
    }

    @Override
    public String headerName(int index) {
        return current().headerName(index);
    }

    @Override
    public String headerValue(int index) {
        return current().headerValue(index);
    }

    @Override
    public ByteBuffer payload() {
        return current().payload();
    }

    @Override
    public int payloadLength() {
        return current().payloadLength();
    }

    @Override
    public Event toEvent() {
        return current().toEvent();
    }
}
