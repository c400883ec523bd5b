package io.thalweg.server;

import io.thalweg.server.data.DiskSpace;
import io.thalweg.server.data.Failures;
import io.thalweg.server.duties.Duties;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.slab.NodeSlab;
import io.thalweg.shard.Consensus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Why a node cannot serve, in words that are for everybody: no path, nothing of a tenant. Any thread. */
final class Health {
    private Health() {}

    /** What has ended or halted in a node. */
    static Optional<String> unwell(Duties duties, NodeSlab slab, Collection<HostedShard> shards) {
        Optional<Throwable> ended = duties.failure();
        if (ended.isPresent()) {
            return Optional.of("a duty of the node has ended: " + Failures.withoutPaths(ended.get()));
        }
        Optional<Throwable> halted = slab.failure();
        if (halted.isPresent()) {
            return Optional.of("the slab has halted: " + Failures.withoutPaths(halted.get()));
        }
        for (HostedShard home : shards) {
            Optional<Throwable> failure = home.shard().failure();
            if (failure.isPresent()) {
                return Optional.of("shard " + home.number() + " has halted: " + Failures.withoutPaths(failure.get()));
            }
        }
        return Optional.empty();
    }

    /** What is being made whole here, or was lost and cannot be yet, for which calls go to other nodes meanwhile; and whether there is room. */
    static Optional<String> remark(
            Collection<HostedShard> open, Collection<HostedShard> serving, Map<Integer, String> lost, DiskSpace space) {
        List<String> words = new ArrayList<>();
        lost.forEach(
                (shard, why) -> words.add("shard " + shard + " was lost here, and does not come back yet: " + why));
        for (HostedShard home : open) {
            if (!serving.contains(home)) {
                words.add("the replica of shard " + home.number() + " is being made whole");
            }
        }
        if (space.isFull()) {
            words.add(space.words());
        }
        return words.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", words));
    }

    /** A shard of which this node knows no leader, as for a moment in an election. */
    static Optional<String> withoutLeader(Collection<HostedShard> shards) {
        for (HostedShard home : shards) {
            Consensus.Standing standing = home.shard().standing();
            if (standing.role() != Consensus.Role.LEADER && standing.leader().isEmpty()) {
                return Optional.of(
                        "shard " + home.number() + " has no leader that this node knows of: it is " + standing.role());
            }
        }
        return Optional.empty();
    }
}
