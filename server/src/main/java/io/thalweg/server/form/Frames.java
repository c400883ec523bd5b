package io.thalweg.server.form;

import io.thalweg.log.EventBatch;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Header;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events in binary, for clients that do not want their bytes inside JSON: {@code application/vnd.thalweg.frames}. The same form
 * is read and appended, so that what was read from one log can be appended to another as it is. Integers are little-endian.
 *
 * <pre>
 * body    = *frame
 * frame   = u32 length of all that follows in this frame
 *           u8  flags: 1 content type, 2 key, 4 headers, 8 place; others must be 0
 *           [place:        i64 sequence, i64 nanoseconds since 1970]   written when reading, ignored when appending
 *           [content type: u8 length, UTF-8]
 *           [key:          u16 length, bytes]
 *           [headers:      u8 count, each: u8 length, name in UTF-8, u16 length, value in UTF-8]
 *           payload: the rest
 * </pre>
 *
 * The smallest frame is therefore five bytes, the length and a zero, followed by the payload.
 */
public final class Frames {
    private static final int CONTENT_TYPE = 1;
    private static final int KEY = 2;
    private static final int HEADERS = 4;
    private static final int PLACE = 8;
    private static final int KNOWN = CONTENT_TYPE | KEY | HEADERS | PLACE;

    private Frames() {}

    /** Splits a body of {@code length} bytes; refuses it whole when any frame is not what the form says. */
    public static void parse(byte[] body, int length, EventSink sink) {
        ByteBuffer in = ByteBuffer.wrap(body, 0, length).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            int start = in.position();
            try {
                int frame = in.getInt();
                if (frame < 1 || frame > in.remaining()) {
                    throw malformed(
                            start,
                            "its length is " + Integer.toUnsignedString(frame) + ", but " + in.remaining()
                                    + " bytes are left");
                }
                int end = in.position() + frame;
                in.limit(end);
                one(in, start, sink, body);
                in.limit(length).position(end);
            } catch (BufferUnderflowException e) {
                throw malformed(start, "it ends in the middle of its metadata");
            }
        }
    }

    private static void one(ByteBuffer in, int start, EventSink sink, byte[] body) {
        int flags = in.get() & 0xff;
        if ((flags & ~KNOWN) != 0) {
            throw malformed(start, "its flags are " + flags + ", of which some are unknown");
        }
        if ((flags & PLACE) != 0) {
            in.getLong();
            in.getLong();
        }
        String contentType = (flags & CONTENT_TYPE) == 0 ? null : text(in, in.get() & 0xff, start);
        byte[] key = (flags & KEY) == 0 ? null : copy(slice(in, in.getShort() & 0xffff));
        List<Header> headers = List.of();
        if ((flags & HEADERS) != 0) {
            int count = in.get() & 0xff;
            headers = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                String name = text(in, in.get() & 0xff, start);
                headers.add(new Header(name, text(in, in.getShort() & 0xffff, start)));
            }
        }
        sink.event(contentType, key, headers, body, in.position(), in.remaining());
    }

    private static ByteBuffer slice(ByteBuffer in, int length) {
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer slice = in.slice(in.position(), length);
        in.position(in.position() + length);
        return slice;
    }

    private static byte[] copy(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private static String text(ByteBuffer in, int length, int start) {
        String text = Utf8.decodeOrNull(slice(in, length));
        if (text == null) {
            throw malformed(start, "a text in it is not UTF-8");
        }
        return text;
    }

    private static ThalwegException malformed(int offset, String why) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, "the frame at byte " + offset + " is malformed: " + why);
    }

    /** Writes the event under the batch's cursor. */
    public static void write(EventBatch event, ByteSink out) {
        byte @Nullable [] type =
                event.contentType() == null ? null : event.contentType().getBytes(StandardCharsets.UTF_8);
        ByteBuffer key = event.key();
        int flags = PLACE | (type == null ? 0 : CONTENT_TYPE) | (key == null ? 0 : KEY);
        flags |= event.headerCount() == 0 ? 0 : HEADERS;

        int start = out.length();
        out.i32(0).u8(flags).i64(event.sequence()).i64(event.timestampNs());
        if (type != null) {
            out.u8(type.length).raw(type);
        }
        if (key != null) {
            out.u16(key.remaining()).raw(key);
        }
        if (event.headerCount() > 0) {
            out.u8(event.headerCount());
            for (int i = 0; i < event.headerCount(); i++) {
                byte[] name = event.headerName(i).getBytes(StandardCharsets.UTF_8);
                byte[] value = event.headerValue(i).getBytes(StandardCharsets.UTF_8);
                out.u8(name.length).raw(name).u16(value.length).raw(value);
            }
        }
        out.raw(event.payload());
        out.setI32(start, out.length() - start - 4);
    }
}
