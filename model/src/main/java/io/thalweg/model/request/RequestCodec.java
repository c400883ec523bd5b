package io.thalweg.model.request;

import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The binary form of the requests in the body of a consensus entry, one after the other:
 *
 * <pre>
 * body    := request*
 * request := length:u32 tenant:16 session:16 number:i64 operation:u16 flags:u16 body
 * </pre>
 *
 * {@code length} counts what follows it; {@code flags} is 0. A header is written apart from the body that follows it, so that
 * a body is never copied to be ordered.
 */
public final class RequestCodec {
    /** Bytes before a request's body, the length among them. */
    public static final int HEADER_BYTES = 48;

    private static final int LENGTH_BYTES = 4;

    private RequestCodec() {}

    /** Bytes that {@code request} takes in an entry's body. */
    public static int encodedBytes(Request request) {
        return Math.addExact(HEADER_BYTES, request.body().remaining());
    }

    /** Writes the header at the position of {@code target}; the request's body has to follow it. */
    public static void putHeader(Request request, ByteBuffer target) {
        ByteOrder order = target.order();
        target.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(encodedBytes(request) - LENGTH_BYTES)
                .putLong(request.tenant().value().getMostSignificantBits())
                .putLong(request.tenant().value().getLeastSignificantBits())
                .putLong(request.session().getMostSignificantBits())
                .putLong(request.session().getLeastSignificantBits())
                .putLong(request.number())
                .putShort((short) request.operation().number())
                .putShort((short) 0)
                .order(order);
    }

    /** The body of an entry that holds {@code requests}: a header and the request's own buffer for each. */
    public static List<ByteBuffer> encode(List<Request> requests) {
        ByteBuffer headers = ByteBuffer.allocate(Math.multiplyExact(requests.size(), HEADER_BYTES));
        List<ByteBuffer> parts = new ArrayList<>(2 * requests.size());
        for (Request request : requests) {
            int start = headers.position();
            putHeader(request, headers);
            parts.add(headers.slice(start, HEADER_BYTES));
            parts.add(request.body().duplicate());
        }
        return parts;
    }

    /** Steps through the requests of an entry's body that is not trusted. The body must be one buffer. */
    public static Cursor cursor(ByteBuffer body) {
        return new Cursor(body);
    }

    /** Stands on one request at a time; the bodies that it returns share the memory of the entry's body. */
    public static final class Cursor {
        private final ByteBuffer body;
        private final int start;
        private int next;
        private int bodyOffset;

        private Cursor(ByteBuffer body) {
            this.body = body.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            this.start = body.position();
            this.next = start;
        }

        /** True while there are bytes left, well-formed or not. */
        public boolean hasNext() {
            return next < body.limit();
        }

        /** The next request; throws {@link MalformedException} when the bytes are not one. */
        public Request next() {
            int left = body.limit() - next;
            if (left < HEADER_BYTES) {
                throw new MalformedException(
                        "request header needs " + HEADER_BYTES + " bytes, but " + left + " are left");
            }
            int length = body.getInt(next);
            if (length < HEADER_BYTES - LENGTH_BYTES || length > left - LENGTH_BYTES) {
                throw new MalformedException("request length " + length + " at offset " + (next - start)
                        + " is not within " + (HEADER_BYTES - LENGTH_BYTES) + ".." + (left - LENGTH_BYTES));
            }
            int at = next + LENGTH_BYTES;
            TenantId tenant = new TenantId(new UUID(body.getLong(at), body.getLong(at + 8)));
            UUID session = new UUID(body.getLong(at + 16), body.getLong(at + 24));
            long number = body.getLong(at + 32);
            Operation operation = Operation.ofNumber(body.getShort(at + 40) & 0xffff);
            int flags = body.getShort(at + 42) & 0xffff;
            if (flags != 0) {
                throw new MalformedException("request flags " + flags + " are unknown");
            }
            int from = next + HEADER_BYTES;
            int size = length - (HEADER_BYTES - LENGTH_BYTES);
            bodyOffset = from - start;
            next = from + size;
            return new Request(
                    tenant, session, number, operation, body.slice(from, size).order(ByteOrder.LITTLE_ENDIAN));
        }

        /** Where the last returned request's body begins, in bytes from the start of the entry's body. */
        public int bodyOffset() {
            return bodyOffset;
        }
    }
}
