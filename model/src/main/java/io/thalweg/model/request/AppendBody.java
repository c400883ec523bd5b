package io.thalweg.model.request;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Hash128;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventCodec;
import io.thalweg.model.event.Header;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The body of an {@link Operation#APPEND}: events for one stream, appended all or none.
 *
 * <pre>
 * body        := log:16 partition:i32 expectedSequence:i64 flags:u8 [idempotency] [asOf:i32] count:i32 record{count}
 * idempotency := key:16 payload:16                    present with flag 1
 * asOf                                                present with flag 2: how many partitions the log had when this one was
 *                                                     chosen by the events' keys
 * </pre>
 *
 * Both hashes are the first half of a SHA-256: of the client's key, and of the event records. Records are those of {@link
 * EventCodec}. Instances are views: they share the memory of the buffer that they were parsed from, and are immutable.
 */
public final class AppendBody {
    /** No expectation about the head of the stream. */
    public static final long ANY_SEQUENCE = -1;

    /** What no head ever is: only a repetition of what was appended is answered, and all else is a mismatch. */
    public static final long REPEATED_ONLY = Long.MAX_VALUE;

    /** Most events in one request. */
    public static final int MAX_EVENTS = 1 << 20;

    /** The partition was not chosen by keys. */
    public static final int ANY_PARTITIONS = 0;

    private static final int IDEMPOTENCY = 1;
    private static final int AS_OF = 2;
    private static final int MIN_BYTES = 16 + 4 + 8 + 1 + 4;
    private static final int IDEMPOTENCY_BYTES = 32;
    private static final int AS_OF_BYTES = 4;

    /** What makes a retry recognizable: the key, and what the first request with it carried. */
    public record Idempotency(Hash128 key, Hash128 payload) {}

    private final StreamId stream;
    private final long expectedSequence;
    private final @Nullable Idempotency idempotency;
    private final int asOf;
    private final int eventCount;
    private final int eventsOffset;
    private final ByteBuffer events;

    private AppendBody(
            StreamId stream,
            long expectedSequence,
            @Nullable Idempotency idempotency,
            int asOf,
            int eventCount,
            int eventsOffset,
            ByteBuffer events) {
        this.stream = stream;
        this.expectedSequence = expectedSequence;
        this.idempotency = idempotency;
        this.asOf = asOf;
        this.eventCount = eventCount;
        this.eventsOffset = eventsOffset;
        this.events = events;
    }

    /**
     * Reads a body that is not trusted. The records are counted roughly, but not walked: {@link #validate} does that.
     *
     * @throws MalformedException when it is not a body
     */
    public static AppendBody parse(ByteBuffer body) {
        BinaryReader in = new BinaryReader(body);
        LogId log = new LogId(in.uuid());
        int partition = in.i32();
        if (partition < 0) {
            throw new MalformedException("partition " + partition + " is negative");
        }
        long expected = in.i64();
        if (expected < ANY_SEQUENCE) {
            throw new MalformedException("expected sequence " + expected + " is negative");
        }
        int flags = in.u8();
        if ((flags & ~(IDEMPOTENCY | AS_OF)) != 0) {
            throw new MalformedException("append flags " + flags + " are unknown");
        }
        Idempotency idempotency = null;
        if ((flags & IDEMPOTENCY) != 0) {
            idempotency = new Idempotency(new Hash128(in.i64(), in.i64()), new Hash128(in.i64(), in.i64()));
        }
        int asOf = ANY_PARTITIONS;
        if ((flags & AS_OF) != 0) {
            asOf = in.i32();
            if (asOf < 1) {
                throw new MalformedException("the log had " + asOf + " partitions, expected at least 1");
            }
        }
        int count = in.count(EventCodec.MIN_RECORD_BYTES);
        if (count < 1 || count > MAX_EVENTS) {
            throw new MalformedException("append has " + count + " events, expected 1 to " + MAX_EVENTS);
        }
        int offset = in.position() - body.position();
        return new AppendBody(
                new StreamId(log, partition), expected, idempotency, asOf, count, offset, in.slice(in.remaining()));
    }

    public StreamId stream() {
        return stream;
    }

    /** What the head of the stream must be, 0 for an empty stream; {@link #ANY_SEQUENCE} without an expectation. */
    public long expectedSequence() {
        return expectedSequence;
    }

    public @Nullable Idempotency idempotency() {
        return idempotency;
    }

    /** How many partitions the log had when this one was chosen by keys; {@link #ANY_PARTITIONS} when it was not. */
    public int asOf() {
        return asOf;
    }

    /** How many records there are, at least one. */
    public int eventCount() {
        return eventCount;
    }

