package io.thalweg.server.http.logs;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.thalweg.directory.Log;
import io.thalweg.model.StreamId;
import io.thalweg.server.routing.Elsewhere;
import io.thalweg.server.routing.Shards;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.shard.stream.StreamSplits;
import org.jspecify.annotations.Nullable;

/**
 * A partition of a log as one who looks at the log sees it. What only a replica of its shard knows is left out where this node has none: who
 * looks at a log whose partitions no single node has all of sees the rest all the same, and one who has just changed it is not told that
 * it failed.
 *
 * @param leader as far as this node knows
 * @param first oldest sequence that is kept; null where only others know
 * @param head newest sequence; null where only others know
 * @param slots how many it owns
 * @param from the partition that these were of, null for one that the log began with
 * @param fromAt newest sequence of that one then
 */
record PartitionView(
        int partition,
        int shard,
        @Nullable String leader,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String first,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String head,

        int slots,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer from,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String fromAt) {

    /** @param node this one */
    static PartitionView of(Log log, StreamId stream, Shards shards, String node) {
        int number = log.shard(stream.partition());
        int slots = log.slots(stream.partition()).size();
        if (shards.isHere(number)) {
            try {
                return here(log, stream, shards, node);
            } catch (Elsewhere _) {
                // It went away this moment.
            }
        }
        return new PartitionView(
                stream.partition(), number, shards.leader(number).orElse(null), null, null, slots, null, null);
    }

    private static PartitionView here(Log log, StreamId stream, Shards shards, String node) {
        int number = log.shard(stream.partition());
        Shard shard = shards.numbered(number);
        Consensus.Standing standing = shard.standing();
        boolean leads = standing.role() == Consensus.Role.LEADER;
        StreamSplits splits = shard.splits(stream).orElse(null);
        StreamSplits made = splits != null && splits.from() != StreamSplits.NONE ? splits : null;
        return new PartitionView(
                stream.partition(),
                number,
                leads ? node : standing.leader().orElse(null),
                Long.toString(shards.events(stream).first(stream)),
                Long.toString(shards.events(stream).head(stream)),
                log.slots(stream.partition()).size(),
                made == null ? null : (Integer) made.from(),
                made == null ? null : Long.toString(made.fromAt()));
    }
}
