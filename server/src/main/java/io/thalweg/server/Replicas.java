package io.thalweg.server;

import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.raft.Member;
import io.thalweg.raft.RatisConsensus;
import io.thalweg.server.duties.Duty;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens and closes this node's replicas of shards for data as the directory wants them.
 *
 * <p>A replica that is wanted here is opened with nothing, as a member of no group; its leader adds it, and it answers once it is whole. One that is
 * wanted no more goes on until its group is without it, which the group's leader says after it has been sure that it leads: so nothing is
 * closed that is still counted for a majority.
 */
final class Replicas {
    /** How often {@link #step} is called. */
    static final Duration EVERY = Duration.ofMillis(250);

    private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);

    private final String self;
    private final Supplier<ClusterState> wanted;
    private final ShardSet set;
    private final Peers peers;
    private final Uses uses;
    private final Runnable removed;

    /** By shard, markers that were sent through its order so that this node's replica can be known to be whole. */
    private final Map<Integer, CompletableFuture<Void>> markers = new HashMap<>();

    /** Shards of which was said already why their replicas do not begin here. */
    private final Set<Integer> refused = new HashSet<>();

    private volatile boolean directoryIsWhole;

    /** Whether this node is on its way out. */
    private boolean ends;

    /** What a node does with the shards that it has. */
    interface Uses {
        /** A replica answers from now on. */
        void begin(HostedShard home);

        /** No call comes to a replica any more; returns when nothing uses it. */
        void end(HostedShard home) throws InterruptedException;
    }

    /**
     * @param wanted the directory's newest word
     * @param removed ends this node, which is in its cluster no more; must not block
     */
    Replicas(String self, Supplier<ClusterState> wanted, ShardSet set, Peers peers, Uses uses, Runnable removed) {
        this.self = self;
        this.wanted = wanted;
        this.set = set;
        this.peers = peers;
        this.uses = uses;
        this.removed = removed;
    }

    /** What is done again and again, for the groups that this node leads, too. */
    List<Duty> duties(Administration administration) {
        GroupDuty groups = new GroupDuty(self, administration, set.open(), peers);
        return List.of(
                new Duty("replicas", EVERY, Duty.always(), this::step),
                new Duty("groups", GroupDuty.EVERY, Duty.always(), groups::step));
    }

    /** Does what there is to do now. */
    void step() throws InterruptedException {
        ClusterState now = wanted.get();
        HostedShard directory = set.serving().getFirst();
        if (!directoryIsWhole && isWhole(directory)) {
            directoryIsWhole = true;
        }
        // One that was off when it was removed never hears that it is gone: its replica of the directory stops. That of
        // one that has not come in yet may be stopped, too, but is not in the directory here.
        boolean stopped = directory.shard().role() == Consensus.Role.STOPPED;
        boolean mayBeOut = now.node(self)
                .filter(node ->
                        node.state() == NodeRecord.State.GONE || (stopped && node.state() != NodeRecord.State.JOINING))
                .isPresent();
        if (!ends && mayBeOut && isOut(directory)) {
            ends = true;
            LOG.error("this node was removed from the cluster, and ends");
            removed.run();
            return;
        }
        for (HostedShard home : set.open()) {
            if (!set.serving().contains(home) && isWhole(home)) {
                serve(home);
            }
        }
        for (int shard : now.placement().keySet()) {
            Optional<HostedShard> here =
                    set.open().stream().filter(home -> home.number() == shard).findFirst();
            boolean isWanted = now.wanted(shard).contains(self);
            if (isWanted && here.isEmpty()) {
                join(shard);
            } else if (!isWanted && here.isPresent() && isOut(here.get())) {
                leave(here.get());
            }
        }
    }

    /** Whether this node knows the directory as it is, and not as it was when a log or a copy began. */
    boolean directoryIsWhole() {
        return directoryIsWhole;
    }

    /** One that its group counts already has been here, and is lost: it would vote again as if it had acknowledged nothing. */
    private void join(int shard) throws InterruptedException {
        Optional<List<String>> members = peers.membersOf(set.open(), shard);
        if (members.isEmpty()) {
            return;
        }
        if (members.get().contains(self)) {
            if (refused.add(shard)) {
                LOG.error(
                        "the group of shard {} counts this node, which has nothing of it: move the shard to another"
                                + " node, and back",
                        shard);
            }
            return;
        }
        refused.remove(shard);
        try {
            LOG.info("shard {} is wanted on this node: its replica begins", shard);
            HostedShard _ = set.join(shard);
        } catch (IOException | RuntimeException e) {
            LOG.warn("the replica of shard {} could not be opened; trying again", shard, e);
        }
    }

    /** It is in its group, and has applied a marker that was ordered after it came there. */
    private boolean isWhole(HostedShard home) {
        CompletableFuture<Void> marker = markers.get(home.number());
        if (marker == null) {
            boolean isMember =
                    peers.ratis().group(home.number()).flatMap(RatisConsensus::settled).orElse(List.of()).stream()
                            .map(Member::id)
                            .anyMatch(self::equals);
            if (isMember) {
                markers.put(home.number(), home.shard().barrier());
            }
            return false;
        }
        if (!marker.isDone()) {
            return false;
        }
        markers.remove(home.number());
        return !marker.isCompletedExceptionally();
    }

    private void serve(HostedShard home) {
        try {
            set.serve(home);
        } catch (IOException e) {
            LOG.warn("the replica of shard {} is whole, but that cannot be noted; trying again", home.number(), e);
            return;
        }
        uses.begin(home);
        LOG.info("the replica of shard {} is whole", home.number());
    }

    /** Whether the group goes on without this node, by its leader's word. */
    private boolean isOut(HostedShard home) throws InterruptedException {
        if (home.shard().role() == Consensus.Role.LEADER) {
            return false;
        }
        return peers.membersOf(set.open(), home.number())
                .filter(members -> !members.contains(self))
                .isPresent();
    }

    private void leave(HostedShard home) throws InterruptedException {
        LOG.info("shard {} goes on without this node: its replica is closed, and put aside", home.number());
        boolean served = set.serving().contains(home);
        set.retire(home);
        markers.remove(home.number());
        if (served) {
            uses.end(home);
            if (!isOut(home)) {
                LOG.info("shard {} was asked back meanwhile: its replica stays", home.number());
                return; // It answers again when it is known to be whole.
            }
        }
        try {
            set.leave(home);
        } catch (IOException e) {
            LOG.error("the files of shard {}, which this node has no more, could not be put aside", home.number(), e);
        }
    }
}