    /** The records, as a view. */
    public ByteBuffer events() {
        return events.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Bytes from the start of the body to the first record. */
    public int eventsOffset() {
        return eventsOffset;
    }

    /** Walks all records; throws {@link MalformedException} unless they are {@link #eventCount} whole and unharmed ones. */
    public void validate() {
        EventCodec.validate(events, eventCount);
    }

    public static Builder builder(StreamId stream) {
        return new Builder(stream, 1024);
    }

    /** With room for about this many bytes of records before it must grow. */
    public static Builder builder(StreamId stream, int expectedBytes) {
        return new Builder(stream, expectedBytes);
    }

    /** Collects events into a body. Each event is encoded and checksummed once, as it is added. One thread at a time. */
    public static final class Builder {
        /** Bytes before the first record: room for the request's header, and for the longest head of the body. */
        private static final int HEAD_BYTES = RequestCodec.HEADER_BYTES + MIN_BYTES + IDEMPOTENCY_BYTES + AS_OF_BYTES;

        private final StreamId stream;
        private final BinaryWriter records;
        private long expectedSequence = ANY_SEQUENCE;
        private @Nullable String idempotencyKey;
        private int asOf = ANY_PARTITIONS;
        private int count;

        private Builder(StreamId stream, int expectedBytes) {
            this.stream = stream;
            this.records = new BinaryWriter(HEAD_BYTES + expectedBytes);
            records.raw(new byte[HEAD_BYTES]);
        }

        /** The head of the stream must equal {@code sequence}, or the append is refused. */
        public Builder expect(long sequence) {
            if (sequence < 0) {
                throw new MalformedException("expected sequence " + sequence + " is negative");
            }
            expectedSequence = sequence;
            return this;
        }

        /** A retry with the same key and the same events is answered as the first was, and appends nothing. */
        public Builder idempotencyKey(String key) {
            idempotencyKey = key;
            return this;
        }

        /** The partition was chosen by the events' keys, when the log had so many. */
        public Builder asOf(int partitions) {
            asOf = partitions;
            return this;
        }

        public Builder add(Event event) {
            admit();
            EventCodec.write(event, records);
            count++;
            return this;
        }

        /** Adds an event that is nothing but a payload. */
        public Builder add(byte[] payload) {
            return add(payload, 0, payload.length);
        }

        public Builder add(byte[] payload, int offset, int length) {
            return add(null, null, List.of(), payload, offset, length);
        }

        public Builder add(
                @Nullable String contentType,
                byte @Nullable [] key,
                List<Header> headers,
                byte[] payload,
                int offset,
                int length) {
            admit();
            EventCodec.write(contentType, key, headers, payload, offset, length, records);
            count++;
            return this;
        }

        private void admit() {
            if (count == MAX_EVENTS) {
                throw new MalformedException("more than " + MAX_EVENTS + " events in one append");
            }
        }

        public int count() {
            return count;
        }

        /** Bytes of the records so far. */
        public int recordBytes() {
            return records.length() - HEAD_BYTES;
        }

        /** The body, without copying the records; the builder must not be used after it. */
        public ByteBuffer build() {
            return whole().slice().order(ByteOrder.LITTLE_ENDIAN);
        }

        /** The request outside any session that appends these events, with room for its header; otherwise as {@link #build}. */
        public Request request(TenantId tenant) {
            return new Request(tenant, Request.NO_SESSION, 0, Operation.APPEND, whole(), RequestCodec.HEADER_BYTES);
        }

        private ByteBuffer whole() {
            if (count == 0) {
                throw new MalformedException("an append needs at least one event");
            }
            ByteBuffer all = records.toByteBuffer();
            int start = RequestCodec.HEADER_BYTES
                    + (idempotencyKey == null ? IDEMPOTENCY_BYTES : 0)
                    + (asOf == ANY_PARTITIONS ? AS_OF_BYTES : 0);
            ByteBuffer body = all.position(start);
            UUID log = stream.log().value();
            body.putLong(log.getMostSignificantBits())
                    .putLong(log.getLeastSignificantBits())
                    .putInt(stream.partition())
                    .putLong(expectedSequence)
                    .put((byte) ((idempotencyKey == null ? 0 : IDEMPOTENCY) | (asOf == ANY_PARTITIONS ? 0 : AS_OF)));
            if (idempotencyKey != null) {
                put(Hash128.of(idempotencyKey), body);
                put(Hash128.of(all.slice(HEAD_BYTES, recordBytes())), body);
            }
            if (asOf != ANY_PARTITIONS) {
                body.putInt(asOf);
            }
            body.putInt(count);
            return body.position(start);
        }

        private static void put(Hash128 hash, ByteBuffer body) {
            body.putLong(hash.high()).putLong(hash.low());
        }
    }
}
