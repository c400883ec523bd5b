package io.thalweg.server;

import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.cluster.plan.GroupStep;
import io.thalweg.cluster.plan.Plan;
import io.thalweg.cluster.plan.Planner;
import io.thalweg.directory.Actor;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.model.ThalwegException;
import io.thalweg.raft.RatisConsensus;
import io.thalweg.raft.peer.Member;
import io.thalweg.server.peer.PeerStatus;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the groups of the shards that this node leads what the directory wants, one member at a time: first whoever is to come, and has its replica
 * open, is added, which Ratis does once it has nearly all; then whoever is to go is left out, if most of those who stay are current. A leader
 * that is to go hands over to one that stays. What cannot be done now waits, and the log says why once.
 *
 * <p>It remembers nothing: whoever leads a shard next goes on from what the group is and from what is wanted.
 */
final class GroupDuty {
    /** How often {@link #step} is called. */
    static final Duration EVERY = Duration.ofMillis(500);

    /** What a current replica may lack of what is applied here, in entries: what it said is half a second old. */
    private static final long BEHIND_MAX = 20_000;

    private static final Logger LOG = LoggerFactory.getLogger(GroupDuty.class);

    private final String self;
    private final Administration administration;
    private final List<HostedShard> open;
    private final Peers peers;
    private final Map<Integer, CompletableFuture<Void>> under = new HashMap<>();
    private final Map<Integer, String> waits = new HashMap<>();

    /** @param open the shards whose files are open here, as of each look */
    GroupDuty(String self, Administration administration, List<HostedShard> open, Peers peers) {
        this.self = self;
        this.administration = administration;
        this.open = open;
        this.peers = peers;
    }

    /** Does the next thing for each shard. */
    void step() throws InterruptedException {
        ClusterState now = administration.directory().cluster();
        if (!now.isKnown()) {
            return;
        }
        for (HostedShard home : open) {
            if (home.shard().role() != Consensus.Role.LEADER) {
                waits.remove(home.number());
                continue;
            }
            if (home.number() == Bounds.DIRECTORY_SHARD) {
                admit(now);
                raise(now);
                if (!now.held()) {
                    spread(now);
                }
            }
            Optional<RatisConsensus> group = peers.ratis().group(home.number());
            // Who is gone and leads the directory still cannot be asked to go on: it hands over whatever is held, and
            // no
            // more than that.
            boolean gone = home.number() == Bounds.DIRECTORY_SHARD
                    && now.node(self).filter(node -> node.state() == State.GONE).isPresent();
            if ((gone || !now.held()) && group.isPresent() && !isUnderWay(home.number())) {
                bring(home, group.get(), now);
            }
        }
    }

    /** A node that has the directory may get replicas. */
    private void admit(ClusterState now) throws InterruptedException {
        for (NodeRecord node : now.nodes()) {
            boolean isThere = node.state() == State.JOINING
                    && peers.watch()
                            .status(node.id())
                            .filter(status -> status.status() == NodeStatus.HEALTHY && status.supports(now.version()))
                            .isPresent()
                    && peers.ratis()
                            .group(Bounds.DIRECTORY_SHARD)
                            .filter(group -> members(group).contains(node.id()))
                            .isPresent();
            if (isThere) {
                var _ = administration.run(
                        Reconciler.NOBODY,
                        Actor.operator(),
                        new DirectoryCommand.ChangeCluster(new ClusterChange.ChangeState(node.id(), State.HEALTHY)));
            }
        }
    }

    /** What all nodes say that they know, orders and files may have. */
    private void raise(ClusterState now) throws InterruptedException {
        int newest = ClusterState.VERSION_NEWEST;
        for (NodeRecord node : now.present()) {
            if (!node.id().equals(self)) {
                newest = Math.min(
                        newest,
                        peers.watch().status(node.id()).map(PeerStatus::newest).orElse(0));
            }
        }
        if (now.version() < newest) {
            LOG.info("all nodes know version {}, which the cluster has from now on", newest);
            var _ = administration.run(
                    Reconciler.NOBODY,
                    Actor.operator(),
                    new DirectoryCommand.ChangeCluster(new ClusterChange.Raise(newest)));
        }
    }

