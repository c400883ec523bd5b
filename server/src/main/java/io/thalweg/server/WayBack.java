package io.thalweg.server;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.raft.peer.Member;
import io.thalweg.server.peer.PeerRoad;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a member of a group that lost everything has to know before it comes back under its own id ({@link io.thalweg.raft.ShardGroup#beginOnProbation}):
 * who is in the group, and in which term each of the others is.
 *
 * <p>It knows neither its term nor its vote any more. But whoever it voted for, and whoever counted what it acknowledged, is one of the others, and was
 * in that term when it was asked; so the newest that any of them says, asked after the loss, is at least as new as all that this member took part in. Hence
 * <em>each</em> of the others has to say, not a majority. Others may have lost what they knew, too, as long as all of those are fewer than a majority: then each
 * majority that this member was part of has one who still knows. Once it has applied an entry of a later term, nothing depends on what it lost. Thread-safe.
 */
final class WayBack {
    private static final Logger LOG = LoggerFactory.getLogger(WayBack.class);
    private static final long SECONDS_MAX = 10;
    private static final long PAUSE_MS_FIRST = 500;
    private static final long PAUSE_MS_MAX = 8_000;

    private final Supplier<ClusterNodes> nodes;
    private final String self;
    private final PeerRoad road;

    /**
     * The way of one member.
     *
     * @param members of the group; none when the group is without this member at the moment, whose leader adds it
     * @param term what {@link io.thalweg.raft.ShardGroup#beginOnProbation} takes
     */
    record Found(List<Member> members, long term) {
        Found {
            members = List.copyOf(members);
        }
    }

    WayBack(Supplier<ClusterNodes> nodes, String self, PeerRoad road) {
        this.nodes = nodes;
        this.self = self;
        this.road = road;
    }

    /**
     * Asks the others. Blocks for some seconds at most.
     *
     * @param members of the group, by its leader's word
     * @throws ThalwegException when one of them does not say its term, with which one
     */
    Found find(int shard, List<String> members) throws InterruptedException {
        Map<String, CompletableFuture<Long>> asked = new HashMap<>();
        List<Member> known = new ArrayList<>();
        for (String id : members) {
            ClusterNode node = nodes.get()
                    .node(id)
                    .orElseThrow(() ->
                            unavailable("node " + id + " of its group is unknown here; without the directory a node"
                                    + " knows those of its cluster.member lines"));
            known.add(node.member());
            if (!id.equals(self)) {
                asked.put(id, road.term(node, shard));
            }
        }
        long term = 0;
        Set<String> lost = new TreeSet<>(Set.of(self));
        for (Map.Entry<String, CompletableFuture<Long>> each : asked.entrySet()) {
            try {
                long said = each.getValue().get(SECONDS_MAX, TimeUnit.SECONDS);
                term = Math.max(term, said);
                if (said < 0) {
                    lost.add(each.getKey());
                }
            } catch (ExecutionException | TimeoutException e) {
                throw unavailable("node " + each.getKey() + " of its group does not say in which term it is");
            }
        }
        requireFew(lost, asked.size() + 1);
        return new Found(members.contains(self) ? known : List.of(), term);
    }

    /** Fewer than a majority, so that one who still knows is in each; or this member alone, whose others have all said a term. */
    static void requireFew(Set<String> lost, int all) {
        if (lost.size() > 1 && lost.size() > all / 2) {
            throw unavailable("nodes " + lost + " have lost it, too many of " + all + " to know what was acknowledged");
        }
    }

    /** Whether a node that is only starting is in a group, by its leader's word. Blocks, and asks again until a leader has said so. */
    boolean isMember(int shard) throws InterruptedException {
        long pauseMs = PAUSE_MS_FIRST;
        while (true) {
            for (ClusterNode node : nodes.get().holders(shard)) {
                if (!node.id().equals(self)) {
                    try {
                        return members(node, shard).contains(self);
                    } catch (ExecutionException | TimeoutException e) {
                        LOG.debug("node {} does not know who leads shard {}", node.id(), shard, e);
                    }
                }
            }
            LOG.warn(
                    "this node has nothing yet, and waits until one of {}, of which its configuration knows, says that"
                            + " it leads the cluster's directory",
                    nodes.get().nodes().stream()
                            .map(ClusterNode::id)
                            .filter(id -> !id.equals(self))
                            .toList());
            Thread.sleep(pauseMs);
            pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
        }
    }

    /** By the leader's word; an older program asks nobody, and answers only when it leads itself. */
    private List<String> members(ClusterNode node, int shard)
            throws ExecutionException, TimeoutException, InterruptedException {
        return road.membersByLeader(node, shard).get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private static ThalwegException unavailable(String why) {
        return new ThalwegException(ErrorCode.UNAVAILABLE, why);
    }

    /**
     * The same for a node that is only starting, and asks whoever may lead. Blocks, and asks again and ever less often.
     *
     * @param patience after which it gives up
     * @throws IOException when nobody could say
     */
    Found find(int shard, Duration patience) throws IOException, InterruptedException {
        long untilNs = System.nanoTime() + patience.toNanos();
        long pauseMs = PAUSE_MS_FIRST;
        while (true) {
            String why = "none of its cluster.member lines, which are all that a node knows without the directory, says"
                    + " who leads it";
            for (ClusterNode node : nodes.get().holders(shard)) {
                if (!node.id().equals(self)) {
                    try {
                        return find(shard, members(node, shard));
                    } catch (ThalwegException e) {
                        why = String.valueOf(e.getMessage());
                    } catch (ExecutionException | TimeoutException e) {
                        LOG.debug("node {} does not know who leads shard {}", node.id(), shard, e);
                    }
                }
            }
            if (System.nanoTime() > untilNs) {
                throw new IOException(why);
            }
            LOG.warn("shard {} was lost here and cannot come back yet: {}", shard, why);
            Thread.sleep(pauseMs);
            pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
        }
    }
}
