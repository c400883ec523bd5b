package io.thalweg.model.request;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import java.nio.ByteBuffer;

/**
 * The result of an {@link Operation#APPEND}: where its events stand.
 *
 * @param firstSequence of the first event; the others follow without a gap
 * @param count how many events there are
 * @param timestampNs of the first event; each next event has one nanosecond more
 * @param duplicate true when an earlier request with the same idempotency key appended them
 */
public record AppendResult(long firstSequence, int count, long timestampNs, boolean duplicate) {
    /** Bytes of the binary form: i64 first sequence, i32 count, i64 timestamp, u8 duplicate. */
    public static final int BYTES = 21;

    public long lastSequence() {
        return firstSequence + count - 1;
    }

    public ByteBuffer encode() {
        return new BinaryWriter(BYTES)
                .i64(firstSequence)
                .i32(count)
                .i64(timestampNs)
                .bool(duplicate)
                .toByteBuffer();
    }

    /** Reads what {@link #encode} wrote; the buffer does not move. */
    public static AppendResult decode(ByteBuffer result) {
        BinaryReader in = new BinaryReader(result);
        AppendResult decoded = new AppendResult(in.i64(), in.i32(), in.i64(), in.bool());
        in.end();
        return decoded;
    }
}
