package io.thalweg.shard.stream;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which other partitions of its log a stream has given slots to, and which one it had its own from: at a sequence that both know. Events about a
 * key of a slot that moved stand up to there in the old stream, and from its first event on in the new one.
 *
 * <pre>
 * splits := from:i32 fromAt:i64 given:i32 { to:i32 at:i64 }
 * </pre>
 *
 * @param from the partition that its slots were of, {@link #NONE} for one that the log began with
 * @param fromAt newest sequence of that one when this one began; 0 without one
 * @param given in their order
 */
public record StreamSplits(int from, long fromAt, List<Given> given) {
    /** No partition. */
    public static final int NONE = -1;

    /** A stream that has nothing to do with any other. */
    static final StreamSplits WHOLE = new StreamSplits(NONE, 0, List.of());

    /**
     * Slots that were given away.
     *
     * @param to the partition that has them now
     * @param at newest sequence of the giving stream then
     */
    public record Given(int to, long at) {}

    public StreamSplits {
        given = List.copyOf(given);
    }

    /** Of a stream that begins with slots of another. */
    static StreamSplits of(int from, long at) {
        return new StreamSplits(from, at, List.of());
    }

    /** The same after one split more. */
    StreamSplits with(int to, long at) {
        List<Given> more = new ArrayList<>(given);
        more.add(new Given(to, at));
        return new StreamSplits(from, fromAt, more);
    }

    /** Whether somebody who saw the log with so many partitions knows to whom the slots of this one belong. */
    boolean known(int partitions) {
        return given.isEmpty() || partitions > given.getLast().to;
    }

    void save(BinaryWriter out) {
        out.i32(from).i64(fromAt).i32(given.size());
        given.forEach(each -> out.i32(each.to).i64(each.at));
    }

    static StreamSplits load(BinaryReader in) {
        int from = in.i32();
        long fromAt = in.i64();
        List<Given> given = new ArrayList<>();
        for (int left = in.count(12); left > 0; left--) {
            given.add(new Given(in.i32(), in.i64()));
        }
        if (from < NONE || fromAt < 0 || given.stream().anyMatch(each -> each.to < 0 || each.at < 0)) {
            throw new MalformedException(
                    "a stream has slots of partition " + from + " from " + fromAt + " on, and gave " + given);
        }
        return new StreamSplits(from, fromAt, given);
    }
}
