package io.thalweg.view.state;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Position;
import io.thalweg.model.PositionCodec;
import io.thalweg.model.StreamId;
import io.thalweg.view.DeadLetters;
import io.thalweg.view.Gap;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewInstance;
import java.util.ArrayList;
import java.util.List;

/**
 * State of a view's code together with the position that it reflects. What both formats that keep it ({@link SnapshotFile}, {@link
 * IndexKeeper}) say beside the code's own bytes is, little-endian:
 *
 * <pre>
 * header  position · position dead-lettered · i64 taken at, ms since 1970 · u16 n · n gaps
 * gap     log 16 bytes · i32 partition · i64 from · i64 to
 * </pre>
 *
 * with positions as {@link PositionCodec} writes them. Format 1 of either had {@code i64 sequence · i64 dead-lettered · i64 taken at},
 * of the one stream that the view followed.
 *
 * @param position the last sequences processed
 * @param deadLettered the last sequences that went to {@link DeadLetters}
 * @param takenAtMs when, in milliseconds since 1970
 * @param gaps what was gone before it could be processed, oldest first, at most {@link Gap#MAX}
 * @param guest what {@link ViewInstance#snapshot} returned
 */
public record SavedState(Position position, Position deadLettered, long takenAtMs, List<Gap> gaps, byte[] guest) {
    private static final int GAP_BYTES = 36;

    public SavedState {
        gaps = List.copyOf(gaps);
    }

    void writeHeader(BinaryWriter out) {
        PositionCodec.write(out, position);
        PositionCodec.write(out, deadLettered);
        out.i64(takenAtMs).u16(gaps.size());
        for (Gap gap : gaps) {
            out.uuid(gap.stream().log().value())
                    .i32(gap.stream().partition())
                    .i64(gap.from())
                    .i64(gap.to());
        }
    }

    /** Reads a header; the guest's bytes are empty. */
    static SavedState readHeader(BinaryReader in) {
        Position position = PositionCodec.read(in);
        Position deadLettered = PositionCodec.read(in);
        long takenAtMs = in.i64();
        int count = in.u16();
        if (count > Gap.MAX || in.remaining() < (long) count * GAP_BYTES) {
            throw new MalformedException("has " + count + " gaps, at most " + Gap.MAX + " are allowed");
        }
        List<Gap> gaps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            try {
                gaps.add(new Gap(new StreamId(new LogId(in.uuid()), in.i32()), in.i64(), in.i64()));
            } catch (IllegalArgumentException e) {
                throw new MalformedException(String.valueOf(e.getMessage()));
            }
        }
        return new SavedState(position, deadLettered, takenAtMs, gaps, new byte[0]);
    }

    /** Reads what format 1 had in this place. */
    static SavedState readHeaderOfOneStream(BinaryReader in, StreamId stream) {
        long sequence = in.i64();
        long deadLettered = in.i64();
        if (sequence < 0 || deadLettered < 0) {
            throw new MalformedException("is at sequence " + sequence + ", which cannot be");
        }
        return new SavedState(
                Position.of(stream, sequence), Position.of(stream, deadLettered), in.i64(), List.of(), new byte[0]);
    }

    SavedState withGuest(byte[] bytes) {
        return new SavedState(position, deadLettered, takenAtMs, gaps, bytes);
    }

    /** What a client may know of it once it is durable. */
    public VersionStatus.Snapshot described() {
        return new VersionStatus.Snapshot(position, java.time.Instant.ofEpochMilli(takenAtMs), guest.length);
    }
}
