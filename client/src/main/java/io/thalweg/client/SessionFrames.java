package io.thalweg.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** The frames of an append session in binary; {@code docs/append-sessions.md} has their form. */
final class SessionFrames {
    static final int EVENTS_MAX = 4_096;
    static final int MESSAGE_BYTES_MAX = 4 << 20;

    private static final int HEADERS_MAX = 64;
    private static final int TYPED = 1;
    private static final int KEYED = 2;
    private static final int HEADED = 4;

    private SessionFrames() {}

    /** The result of an append. */
    static final class Result {
        final long number;

        /** Empty when it was refused. */
        final List<Appended> events = new ArrayList<>();

        String code = "";
        String text = "";

        Result(long number) {
            this.number = number;
        }
    }

    /** Refuses an event that no log takes. */
    static void requireFits(NewEvent event) {
        String type = event.contentType();
        byte[] key = event.key();
        requireAtMost("payload", event.payload().length, 1 << 20);
        requireAtMost("key", key == null ? 0 : key.length, 0xffff);
        requireAtMost("content type", type == null ? 0 : utf8(type).length, 0xff);
        if (event.headers().size() > HEADERS_MAX) {
            throw new LogException(
                    "invalid_request", event.headers().size() + " headers, at most " + HEADERS_MAX + " are possible");
        }
        int bytes = 0;
        for (Map.Entry<String, String> header : event.headers()) {
            requireAtMost("header name", utf8(header.getKey()).length, 0xff);
            requireAtMost("header value", utf8(header.getValue()).length, 0xffff);
            bytes += utf8(header.getValue()).length;
        }
        requireAtMost("values of all headers", bytes, 1 << 20);
    }

    private static void requireAtMost(String what, int bytes, int max) {
        if (bytes > max) {
            throw new LogException("too_large", what + " of " + bytes + " bytes, at most " + max + " are possible");
        }
    }

    /** An append as a message. */
    static ByteBuffer append(long number, List<NewEvent> events) {
        int bytes = 11;
        for (NewEvent event : events) {
            bytes += 8 + recordBytes(event);
        }
        ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 1).putLong(number).putShort((short) events.size());
        for (NewEvent event : events) {
            out.putInt(event.partition()).putInt(recordBytes(event));
            record(event, out);
        }
        return out.flip();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int recordBytes(NewEvent event) {
        int bytes = 9 + event.payload().length;
        String type = event.contentType();
        bytes += type == null ? 0 : 1 + utf8(type).length;
        byte[] key = event.key();
        bytes += key == null ? 0 : 2 + key.length;
        bytes += event.headers().isEmpty() ? 0 : 1;
        for (Map.Entry<String, String> header : event.headers()) {
            bytes += 3 + utf8(header.getKey()).length + utf8(header.getValue()).length;
        }
        return bytes;
    }

    private static void record(NewEvent event, ByteBuffer out) {
        int start = out.position();
        out.putLong(0);
        String type = event.contentType();
        byte[] key = event.key();
        out.put((byte) ((type == null ? 0 : TYPED)
                | (key == null ? 0 : KEYED)
                | (event.headers().isEmpty() ? 0 : HEADED)));
        if (type != null) {
            out.put((byte) utf8(type).length).put(utf8(type));
        }
        if (key != null) {
            out.putShort((short) key.length).put(key);
        }
        if (!event.headers().isEmpty()) {
            out.put((byte) event.headers().size());
            for (Map.Entry<String, String> header : event.headers()) {
                out.put((byte) utf8(header.getKey()).length).put(utf8(header.getKey()));
                out.putShort((short) utf8(header.getValue()).length).put(utf8(header.getValue()));
            }
        }
        out.put(event.payload());
        int body = start + 8;
        CRC32C crc = new CRC32C();
        crc.update(out.duplicate().position(body).limit(out.position()));
        out.putInt(start, out.position() - body).putInt(start + 4, (int) crc.getValue());
    }

    /**
     * Reads a message of results.
     *
     * @throws RuntimeException when it is none
     */
    static List<Result> results(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        List<Result> results = new ArrayList<>();
        while (in.hasRemaining()) {
            int kind = in.get();
            Result result = new Result(in.getLong());
            if (kind == 2) {
                boolean duplicate = in.get() != 0;
                for (int i = in.getShort() & 0xffff; i > 0; i--) {
                    result.events.add(new Appended(in.getInt(), in.getLong(), duplicate));
                }
            } else if (kind == 3) {
                result.code = text(in);
                result.text = text(in);
            } else {
                throw new IllegalArgumentException("a frame of kind " + kind + ", expected 2 or 3");
            }
            results.add(result);
        }
        return results;
    }

    private static String text(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a text of " + length + " bytes, " + in.remaining() + " are left");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
