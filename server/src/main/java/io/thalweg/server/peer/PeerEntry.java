package io.thalweg.server.peer;

import io.thalweg.log.journal.JournalEntry;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** An entry of a shard's journal on its way to another node; {@link PeerAnswers} has the form. */
final class PeerEntry {
    private static final int HEAD_BYTES = 3 * Long.BYTES + 2 * Integer.BYTES;

    private PeerEntry() {}

    static ByteBuffer encode(Optional<JournalEntry> entry) {
        if (entry.isEmpty()) {
            return ByteBuffer.allocate(0);
        }
        JournalEntry found = entry.get();
        byte[] body = new byte[found.body().limit()];
        found.body().get(0, body);
        return new BinaryWriter(HEAD_BYTES + body.length)
                .i64(found.index())
                .i64(found.term())
                .i64(found.stampNs())
                .i32(found.requests())
                .i32(found.checksum())
                .raw(body)
                .toByteBuffer();
    }

    /** The entry, whose place in the other's files says nothing here; its body is as it came, and its checksum is to be compared. */
    static Optional<JournalEntry> decode(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) {
            return Optional.empty();
        }
        BinaryReader in = new BinaryReader(bytes);
        long index = in.i64();
        long term = in.i64();
        long stampNs = in.i64();
        int requests = in.i32();
        int checksum = in.i32();
        ByteBuffer body = ByteBuffer.wrap(in.raw(in.remaining())).order(ByteOrder.LITTLE_ENDIAN);
        return Optional.of(new JournalEntry(index, term, stampNs, requests, checksum, body, -1, 0));
    }
}