    /** Shards that have fewer replicas than there should be get another, where there is a node for it. */
    private void spread(ClusterState now) throws InterruptedException {
        Set<String> answering = now.present().stream()
                .map(NodeRecord::id)
                .filter(id -> id.equals(self) || peers.watch().status(id).isPresent())
                .collect(Collectors.toUnmodifiableSet());
        Plan plan = Planner.spread(now, answering, peers.nodes().configured().replicas());
        if (!plan.placement().isEmpty()) {
            LOG.info("shards get more replicas: {}", plan.placement());
            var _ = administration.run(
                    Reconciler.NOBODY, Actor.operator(), new DirectoryCommand.ChangeCluster(plan.change()));
        }
    }

    private boolean isUnderWay(int shard) {
        CompletableFuture<Void> change = under.get(shard);
        if (change == null) {
            return false;
        }
        if (!change.isDone()) {
            return true;
        }
        under.remove(shard);
        if (change.isCompletedExceptionally()) {
            waits(
                    shard,
                    "the last change was not made: " + change.exceptionNow().getMessage());
        }
        return false;
    }

    private void bring(HostedShard home, RatisConsensus group, ClusterState now) throws InterruptedException {
        int shard = home.number();
        Optional<List<Member>> settled = group.settled();
        if (settled.isEmpty()) {
            return;
        }
        List<Member> members = settled.get();
        List<String> wanted = now.wanted(shard);
        GroupStep step = now.held()
                ? GroupStep.held(self, wanted, id -> applied(id, home))
                : GroupStep.next(
                        self,
                        members.stream().map(Member::id).toList(),
                        wanted,
                        id -> hasOpened(id, shard) && (isIn(members, id) || mayCome(id, shard, now)),
                        id -> applied(id, home));
        switch (step) {
            case GroupStep.Done _ -> waits.remove(shard);
            case GroupStep.Wait(String why) -> waits(shard, why);
            case GroupStep.Add(String id) -> {
                LOG.info("node {} comes into the group of shard {}", id, shard);
                List<Member> more = new ArrayList<>(members);
                more.add(peers.nodes().get().node(id).orElseThrow().member());
                under.put(shard, group.change(members, more));
            }
            case GroupStep.HandOver(String id) -> {
                LOG.info("node {} is to lead shard {}, which this node gives up", id, shard);
                try {
                    Await.reply(home.shard().transferLeadership(id));
                } catch (ThalwegException e) {
                    waits(shard, String.valueOf(e.getMessage()));
                }
            }
            case GroupStep.LeaveOut(String id) -> {
                LOG.info("node {} goes from the group of shard {}", id, shard);
                under.put(
                        shard,
                        group.change(
                                members,
                                members.stream()
                                        .filter(member -> !member.id().equals(id))
                                        .toList()));
            }
        }
    }

    private boolean hasOpened(String id, int shard) {
        return peers.nodes().get().node(id).isPresent() && replica(id, shard).isPresent();
    }

    private static boolean isIn(List<Member> members, String id) {
        return members.stream().map(Member::id).anyMatch(id::equals);
    }

    private boolean mayCome(String id, int shard, ClusterState now) {
        return peers.watch()
                .status(id)
                .filter(status -> status.mayCome(shard, now.version()))
                .isPresent();
    }

    /** How far a node's replica is, if it said of late that it follows and lacks little; else it is not current. */
    private OptionalLong applied(String node, HostedShard home) {
        Optional<PeerStatus.Replica> replica = replica(node, home.number());
        if (replica.isEmpty() || !PeerStatus.FOLLOWS.equals(replica.get().role())) {
            return OptionalLong.empty();
        }
        try {
            long applied = Long.parseLong(replica.get().commitOffset());
            return applied >= home.shard().appliedIndex() - BEHIND_MAX
                    ? OptionalLong.of(applied)
                    : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** What a node said of late about its replica. */
    private Optional<PeerStatus.Replica> replica(String node, int shard) {
        return peers.watch()
                .status(node)
                .flatMap(status -> status.shards().stream()
                        .filter(replica -> replica.shard() == shard && replica.isOpen())
                        .findFirst());
    }

    private static List<String> members(RatisConsensus group) {
        return group.members().stream().map(Member::id).toList();
    }

    private void waits(int shard, String why) {
        if (!why.equals(waits.put(shard, why))) {
            LOG.info("the group of shard {} is not yet what is wanted: {}", shard, why);
        }
    }
}
