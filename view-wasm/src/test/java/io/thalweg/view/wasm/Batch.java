package io.thalweg.view.wasm;

import io.thalweg.log.EventBatch;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.Header;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Events for tests, numbered from a sequence on, one nanosecond apart. */
final class Batch implements EventBatch {
    private final List<Event> events;
    private final long first;
    private final ByteBuffer[] payloads;
    private int at = -1;

    Batch(long first, List<Event> events) {
        this.first = first;
        this.events = events;
        this.payloads =
                events.stream().map(event -> ByteBuffer.wrap(event.payload())).toArray(ByteBuffer[]::new);
    }

    /** Events that are nothing but text. */
    static Batch of(String... payloads) {
        return new Batch(
                1,
                Arrays.stream(payloads)
                        .map(text -> Event.of(text.getBytes(StandardCharsets.UTF_8)))
                        .toList());
    }

    Batch rewind() {
        at = -1;
        return this;
    }

    private Event event() {
        return events.get(at);
    }

    private Header header(int index) {
        return event().headers().get(index);
    }

    @Override
    public int count() {
        return events.size();
    }

    @Override
    public long heldBytes() {
        return 0;
    }

    @Override
    public boolean next() {
        return ++at < events.size();
    }

    @Override
    public long sequence() {
        return first + at;
    }

    @Override
    public long timestampNs() {
        return 1_000_000_000_000_000_000L + sequence();
    }

    @Override
    public @Nullable ByteBuffer key() {
        byte[] key = event().key();
        return key == null ? null : ByteBuffer.wrap(key);
    }

    @Override
    public @Nullable String contentType() {
        return event().contentType();
    }

    @Override
    public int headerCount() {
        return event().headers().size();
    }

    @Override
    public String headerName(int index) {
        return header(index).name();
    }

    @Override
    public String headerValue(int index) {
        return header(index).value();
    }

    @Override
    public ByteBuffer payload() {
        return payloads[at];
    }

    @Override
    public int payloadLength() {
        return event().payload().length;
    }

    @Override
    public Event toEvent() {
        return event();
    }
}
