package io.thalweg.server.http;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Rows of a ledger as a reply: one JSON object, a JSON object a line, or as they are. */
final class RowReply {
    private RowReply() {}

    /** A little-endian buffer for so many rows. */
    static ByteBuffer buffer(int rows, int rowBytes) {
        return ByteBuffer.allocate(rows * rowBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Replies with what lies between a buffer's position and limit.
     *
     * @param name of the array in the JSON object
     * @param next what asks for the rows behind these; null when there are none
     */
    static void send(
            Services services,
            Call call,
            String name,
            ByteBuffer rows,
            int rowBytes,
            LedgerJson.RowWriter writer,
            @Nullable String next) {
        if (next != null) {
            call.with(HeaderWords.NEXT_TIMESTAMP, next);
        }
        String form = call.accepts(MediaTypes.JSON, MediaTypes.NDJSON, MediaTypes.RECORDS);
        byte[] reply = switch (form) {
            case MediaTypes.RECORDS -> {
                byte[] bytes = new byte[rows.remaining()];
                rows.get(rows.position(), bytes);
                yield bytes;
            }
            case MediaTypes.NDJSON -> {
                ByteSink out = new ByteSink(2 * rows.remaining() + 64);
                for (int at = rows.position(); at < rows.limit(); at += rowBytes) {
                    writer.write(rows, at, out);
                    out.u8('\n');
                }
                yield out.toByteArray();
            }
            default -> {
                ByteSink out = new ByteSink(2 * rows.remaining() + 64);
                out.ascii("{\"").ascii(name).ascii("\":");
                array(rows, rowBytes, writer, out);
                out.ascii(",\"next\":");
                out.ascii(next == null ? "null}" : "\"" + next + "\"}");
                yield out.toByteArray();
            }
        };
        services.usage().dataOut(call.tenantId(), reply.length);
        call.reply(200, form, reply);
    }

    static void array(ByteBuffer rows, int rowBytes, LedgerJson.RowWriter writer, ByteSink out) {
        out.u8('[');
        for (int at = rows.position(); at < rows.limit(); at += rowBytes) {
            if (at > rows.position()) {
                out.u8(',');
            }
            writer.write(rows, at, out);
        }
        out.u8(']');
    }
}
