package io.thalweg.testkit.raft;

import io.thalweg.model.BinaryWriter;
import io.thalweg.shard.Entry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A shard's entry as the small Raft keeps it: {@code stampNs i64, requests i32, checksum i32, body}, little-endian, in an array of
 * its own, so that nobody changes it any more.
 */
public final class GroupEntry {
    private static final int HEAD_BYTES = 8 + 4 + 4;

    private GroupEntry() {}

    public static byte[] encode(Entry entry) {
        BinaryWriter out = new BinaryWriter(HEAD_BYTES + entry.length());
        out.i64(entry.timestampNs()).i32(entry.requests()).i32(entry.checksum());
        entry.body().forEach(part -> out.raw(part.duplicate()));
        return out.toByteArray();
    }

    /** The entry, on the array's own bytes. */
    public static Entry decode(byte[] bytes) {
        ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long stampNs = all.getLong();
        int requests = all.getInt();
        int checksum = all.getInt();
        ByteBuffer body = all.slice().order(ByteOrder.LITTLE_ENDIAN);
        return new Entry(stampNs, requests, List.of(body), body.remaining(), checksum);
    }

    /** A copy that shares nothing with the original. */
    public static Entry copy(Entry entry) {
        return decode(encode(entry));
    }
}
