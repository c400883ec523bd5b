package io.thalweg.model.event;

import io.thalweg.model.Checksum;
import io.thalweg.model.Limits;
import io.thalweg.model.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks the event records of a block, see {@link EventCodec}. Each step checks lengths, limits and the checksum before
 * anything of the event can be seen, and allocates nothing; accessors allocate only the object that they return. One thread
 * at a time. The block must not change meanwhile.
 */
public final class EventCursor {
    private static final int NONE = -1;

    private final Checksum checksum = new Checksum();
    private final ByteBuffer block;
    private int limit;
    private int next;

    private int record;
    private int contentType = NONE;
    private int key = NONE;
    private int headers = NONE;
    private int payload;
    private int end;

    /** Stands before the first record of what remains in {@code block}, which does not move. */
    public EventCursor(ByteBuffer block) {
        this.block = block.order() == ByteOrder.LITTLE_ENDIAN
                ? block
                : block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        reset(block.position(), block.limit());
    }

    /** Bytes of the whole block, whatever of it is stepped through. */
    public int blockBytes() {
        return block.capacity();
    }

    /** Stands before the record at the absolute index {@code from} of the same block. */
    public void reset(int from, int to) {
        if (from < 0 || to < from || to > block.limit()) {
            throw new IllegalArgumentException("range " + from + ".." + to + " is not within 0.." + block.limit());
        }
        next = from;
        record = from;
        end = from;
        payload = from;
        limit = to;
        contentType = NONE;
        key = NONE;
        headers = NONE;
    }

    /**
     * Steps to the next record; false when the block ends here.
     *
     * @throws MalformedException when the bytes are not a whole, unharmed record; {@link #offset} then says where it began
     */
    public boolean next() {
        if (next >= limit) {
            return false;
        }
        record = next;
        int size = EventCodec.recordBytes(block, record, limit);
        end = record + size;
        int expected = block.getInt(record + 4);
        int actual = checksum.of(block, record + EventCodec.PREFIX_BYTES, size - EventCodec.PREFIX_BYTES);
        if (actual != expected) {
            throw new MalformedException("event checksum is " + Integer.toHexString(actual) + ", but the record says "
                    + Integer.toHexString(expected));
        }
        parse();
        return true;
    }

    /** Steps like {@link #next} through records that this cursor has been through before, and so need no second check. */
    public boolean step() {
        if (next >= limit) {
            return false;
        }
        record = next;
        end = record + EventCodec.PREFIX_BYTES + block.getInt(record);
        parse();
        return true;
    }

    private void parse() {
        int content = record + EventCodec.PREFIX_BYTES;
        int flags = block.get(content);
        if (flags == 0) {
            contentType = NONE;
            key = NONE;
            headers = NONE;
            payload = content + 1;
        } else {
            metadata(flags, content + 1);
        }
        if (end - payload > Limits.MAX_EVENT_BYTES) {
            throw new MalformedException(
                    "payload has " + (end - payload) + " bytes; the limit is " + Limits.MAX_EVENT_BYTES);
        }
        next = end;
    }

    private void metadata(int flags, int from) {
        if ((flags & ~(EventCodec.CONTENT_TYPE | EventCodec.KEY | EventCodec.HEADERS)) != 0) {
            throw new MalformedException("event flags " + (flags & 0xff) + " are unknown");
        }
        int at = from;
        contentType = NONE;
        key = NONE;
        headers = NONE;
        if ((flags & EventCodec.CONTENT_TYPE) != 0) {
            contentType = at;
            at = within(within(at, 1), u8(at));
        }
        if ((flags & EventCodec.KEY) != 0) {
            key = at;
            int start = within(at, 2);
            at = within(start, u16(at));
        }
        if ((flags & EventCodec.HEADERS) != 0) {
            headers = at;
            int start = within(at, 1);
            int count = u8(at);
            if (count == 0 || count > Limits.MAX_HEADERS) {
                throw new MalformedException(count + " headers; expected 1 to " + Limits.MAX_HEADERS);
            }
            at = start;
            for (int i = 0; i < count; i++) {
                at = skipHeader(at);
            }
        }
        payload = at;
    }

