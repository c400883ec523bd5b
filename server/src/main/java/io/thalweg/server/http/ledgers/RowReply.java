package io.thalweg.server.http.ledgers;

import io.thalweg.ledger.query.Direction;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.LedgerJson;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Rows of a ledger as a reply: one JSON object, a JSON object a line, or as they are. */
final class RowReply {
    private static final int ROW_BYTES_MAX = 128;

    /** About what a row takes as JSON, in the array that it is built in and in its copy. */
    private static final int JSON_BYTES = 2 * 512;

    private RowReply() {}

    /** Takes memory for so many rows and for their JSON, before either is allocated. */
    static void reserve(Call call, int rows) {
        call.memory().take((long) rows * (ROW_BYTES_MAX + JSON_BYTES));
    }

    /**
     * Replies with what lies between a buffer's position and limit.
     *
     * @param name of the array in the JSON object
     * @param next what asks for the rows behind these; null when there are none
     */
    static void send(
            UsageMeter meter,
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
        meter.dataOut(call.tenantId(), reply.length);
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

    /** What asks for the rows behind these; null when there are none. */
    static @Nullable String next(ByteBuffer rows, int rowBytes, int timestampOffset, int limit, Direction direction) {
        if (rows.remaining() < limit * rowBytes) {
            return null;
        }
        long last = rows.getLong(rows.limit() - rowBytes + timestampOffset);
        return direction == Direction.ASCENDING ? Long.toString(last + 1) : last == 1 ? null : Long.toString(last - 1);
    }

    /** Replies with JSON that was written by hand. */
    static void json(UsageMeter meter, Call call, ByteSink out) {
        meter.dataOut(call.tenantId(), out.length());
        call.reply(200, MediaTypes.JSON, out.toByteArray());
    }
}
