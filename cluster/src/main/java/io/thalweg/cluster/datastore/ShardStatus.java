package io.thalweg.cluster.datastore;

import io.thalweg.shard.Consensus.Standing;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One shard on this node.
 *
 * @param shard its number
 * @param commitOffset index of the newest entry that is applied here, from 0; it never goes back
 * @param lag entries that are known to be committed and are not applied here; empty on the primary, and while it is not known
 */
public record ShardStatus(int shard, ShardRole role, long commitOffset, OptionalLong lag) {
    /** The unit of {@link #commitOffset} and {@link #lag}. */
    public static final String UNIT = "entries";

    /** How the words begin for a replica that should be here, and is not. */
    public static final String LOST = "lost";

    /** A secondary that lacks more is recovering. */
    public static final long LAG_MAX = 1_000;

    /** A replica that was here and is gone. */
    public static ShardStatus lost(int shard, String why) {
        return new ShardStatus(shard, new ShardRole.Other(LOST + ": " + why), 0, OptionalLong.empty());
    }

    /**
     * What a shard's standing means.
     *
     * @param applied index of the newest entry that is applied here
     * @param failure why the shard halted, if it did
     */
    public static ShardStatus of(int shard, Standing standing, long applied, Optional<String> failure) {
        long offset = Math.max(0, applied);
        if (failure.isPresent()) {
            return new ShardStatus(
                    shard, new ShardRole.Other("halted: " + failure.get()), offset, OptionalLong.empty());
        }
        long lag = Math.max(0, standing.committed() - applied);
        return switch (standing.role()) {
            case LEADER -> new ShardStatus(shard, new ShardRole.Primary(), offset, OptionalLong.empty());
            case FOLLOWER -> {
                boolean current = standing.leader().isPresent() && lag <= LAG_MAX;
                yield new ShardStatus(
                        shard,
                        current ? new ShardRole.Secondary() : new ShardRole.Recovering(),
                        offset,
                        standing.leader().isPresent() ? OptionalLong.of(lag) : OptionalLong.empty());
            }
            case CANDIDATE -> new ShardStatus(shard, new ShardRole.Recovering(), offset, OptionalLong.empty());
            case STOPPED -> new ShardStatus(shard, new ShardRole.Other("stopped"), offset, OptionalLong.empty());
        };
    }
}
