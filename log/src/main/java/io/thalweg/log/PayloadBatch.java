package io.thalweg.log;

import io.thalweg.model.event.Event;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Consecutive events in memory that are nothing but payloads of one content type: no keys, no headers. */
public final class PayloadBatch implements EventBatch {
    private final long firstSequence;
    private final @Nullable String contentType;
    private final List<byte[]> payloads;
    private final List<Long> timestampsNs;
    private int at = -1;

    /**
     * @param firstSequence the sequence of the first payload
     * @param payloads shared, not to be changed
     * @param timestampsNs of each, shared, not to be changed
     */
    public PayloadBatch(
            long firstSequence, @Nullable String contentType, List<byte[]> payloads, List<Long> timestampsNs) {
        this.firstSequence = firstSequence;
        this.contentType = contentType;
        this.payloads = payloads;
        this.timestampsNs = timestampsNs;
    }

    @Override
    public int count() {
        return payloads.size();
    }

    @Override
    public long heldBytes() {
        return payloads.stream().mapToLong(payload -> payload.length).sum();
    }

    @Override
    public boolean next() {
        at = Math.min(at + 1, payloads.size());
        return at < payloads.size();
    }

    @Override
    public long sequence() {
        return firstSequence + at;
    }

    @Override
    public long timestampNs() {
        return timestampsNs.get(at);
    }

    @Override
    public @Nullable ByteBuffer key() {
        return null;
    }

    @Override
    public @Nullable String contentType() {
        return contentType;
    }

    @Override
    public int headerCount() {
        return 0;
    }

    @Override
    public String headerName(int index) {
        throw new IndexOutOfBoundsException(index);
    }

    @Override
    public String headerValue(int index) {
        throw new IndexOutOfBoundsException(index);
    }

    @Override
    public ByteBuffer payload() {
        return ByteBuffer.wrap(payloads.get(at));
    }

    @Override
    public int payloadLength() {
        return payloads.get(at).length;
    }

    @Override
    public Event toEvent() {
        byte[] payload = payloads.get(at);
        return contentType == null ? Event.of(payload) : Event.of(contentType, payload);
    }
}
