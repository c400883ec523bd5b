package io.thalweg.server.ledgerwire;

import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerReply.Reason;
import io.thalweg.ledger.MultiBatch;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Builds what goes out. A reply is a function of the request and of its result alone, so that a retry gets the identical bytes
 * wherever and whenever it is built, but for the view.
 */
final class WireReplies {
    private static final int REGISTERED_BYTES = 64;

    private WireReplies() {}

    static ByteBuffer pong(ByteBuffer ping, int view, Aegis128L checksum) {
        ByteBuffer out = Header.allocate(Header.BYTES);
        Header.begin(out, ping, Header.COMMAND_PONG_CLIENT, Header.BYTES);
        out.putInt(Header.VIEW, view);
        out.putLong(Header.PONG_MONOTONIC, ping.getLong(Header.PING_MONOTONIC));
        Header.seal(out, checksum);
        return out;
    }

    /** @param message a request or a ping */
    static ByteBuffer eviction(ByteBuffer message, int view, Reason reason, Aegis128L checksum) {
        int client = message.get(Header.COMMAND) == Header.COMMAND_PING_CLIENT ? Header.PING_CLIENT : Header.CLIENT;
        ByteBuffer out = Header.allocate(Header.BYTES);
        Header.begin(out, message, Header.COMMAND_EVICTION, Header.BYTES);
        out.putInt(Header.VIEW, view);
        out.putLong(Header.EVICTION_CLIENT, message.getLong(client))
                .putLong(Header.EVICTION_CLIENT + 8, message.getLong(client + 8))
                .put(Header.EVICTION_REASON, (byte) reason.number());
        Header.seal(out, checksum);
        return out;
    }

    /** The reply to a registration: how large a batch may be. */
    static ByteBuffer registered(ByteBuffer request, int view, LedgerReply.Executed result, Aegis128L checksum) {
        ByteBuffer out = Header.allocate(Header.BYTES + REGISTERED_BYTES);
        out.putInt(Header.BYTES, Header.BODY_BYTES_MAX);
        return reply(out.position(out.capacity()), request, view, result.op(), result.timestamp(), checksum);
    }

    /** The reply to a request that created things. */
    static ByteBuffer created(
            ByteBuffer request, int view, WireOperation operation, LedgerReply.Executed result, Aegis128L checksum) {
        List<LedgerReply.Batch> batches = result.batches();
        boolean dense = operation.family() == WireOperation.Family.C;
        int results = 0;
        for (LedgerReply.Batch batch : batches) {
            results += dense ? batch.events() : batch.failed();
        }
        int trailer = operation.manyBatches() ? MultiBatch.trailerBytes(batches.size(), operation.resultBytes()) : 0;
        ByteBuffer out = Header.allocate(Header.BYTES + results * operation.resultBytes() + trailer);
        out.position(Header.BYTES);
        int[] counts = new int[batches.size()];
        for (int i = 0; i < counts.length; i++) {
            LedgerReply.Batch batch = batches.get(i);
            if (dense) {
                batch.putDense(out);
                counts[i] = batch.events();
            } else {
                counts[i] = batch.putSparse(out);
            }
        }
        if (operation.manyBatches()) {
            MultiBatch.putTrailer(out, counts, operation.resultBytes());
        }
        return reply(out, request, view, result.op(), result.timestamp(), checksum);
    }

    /**
     * Completes a reply.
     *
     * @param out the body lies behind the place of the header, up to the position
     * @return the message from its first byte to its last; shares the memory of {@code out}
     */
    static ByteBuffer reply(ByteBuffer out, ByteBuffer request, int view, long op, long timestamp, Aegis128L checksum) {
        out.flip();
        Header.begin(out, request, Header.COMMAND_REPLY, out.limit());
        out.putLong(Header.REPLY_REQUEST_CHECKSUM, request.getLong(Header.CHECKSUM))
                .putLong(Header.REPLY_REQUEST_CHECKSUM + 8, request.getLong(Header.CHECKSUM + 8))
                .putLong(Header.REPLY_CLIENT, request.getLong(Header.CLIENT))
                .putLong(Header.REPLY_CLIENT + 8, request.getLong(Header.CLIENT + 8))
                .putLong(Header.REPLY_OP, op)
                .putLong(Header.REPLY_COMMIT, op)
                .putLong(Header.REPLY_TIMESTAMP, timestamp)
                .putInt(Header.REPLY_NUMBER, request.getInt(Header.NUMBER))
                .put(Header.REPLY_OPERATION, request.get(Header.OPERATION));
        Header.seal(out, checksum);
        // The context, which the client sends back as the next request's parent, is the checksum without a context.
        out.putLong(Header.REPLY_CONTEXT, checksum.low()).putLong(Header.REPLY_CONTEXT + 8, checksum.high());
        // What is retried may come from a later view, and has the same context nevertheless.
        out.putInt(Header.VIEW, view);
        Header.sealHeader(out, checksum);
        return out;
    }
}
