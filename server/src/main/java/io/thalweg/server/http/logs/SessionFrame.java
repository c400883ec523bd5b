package io.thalweg.server.http.logs;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes over an append session: appends one way, their results the other, in the order of the appends. A message is one frame or several.
 *
 * <pre>
 * append  := 1:u8 number:i64 count:u16 placed{count}
 * placed  := partition:i32 length:i32 record           record of {@link EventCodec}; partition -1 for that of its key, or any
 * done    := 2:u8 number:i64 duplicate:u8 count:u16 stands{count}
 * stands  := partition:i32 sequence:i64
 * refused := 3:u8 number:i64 code text                 both length:i32 utf8
 * </pre>
 *
 * Little-endian.
 */
sealed interface SessionFrame {
    /** Partition of an event that goes where its key does. */
    int ANY_PARTITION = -1;

    /** Events in one append. */
    int EVENTS_MAX = 4_096;

    /** Bytes of one message. */
    int MESSAGE_BYTES_MAX = 4 << 20;

    /** Appends that may be under way in a session, from the first that has no result. */
    int UNDER_WAY_MAX = 256;

    /** Number of the append, which its sender chose. */
    long number();

    /** Writes the frame behind others of a message. */
    void write(BinaryWriter out);

    /** An event, and where it goes. */
    record Placed(int partition, Event event) {}

    /** Where an event stands. */
    record Stands(int partition, long sequence) {}

    /** Events to be appended, all or none. */
    record Append(long number, List<Placed> events) implements SessionFrame {
        public Append {
            events = List.copyOf(events);
        }

        @Override
        public void write(BinaryWriter out) {
            out.u8(1).i64(number).u16(events.size());
            for (Placed placed : events) {
                ByteBuffer record = EventCodec.encode(placed.event);
                out.i32(placed.partition).i32(record.remaining()).raw(record);
            }
        }
    }

    /** The append is durable, or was already: then it stands where it stood. */
    record Done(long number, boolean duplicate, List<Stands> events) implements SessionFrame {
        public Done {
            events = List.copyOf(events);
        }

        @Override
        public void write(BinaryWriter out) {
            out.u8(2).i64(number).bool(duplicate).u16(events.size());
            events.forEach(stands -> out.i32(stands.partition).i64(stands.sequence));
        }
    }

    /** Nothing of the append is stored. */
    record Refused(long number, String code, String text) implements SessionFrame {
        @Override
        public void write(BinaryWriter out) {
            out.u8(3).i64(number).text(code).text(text);
        }
    }

    /**
     * Reads a message that is not trusted.
     *
     * @throws MalformedException when it is not made of frames
     */
    static List<SessionFrame> read(ByteBuffer message) {
        BinaryReader in = new BinaryReader(message);
        List<SessionFrame> frames = new ArrayList<>();
        while (in.remaining() > 0) {
            int kind = in.u8();
            long number = in.i64();
            frames.add(
                    switch (kind) {
                        case 1 -> new Append(number, placed(in));
                        case 2 -> done(number, in);
                        case 3 -> new Refused(number, in.text(), in.text());
                        default -> throw new MalformedException("a frame of kind " + kind + ", expected 1 to 3");
                    });
        }
        return frames;
    }

    private static List<Placed> placed(BinaryReader in) {
        int count = in.u16();
        if (count < 1 || count > EVENTS_MAX) {
            throw new MalformedException("an append of " + count + " events, expected 1 to " + EVENTS_MAX);
        }
        List<Placed> events = new ArrayList<>(Math.min(count, in.remaining() / (8 + EventCodec.MIN_RECORD_BYTES) + 1));
        for (int i = 0; i < count; i++) {
            int partition = in.i32();
            if (partition < ANY_PARTITION) {
                throw new MalformedException("partition " + partition + " is negative");
            }
            ByteBuffer record = in.slice(in.i32());
            EventCodec.validate(record, 1);
            events.add(new Placed(partition, EventCodec.decode(record)));
        }
        return events;
    }

    private static Done done(long number, BinaryReader in) {
        boolean duplicate = in.bool();
        int count = in.u16();
        List<Stands> events = new ArrayList<>(Math.min(count, in.remaining() / 12 + 1));
        for (int i = 0; i < count; i++) {
            events.add(new Stands(in.i32(), in.i64()));
        }
        return new Done(number, duplicate, events);
    }
}
