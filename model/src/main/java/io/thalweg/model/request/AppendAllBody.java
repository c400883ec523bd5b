package io.thalweg.model.request;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventCodec;
import io.thalweg.model.event.Header;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of an {@link Operation#APPEND_ALL}: events for several streams of one shard, appended all or none, perhaps by a {@link Producer}.
 *
 * <pre>
 * body     := flags:u8 [producer] parts:u16 part{parts}
 * producer := length:u8 utf8 epoch:i64 number:i64                  present with flag 1
 * part     := log:16 partition:i32 expectedSequence:i64 [asOf:i32] count:i32 length:i32 record{count}
 * asOf                                                             present with flag 2: as in an {@link AppendBody}, 0 for none
 * </pre>
 *
 * A stream stands in one part at most. Records are those of {@link EventCodec}, as in an {@link AppendBody}.
 *
 * @param producer who numbers its appends, null for nobody
 */
public record AppendAllBody(@Nullable Producer producer, List<Part> parts) {
    /** Most streams in one request. */
    public static final int MAX_PARTS = 1_024;

    /** Most streams in one request of a producer: its last result is remembered for ever. */
    public static final int MAX_PARTS_OF_PRODUCER = 256;

    private static final int PRODUCED = 1;
    private static final int AS_OF = 2;
    private static final int PART_BYTES = 16 + 4 + 8 + 4 + 4;

    /**
     * The events of one stream.
     *
     * @param expectedSequence what its head must be; {@link AppendBody#ANY_SEQUENCE} without an expectation
     * @param asOf how many partitions the log had when this one was chosen by keys; {@link AppendBody#ANY_PARTITIONS} when it was not
     * @param count how many records there are, at least one
     * @param offset bytes from the start of the body to the first record
     * @param records a view of the body's memory, not to be changed
     */
    public record Part(StreamId stream, long expectedSequence, int asOf, int count, int offset, ByteBuffer records) {}

    public AppendAllBody {
        parts = List.copyOf(parts);
    }

    /**
     * Reads a body that is not trusted, and walks all records.
     *
     * @throws MalformedException when it is not a body
     */
    public static AppendAllBody parse(ByteBuffer body) {
        BinaryReader in = new BinaryReader(body);
        int flags = in.u8();
        if ((flags & ~(PRODUCED | AS_OF)) != 0) {
            throw new MalformedException("append flags " + flags + " are unknown");
        }
        Producer producer = (flags & PRODUCED) != 0 ? Producer.read(in) : null;
        int count = in.u16();
        int max = producer == null ? MAX_PARTS : MAX_PARTS_OF_PRODUCER;
        if (count < 1 || count > max) {
            throw new MalformedException("append goes to " + count + " streams, expected 1 to " + max);
        }
        List<Part> parts = new ArrayList<>(Math.min(count, in.remaining() / PART_BYTES + 1));
        Set<StreamId> streams = new HashSet<>();
        for (int i = 0; i < count; i++) {
            Part part = part(in, body, (flags & AS_OF) != 0);
            if (!streams.add(part.stream)) {
                throw new MalformedException("stream " + part.stream + " is there twice");
            }
            parts.add(part);
        }
        in.end();
        return new AppendAllBody(producer, parts);
    }

    private static Part part(BinaryReader in, ByteBuffer body, boolean dated) {
        LogId log = new LogId(in.uuid());
        int partition = in.i32();
        if (partition < 0) {
            throw new MalformedException("partition " + partition + " is negative");
        }
        long expected = in.i64();
        if (expected < AppendBody.ANY_SEQUENCE) {
            throw new MalformedException("expected sequence " + expected + " is negative");
        }
        int asOf = dated ? in.i32() : AppendBody.ANY_PARTITIONS;
        if (asOf < 0) {
            throw new MalformedException("the log had " + asOf + " partitions, expected at least 1");
        }
        int count = in.i32();
        if (count < 1 || count > AppendBody.MAX_EVENTS) {
            throw new MalformedException(
                    "append has " + count + " events for a stream, expected 1 to " + AppendBody.MAX_EVENTS);
        }
        int length = in.i32();
        int offset = in.position() - body.position();
        ByteBuffer records = in.slice(length);
        EventCodec.validate(records, count);
        return new Part(new StreamId(log, partition), expected, asOf, count, offset, records);
    }

    /** Collects events into a request; each is encoded once, as it is added. One thread at a time. */
    public static final class Builder {
        private final Map<StreamId, Records> parts = new LinkedHashMap<>();
        private @Nullable Producer producer;

        private static final class Records {
            final BinaryWriter bytes = new BinaryWriter(512);
            long expectedSequence = AppendBody.ANY_SEQUENCE;
            int asOf = AppendBody.ANY_PARTITIONS;
            int count;
        }

        /** Numbers the append: a repetition is answered as the first was, and appends nothing. */
        public Builder by(Producer numbered) {
            producer = numbered;
            return this;
        }

        /** The head of a stream that gets events must equal {@code sequence}, or all is refused. */
        public Builder expect(StreamId stream, long sequence) {
            if (sequence < 0) {
                throw new MalformedException("expected sequence " + sequence + " is negative");
            }
            part(stream).expectedSequence = sequence;
            return this;
        }

        /** A stream that gets events was chosen by their keys, when its log had so many partitions. */
        public Builder asOf(StreamId stream, int partitions) {
            part(stream).asOf = partitions;
            return this;
        }

        public Builder add(StreamId stream, Event event) {
            Records part = part(stream);
            EventCodec.write(event, part.bytes);
            part.count++;
            return this;
        }

        public Builder add(
                StreamId stream,
                @Nullable String contentType,
                byte @Nullable [] key,
                List<Header> headers,
                byte[] payload,
                int offset,
                int length) {
            Records part = part(stream);
            EventCodec.write(contentType, key, headers, payload, offset, length, part.bytes);
            part.count++;
            return this;
        }

        private Records part(StreamId stream) {
            Records known = parts.computeIfAbsent(stream, _ -> new Records());
            int max = producer == null ? MAX_PARTS : MAX_PARTS_OF_PRODUCER;
            if (parts.size() > max) {
                throw new MalformedException("append goes to more than " + max + " streams");
            }
            return known;
        }

        /** The streams that get something, in the order of the results. */
        public List<StreamId> streams() {
            return List.copyOf(parts.keySet());
        }

        /** Bytes of the records so far. */
        public int recordBytes() {
            return parts.values().stream().mapToInt(part -> part.bytes.length()).sum();
        }

        /** The body. */
        public ByteBuffer build() {
            Producer by = producer;
            BinaryWriter out = new BinaryWriter(64 + parts.size() * PART_BYTES + recordBytes());
            boolean dated = parts.values().stream().anyMatch(part -> part.asOf != AppendBody.ANY_PARTITIONS);
            out.u8((by == null ? 0 : PRODUCED) | (dated ? AS_OF : 0));
            if (by != null) {
                by.write(out);
            }
            out.u16(parts.size());
            parts.forEach((stream, part) -> {
                out.uuid(stream.log().value()).i32(stream.partition()).i64(part.expectedSequence);
                if (dated) {
                    out.i32(part.asOf);
                }
                out.i32(part.count).i32(part.bytes.length()).raw(part.bytes.toByteBuffer());
            });
            return out.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }

        /** The request outside any session that appends these events. */
        public Request request(TenantId tenant) {
            return Request.of(tenant, Operation.APPEND_ALL, build());
        }
    }

    /**
     * A writer whose appends carry a growing number, so that a repeat is recognised for ever.
     *
     * @param name unique in the tenant, 1 to {@value #MAX_NAME_BYTES} bytes
     * @param epoch grows when somebody takes the name over; what has a smaller one is fenced
     * @param number of this append, above those before it in its epoch
     */
    public record Producer(String name, long epoch, long number) {
        public static final int MAX_NAME_BYTES = 255;

        public Producer {
            int bytes = name.getBytes(StandardCharsets.UTF_8).length;
            if (bytes < 1 || bytes > MAX_NAME_BYTES || epoch < 0 || number < 0) {
                throw new MalformedException(
                        "producer has a name of " + bytes + " bytes, epoch " + epoch + " and number " + number
                                + "; expected 1 to " + MAX_NAME_BYTES + " bytes, and nothing negative");
            }
        }

        void write(BinaryWriter out) {
            byte[] text = name.getBytes(StandardCharsets.UTF_8);
            out.u8(text.length).raw(text).i64(epoch).i64(number);
        }

        static Producer read(BinaryReader in) {
            return new Producer(in.utf8(in.u8()), in.i64(), in.i64());
        }
    }
}
