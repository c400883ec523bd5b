package io.thalweg.server;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.Roster;
import io.thalweg.cluster.forward.Forwarding;
import io.thalweg.cluster.forward.PeerWire;
import io.thalweg.ports.clock.Clock;
import io.thalweg.raft.RatisNode;
import io.thalweg.raft.ShardGroup;
import io.thalweg.server.data.ShardFolders;
import io.thalweg.shard.Replica;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** How this node takes part in groups: with whom by its configuration, over which road, and where it keeps what a group has. */
record Grouping(
        Roster cluster,
        String self,
        boolean joins,
        RatisNode ratis,
        PeerWire road,
        WayBack back,
        ShardFolders folders) {
    /** Runs what it is given when a leader may have been found meanwhile. */
    private static final Executor LATER = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);

    /** Opens a replica as a member of a group, which passes on what only the leader can order. */
    Forwarding over(ShardGroup of, Replica replica, Clock clock) {
        return Forwarding.over(of.shard(), self, replica, ratis.shard(of), road, LATER, clock);
    }

    /**
     * Whether a shard is where the configuration has it, so that its group may begin with that. A member that never began has acknowledged
     * nothing, so that it may begin whenever it comes; one that began and is lost may not.
     */
    boolean begins(int shard, List<String> wanted, boolean isLost) {
        List<String> configured = cluster.configured().holders(shard).stream()
                .map(ClusterNode::id)
                .toList();
        return !joins && !isLost && configured.contains(self) && (wanted.isEmpty() || wanted.equals(configured));
    }

    /** Whether this node began alone, and others may have come. */
    boolean alone() {
        return !joins && cluster.configured().nodes().size() == 1;
    }

    /** As the configuration has it; if there is anything on disk, that knows better. */
    ShardGroup begun(int shard) {
        Path directory = folders.raft(shard);
        return ShardGroup.isBeginning(directory)
                ? alone(shard)
                : new ShardGroup(
                        shard,
                        cluster.configured().holders(shard).stream()
                                .map(ClusterNode::member)
                                .toList(),
                        directory);
    }

    /** Of a group that begins with what is here, in which this node is the only member yet. */
    ShardGroup alone(int shard) {
        return new ShardGroup(
                shard, List.of(cluster.configured().node(self).orElseThrow().member()), folders.raft(shard), true);
    }

    /** Of a group that its leader adds this node to. */
    ShardGroup joined(int shard) {
        return ShardGroup.isBeginning(folders.raft(shard))
                ? alone(shard)
                : new ShardGroup(shard, List.of(), folders.raft(shard));
    }
}
