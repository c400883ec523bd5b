package io.thalweg.model.request;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The result of an {@link Operation#APPEND_ALL}: where the events of each part stand, in the order of the parts. Form: count i32, then an
 * {@link AppendResult} each.
 */
public record AppendAllResult(List<AppendResult> parts) {
    public AppendAllResult {
        parts = List.copyOf(parts);
    }

    /** Whether the producer's append was done before. */
    public boolean duplicate() {
        return !parts.isEmpty() && parts.getFirst().duplicate();
    }

    public ByteBuffer encode() {
        BinaryWriter out = new BinaryWriter(4 + parts.size() * AppendResult.BYTES).i32(parts.size());
        parts.forEach(part -> out.raw(part.encode()));
        return out.toByteBuffer();
    }

    /** Reads what {@link #encode} wrote; the buffer does not move. */
    public static AppendAllResult decode(ByteBuffer result) {
        BinaryReader in = new BinaryReader(result);
        List<AppendResult> parts = new ArrayList<>();
        for (int left = in.count(AppendResult.BYTES); left > 0; left--) {
            parts.add(AppendResult.decode(in.slice(AppendResult.BYTES)));
        }
        in.end();
        return new AppendAllResult(parts);
    }
}
