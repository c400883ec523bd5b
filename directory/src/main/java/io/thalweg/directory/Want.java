package io.thalweg.directory;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import java.util.ArrayList;
import java.util.List;

/**
 * One thing that the directory wants a shard to have, or not to have any more. To have it twice is to have it.
 *
 * <pre>
 * wants := count:i32 want*
 * want  := kind:u8 (1 have stream | 2 drop stream) log:uuid partition:i32
 *        | kind:u8 (5 split stream) log:uuid partition:i32 to:i32
 *        | kind:u8 (3 have ledger | 4 drop ledger) ledger:uuid
 * </pre>
 */
public sealed interface Want {

    /** An empty stream, unless it is there already. */
    record HaveStream(StreamId stream) implements Want {}

    /** An empty stream {@code to} of the same log for slots that were the stream's, unless it is there already. */
    record SplitStream(StreamId stream, int to) implements Want {}

    /** No such stream, with all its events. */
    record DropStream(StreamId stream) implements Want {}

    /** An empty ledger, unless it is there already. */
    record HaveLedger(LedgerId ledger) implements Want {}

    /** No such ledger, with all that is booked in it. */
    record DropLedger(LedgerId ledger) implements Want {}

    /** Writes wants as described above. */
    static void write(List<Want> wants, BinaryWriter out) {
        out.i32(wants.size());
        for (Want want : wants) {
            switch (want) {
                case HaveStream(var stream) ->
                    out.u8(1).uuid(stream.log().value()).i32(stream.partition());
                case SplitStream(var stream, int to) ->
                    out.u8(5).uuid(stream.log().value()).i32(stream.partition()).i32(to);
                case DropStream(var stream) ->
                    out.u8(2).uuid(stream.log().value()).i32(stream.partition());
                case HaveLedger(var ledger) -> out.u8(3).uuid(ledger.value());
                case DropLedger(var ledger) -> out.u8(4).uuid(ledger.value());
            }
        }
    }

    /** Reads wants back. */
    static List<Want> read(BinaryReader in) {
        List<Want> wants = new ArrayList<>();
        for (int left = in.count(17); left > 0; left--) {
            int kind = in.u8();
            wants.add(
                    switch (kind) {
                        case 1 -> new HaveStream(stream(in));
                        case 2 -> new DropStream(stream(in));
                        case 5 -> new SplitStream(stream(in), partition(in));
                        case 3 -> new HaveLedger(new LedgerId(in.uuid()));
                        case 4 -> new DropLedger(new LedgerId(in.uuid()));
                        default -> throw new MalformedException("want " + kind + " is unknown");
                    });
        }
        return wants;
    }

    private static StreamId stream(BinaryReader in) {
        LogId log = new LogId(in.uuid());
        return new StreamId(log, partition(in));
    }

    private static int partition(BinaryReader in) {
        int partition = in.i32();
        if (partition < 0) {
            throw new MalformedException("partition " + partition + " is negative");
        }
        return partition;
    }
}
