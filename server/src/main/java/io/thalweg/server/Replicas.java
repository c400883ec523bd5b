package io.thalweg.server;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.model.ThalwegException;
import io.thalweg.raft.RatisConsensus;
import io.thalweg.raft.peer.Member;
import io.thalweg.server.data.Failures;
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
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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

    /** What is damaged again so soon is not for copies to cure. */
    private static final Duration REPLACED_AGAIN = Duration.ofMinutes(10);

    /** Requests wait while a shard is made a group, whether that succeeds or not. */
    private static final Duration BEGIN_PAUSE_FIRST = Duration.ofSeconds(5);

    private static final Duration BEGIN_PAUSE_MAX = Duration.ofMinutes(5);

    private final String self;
    private final Supplier<ClusterState> wanted;
    private final ShardSet set;
    private final Peers peers;
    private final Uses uses;
    private final Comebacks comebacks;
    private final Ends ends;

    /** By shard, markers that were sent through its order so that this node's replica can be known to be whole. */
    private final Map<Integer, CompletableFuture<Void>> markers = new HashMap<>();

    /** When copies took the place of damaged replicas, by shard. */
    private final Map<Integer, Long> replacedNs = new HashMap<>();

    private final WayBack back;
    private final LostReplicas lost;

    /** Of {@link #begin} alone: not before this, and how long until then after another failure. */
    private long beginAgainNs = System.nanoTime();

    private Duration beginPause = BEGIN_PAUSE_FIRST;

    private volatile boolean directoryIsWhole;

    /** Whether all that this node should have was here once in this life. */
    private boolean isMadeUp;

    /** Whether this node is on its way out. */
    private boolean isEnding;

    /** Shards of which was said that they halted too often. */
    private final Set<Integer> tooOften = new HashSet<>();

    /** Why a node ends by itself; returns at once. */
    interface Ends {
        /** It is in its cluster no more. */
        void removed();

        /** It begins again: its replica of the directory has halted, without which it is none. */
        void beginAgain();
    }

    /** What a node does with the shards that it has. */
    interface Uses {
        /** A replica answers from now on. */
        void begin(HostedShard home);

        /** No call comes to a replica any more; returns when nothing uses it. */
        void end(HostedShard home) throws InterruptedException;
    }

    /**
     * @param wanted the directory's newest word
     * @param comebacks how often what has halted is begun again
     */
    Replicas(
            String self,
            Supplier<ClusterState> wanted,
            ShardSet set,
            Peers peers,
            Uses uses,
            Comebacks comebacks,
            Ends ends) {
        this.self = self;
        this.wanted = wanted;
        this.set = set;
        this.peers = peers;
        this.uses = uses;
        this.comebacks = comebacks;
        this.ends = ends;
        this.back = new WayBack(peers.nodes(), self, peers.road());
        this.lost = new LostReplicas(System::nanoTime);
    }

    /** Why replicas that this node lost do not come back, by shard. Any thread. */
    SortedMap<Integer, String> lost() {
        return lost.reasons();
    }

    /** What is done again and again, for the groups that this node leads, too. */
    List<Duty> duties(Administration administration) {
        GroupDuty groups = new GroupDuty(self, administration, set.open(), peers);
        return List.of(
                new Duty("replicas", EVERY, Duty.always(), this::step),
                new Duty("lone shards", EVERY, Duty.always(), this::begin),
                new Duty("groups", GroupDuty.EVERY, Duty.always(), groups::step));
    }

    /** Does what there is to do now. */
    void step() throws InterruptedException {
        ClusterState now = wanted.get();
        HostedShard directory = set.serving().getFirst();
        if (!directoryIsWhole && isWhole(directory)) {
            directoryIsWhole = true;
            try {
                set.directoryIsWhole();
            } catch (IOException e) {
                LOG.warn("the directory is whole, but that cannot be noted: its next start asks for it again", e);
            }
        }
        // One that was off when it was removed never hears that it is gone: its replica of the directory stops. That of
        // one that has not come in yet may be stopped, too, but is not in the directory here.
        boolean stopped = directory.shard().role() == Consensus.Role.STOPPED;
        boolean mayBeOut = now.node(self)
                .filter(node ->
                        node.state() == NodeRecord.State.GONE || (stopped && node.state() != NodeRecord.State.JOINING))
                .isPresent();
        if (!isEnding && mayBeOut && isOut(directory)) {
            isEnding = true;
            LOG.error("this node was removed from the cluster, and ends");
            ends.removed();
        }
        if (isEnding) {
            return;
        }
        for (HostedShard home : set.open()) {
            if (!set.serving().contains(home) && isWhole(home)) {
                serve(home);
            }
        }
        for (HostedShard home : set.open()) {
            Optional<Throwable> failure = home.shard().failure();
            if (failure.isEmpty()) {
                comebacks.well(home.number());
            } else if (home.group().isPresent()) {
                halted(home, failure.get());
            }
        }
        for (int shard : now.placement().keySet()) {
            Optional<HostedShard> here =
                    set.open().stream().filter(home -> home.number() == shard).findFirst();
            boolean isWanted = now.wanted(shard).contains(self);
            if (!isWanted || here.filter(home -> !isDamaged(home)).isPresent()) {
                lost.over(shard);
            }
            if (!isWanted && here.isEmpty() && directoryIsWhole) {
                // An older directory may not know yet that it is wanted here.
                comebacks.replaced(shard);
            }
            if (isWanted && here.isEmpty()) {
                join(shard);
            } else if (!isWanted && here.isPresent() && isOut(here.get())) {
                leave(here.get());
            }
        }
        if (directoryIsWhole && !isMadeUp && hasAll(wanted.get())) {
            try {
                set.madeUp();
                isMadeUp = true;
            } catch (IOException e) {
                LOG.warn("all that this node should have is here, but that cannot be noted; trying again", e);
            }
        }
    }

    private boolean hasAll(ClusterState now) {
        Set<Integer> here = set.serving().stream().map(HostedShard::number).collect(Collectors.toUnmodifiableSet());
        return now.isKnown()
                && now.placement().keySet().stream()
                        .allMatch(shard ->
                                here.contains(shard) || !now.wanted(shard).contains(self));
    }

    /** Once there is another node, what this one has alone goes on as groups, the directory first, to which others can be added. */
    void begin() throws InterruptedException {
        ClusterState now = wanted.get();
        if (now.held() || now.present().size() < 2 || System.nanoTime() - beginAgainNs < 0) {
            return;
        }
        for (HostedShard home : set.open()) {
            if (home.group().isEmpty() && home.shard().failure().isEmpty()) {
                try {
                    set.becomeGroup(home);
                    LOG.info("shard {}, which this node had alone, is a group now", home.number());
                    beginPause = BEGIN_PAUSE_FIRST;
                } catch (IOException e) {
                    LOG.warn(
                            "shard {}, which this node has alone, is no group yet; trying again in {} s",
                            home.number(),
                            beginPause.toSeconds(),
                            e);
                    beginAgainNs = System.nanoTime() + beginPause.toNanos();
                    beginPause = beginPause.multipliedBy(2).compareTo(BEGIN_PAUSE_MAX) < 0
                            ? beginPause.multipliedBy(2)
                            : BEGIN_PAUSE_MAX;
                    return;
                }
            }
        }
    }

    /** Whether this node knows the directory as it is, and not as it was when a log or a copy began. */
    boolean directoryIsWhole() {
        return directoryIsWhole;
    }

    /** One that its group counts already, or that began here once, was lost: it comes back without a vote. */
    private void join(int shard) throws InterruptedException {
        if (!lost.isDue(shard)) {
            return;
        }
        try {
            boolean wasHere = set.isLost(shard);
            Optional<List<String>> members = peers.membersOf(set.open(), shard);
            if (members.isEmpty()) {
                if (wasHere) {
                    lost.waits(shard, "nobody says that it leads the group");
                }
            } else if (wasHere || members.get().contains(self)) {
                WayBack.Found found = back.find(shard, members.get());
                LOG.warn(
                        "shard {} was lost here: its replica comes back, and votes once the others have made it whole",
                        shard);
                HostedShard _ = set.comeBack(shard, found);
                lost.over(shard);
            } else {
                LOG.info("shard {} is wanted on this node: its replica begins", shard);
                HostedShard _ = set.join(shard);
            }
        } catch (ThalwegException e) {
            lost.waits(shard, String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            lost.waits(shard, "it could not be opened: " + e.getMessage());
            LOG.warn("the replica of shard {} could not be opened; trying again", shard, e);
        }
    }

    /** Halted because stored bytes are not what was written, or may not be, or are of what nobody else has come to: no start helps. */
    private boolean isDamaged(HostedShard home) {
        return home.shard().failure().filter(this::isDamage).isPresent();
    }

    /** What a full disk refuses is not always called so. */
    private boolean isDamage(Throwable failure) {
        return Failures.damage(failure).isPresent()
                || Failures.isDiverged(failure)
                || (Failures.isDisk(failure) && !set.isDiskFull());
    }

    private void halted(HostedShard home, Throwable failure) throws InterruptedException {
        boolean isDirectory = home.number() == Bounds.DIRECTORY_SHARD;
        if (isDamage(failure) && !isDirectory) {
            replace(home);
        } else if (!lost.isDue(home.number())) {
            return;
        } else if (set.isDiskFull()) {
            lost.waits(home.number(), "it has halted, and there is no room on the disk");
        } else if (!isDirectory) {
            reopen(home);
        } else if (othersGoOn(home)) {
            beginAgain(home, isDamage(failure));
        }
    }

    /**
     * Whether the group goes on without this node, and can make its replica whole: what halts all of them alike is not for a node to begin again after, and
     * of two whose disks fail together none may put aside what the other needs.
     */
    private boolean othersGoOn(HostedShard home) throws InterruptedException {
        Optional<List<String>> members = peers.membersOf(set.open(), home.number());
        if (members.isEmpty() || members.get().stream().allMatch(self::equals)) {
            lost.waits(home.number(), "it has halted, and nobody else says that it leads the group");
            return false;
        }
        if (!peers.canSpare(home.number(), members.get(), self)) {
            lost.waits(home.number(), "it has halted, and not all others of its group are there with what it has");
            return false;
        }
        return true;
    }

    /** Whether it is time to begin again what has halted; and if it was too often, the log says so once. */
    private boolean mayBegin(HostedShard home) {
        Comebacks.Verdict verdict = comebacks.ask(home.number());
        if (verdict != Comebacks.Verdict.TOO_OFTEN) {
            tooOften.remove(home.number());
        } else if (tooOften.add(home.number())) {
            LOG.error(
                    "shard {} halts here again and again: it is not begun again before a person has looked",
                    home.number());
        }
        return verdict == Comebacks.Verdict.NOW;
    }

    /** The directory's machine is known everywhere in a node: the node begins again around another one. */
    private void beginAgain(HostedShard directory, boolean isDamaged) {
        if (mayBegin(directory)) {
            try {
                if (isDamaged) {
                    set.noteDamaged(directory);
                }
            } catch (IOException e) {
                LOG.error("that the directory's files are damaged cannot be noted: the node goes on without them", e);
                return;
            }
            isEnding = true;
            LOG.error("the directory's replica has halted here: the node begins again");
            set.open().stream()
                    .filter(home -> home.number() != Bounds.DIRECTORY_SHARD && isDamaged(home))
                    .forEach(home -> comebacks.waits(home.number()));
            ends.beginAgain();
        }
    }

    /** As at a start of the node: what was not forced is cut, or comes from the others. */
    private void reopen(HostedShard home) throws InterruptedException {
        if (!mayBegin(home)) {
            return;
        }
        LOG.warn("shard {} has halted here: its replica is closed, and opened again", home.number());
        endUse(home);
        try {
            set.reopen(home);
        } catch (IOException | RuntimeException e) {
            LOG.error("the replica of shard {}, which had halted, could not be opened again", home.number(), e);
        }
        lost.over(home.number());
    }

    /** No call comes to it any more, and nothing uses it. */
    private void endUse(HostedShard home) throws InterruptedException {
        boolean served = set.serving().contains(home);
        set.retire(home);
        markers.remove(home.number());
        if (served) {
            uses.end(home);
        }
    }

    /** The group goes on without a replica that halted; a copy of another takes its place. */
    private void replace(HostedShard damaged) throws InterruptedException {
        int shard = damaged.number();
        if (!lost.isDue(shard)) {
            return;
        }
        Long lastNs = replacedNs.get(shard);
        if (lastNs != null && System.nanoTime() - lastNs < REPLACED_AGAIN.toNanos()) {
            lost.waits(shard, "its bytes are damaged again, though a copy has just taken their place");
            return;
        }
        if (!othersGoOn(damaged) || !mayBegin(damaged)) {
            return;
        }
        LOG.error(
                "shard {} is damaged here: its files are put aside, and a copy of another replica takes their place",
                shard);
        endUse(damaged);
        try {
            replacedNs.put(shard, System.nanoTime());
            set.putAsideDamaged(damaged);
        } catch (IOException e) {
            LOG.error("the files of shard {}, which are damaged, could not be put aside", shard, e);
        }
        lost.over(shard);
    }

    /** It is in its group, and has applied a marker that was ordered after it came there. */
    private boolean isWhole(HostedShard home) {
        if (home.group().isEmpty()) {
            return true;
        }
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