    private int skipHeader(int at) {
        int name = within(at, 1);
        int nameBytes = u8(at);
        if (nameBytes == 0) {
            throw new MalformedException("header name is empty");
        }
        int value = within(name, nameBytes);
        int valueStart = within(value, 2);
        return within(valueStart, u16(value));
    }

    /** {@code at + bytes}, which must not leave the record. */
    private int within(int at, int bytes) {
        if (bytes > end - at) {
            throw new MalformedException("event metadata leaves its record by " + (bytes - (end - at)) + " bytes");
        }
        return at + bytes;
    }

    private int u8(int at) {
        if (at >= end) {
            throw new MalformedException("event metadata leaves its record");
        }
        return block.get(at) & 0xff;
    }

    private int u16(int at) {
        return block.getShort(at) & 0xffff;
    }

    /** Checks that content type and headers are UTF-8, which {@link #next} leaves to whoever first lets the bytes in. */
    public void checkText() {
        if (contentType != NONE) {
            utf8(contentType + 1, u8(contentType), "content type");
        }
        int at = headers == NONE ? NONE : headers + 1;
        for (int i = 0; i < headerCount(); i++) {
            utf8(at + 1, u8(at), "header name");
            int value = at + 1 + u8(at);
            utf8(value + 2, u16(value), "header value");
            at = skipHeader(at);
        }
    }

    private void utf8(int at, int length, String what) {
        for (int i = at; i < at + length; i++) {
            if (block.get(i) < 0) {
                try {
                    var _ = StandardCharsets.UTF_8.newDecoder().decode(block.slice(at, length));
                } catch (CharacterCodingException e) {
                    throw new MalformedException(what + " is not UTF-8");
                }
                return;
            }
        }
    }

    /** Absolute index in the block at which the current record begins. */
    public int offset() {
        return record;
    }

    /** Bytes of the current record, its length and checksum among them. */
    public int recordBytes() {
        return end - record;
    }

    public @Nullable String contentType() {
        return contentType == NONE ? null : text(contentType + 1, u8(contentType));
    }

    public @Nullable ByteBuffer key() {
        return key == NONE ? null : slice(key + 2, u16(key));
    }

    public int headerCount() {
        return headers == NONE ? 0 : u8(headers);
    }

    public String headerName(int index) {
        int at = header(index);
        return text(at + 1, u8(at));
    }

    public String headerValue(int index) {
        int at = header(index);
        int value = at + 1 + u8(at);
        return text(value + 2, u16(value));
    }

    private int header(int index) {
        if (index < 0 || index >= headerCount()) {
            throw new IndexOutOfBoundsException("header " + index + " of " + headerCount());
        }
        int at = headers + 1;
        for (int i = 0; i < index; i++) {
            at = skipHeader(at);
        }
        return at;
    }

    public int payloadLength() {
        return end - payload;
    }

    /** The payload as a view of the block. */
    public ByteBuffer payload() {
        return slice(payload, end - payload);
    }

    /** The current event as an object of its own. */
    public Event toEvent() {
        List<Header> list = new ArrayList<>(headerCount());
        for (int i = 0; i < headerCount(); i++) {
            list.add(new Header(headerName(i), headerValue(i)));
        }
        byte[] keyBytes = key == NONE ? null : bytes(key + 2, u16(key));
        return new Event(contentType(), keyBytes, list, bytes(payload, payloadLength()));
    }

    private ByteBuffer slice(int at, int length) {
        return block.slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] bytes(int at, int length) {
        byte[] bytes = new byte[length];
        block.get(at, bytes);
        return bytes;
    }

    private String text(int at, int length) {
        return new String(bytes(at, length), StandardCharsets.UTF_8);
    }
}
