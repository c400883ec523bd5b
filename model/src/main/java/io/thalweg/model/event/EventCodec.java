package io.thalweg.model.event;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Limits;
import io.thalweg.model.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The binary form of an event, version 1. It is built once, at the door; apply, disk and readers keep these very bytes.
 *
 * <pre>
 * record      := length:u32 crc:u32 flags:u8 [contentType] [key] [headers] payload
 * contentType := length:u8 utf8                       present with flag 1
 * key         := length:u16 bytes                     present with flag 2
 * headers     := count:u8 { length:u8 utf8 length:u16 utf8 }   present with flag 4
 * payload     := what is left of the record
 * </pre>
 *
 * {@code length} counts what follows {@code crc}, which is the CRC-32C of those same bytes. Little-endian.
 *
 * @see EventCursor the walk over records that were stored
 */
public final class EventCodec {
    /** Bytes of length and checksum before what they cover. */
    public static final int PREFIX_BYTES = 8;

    /** The smallest record: no metadata, no payload. */
    public static final int MIN_RECORD_BYTES = PREFIX_BYTES + 1;

    static final int CONTENT_TYPE = 1;
    static final int KEY = 2;
    static final int HEADERS = 4;

    /** The largest record that the format can express within {@link Limits}. */
    public static final int MAX_RECORD_BYTES = MIN_RECORD_BYTES
            + (1 + 255)
            + (2 + 0xffff)
            + (1 + Limits.MAX_HEADERS * (1 + 255 + 2 + 0xffff))
            + Limits.MAX_EVENT_BYTES;

    private EventCodec() {}

    /** Appends one record to {@code out}. Throws {@link MalformedException} when a part is over its limit. */
    public static void write(Event event, BinaryWriter out) {
        byte[] payload = event.payload();
        write(event.contentType(), event.key(), event.headers(), payload, 0, payload.length, out);
    }

    /** Appends one record with a payload out of the middle of an array. */
    public static void write(
            @Nullable String contentType,
            byte @Nullable [] key,
            List<Header> headers,
            byte[] payload,
            int offset,
            int length,
            BinaryWriter out) {
        if (length > Limits.MAX_EVENT_BYTES) {
            throw new MalformedException("payload has " + length + " bytes; the limit is " + Limits.MAX_EVENT_BYTES);
        }
        int start = out.length();
        int flags =
                (contentType == null ? 0 : CONTENT_TYPE) | (key == null ? 0 : KEY) | (headers.isEmpty() ? 0 : HEADERS);
        out.i64(0).u8(flags);
        if (contentType != null) {
            byte[] text = bounded(contentType, 0, 255, "content type");
            out.u8(text.length).raw(text);
        }
        if (key != null) {
            if (key.length > 0xffff) {
                throw new MalformedException("key has " + key.length + " bytes; the limit is " + 0xffff);
            }
            out.u16(key.length).raw(key);
        }
        if (!headers.isEmpty()) {
            writeHeaders(headers, out);
        }
        out.raw(payload, offset, length);
        out.sealRecord(start);
    }

    private static void writeHeaders(List<Header> headers, BinaryWriter out) {
        if (headers.size() > Limits.MAX_HEADERS) {
            throw new MalformedException(headers.size() + " headers; the limit is " + Limits.MAX_HEADERS);
        }
        out.u8(headers.size());
        for (Header header : headers) {
            byte[] name = bounded(header.name(), 1, 255, "header name");
            byte[] value = bounded(header.value(), 0, 0xffff, "header value");
            out.u8(name.length).raw(name).u16(value.length).raw(value);
        }
    }

    private static byte[] bounded(String text, int min, int max, String what) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < min || bytes.length > max) {
            throw new MalformedException(what + " has " + bytes.length + " bytes, expected " + min + " to " + max);
        }
        return bytes;
    }

    /** One record as bytes of its own. */
    public static ByteBuffer encode(Event event) {
        BinaryWriter out = new BinaryWriter(MIN_RECORD_BYTES + 64 + event.payload().length);
        write(event, out);
        return out.toByteBuffer();
    }

    /** The event of a buffer that holds exactly one record; throws {@link MalformedException} otherwise. */
    public static Event decode(ByteBuffer record) {
        EventCursor cursor = new EventCursor(record);
        if (!cursor.next()) {
            throw new MalformedException("an event record was expected, but there are no bytes");
        }
        Event event = cursor.toEvent();
        if (cursor.next()) {
            throw new MalformedException("more than one event record");
        }
        return event;
    }

    /**
     * Checks that what remains in {@code block} is exactly {@code count} records: lengths, limits, checksums, and that text is
     * UTF-8. Meant for bytes that come from a client. The block does not move.
     */
    public static void validate(ByteBuffer block, int count) {
        if (count < 0 || (long) count * MIN_RECORD_BYTES > block.remaining()) {
            throw new MalformedException(count + " events do not fit in " + block.remaining() + " bytes");
        }
        EventCursor cursor = new EventCursor(block);
        int seen = 0;
        while (cursor.next()) {
            cursor.checkText();
            seen++;
        }
        if (seen != count) {
            throw new MalformedException("block has " + seen + " events, but says " + count);
        }
    }

    /** The whole length of the record at the absolute index {@code offset}, which must end at or before {@code limit}. */
    public static int recordBytes(ByteBuffer block, int offset, int limit) {
        int left = limit - offset;
        if (left < MIN_RECORD_BYTES) {
            throw new MalformedException(
                    "event record needs " + MIN_RECORD_BYTES + " bytes, but " + left + " are left");
        }
        int length = block.order() == ByteOrder.LITTLE_ENDIAN
                ? block.getInt(offset)
                : Integer.reverseBytes(block.getInt(offset));
        if (length < 1 || length > left - PREFIX_BYTES) {
            throw new MalformedException(
                    "event record length " + length + " is not within 1.." + (left - PREFIX_BYTES));
        }
        return PREFIX_BYTES + length;
    }
}
