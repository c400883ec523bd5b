package io.thalweg.server.peer;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.cluster.plan.Move;
import io.thalweg.cluster.plan.Plan;
import io.thalweg.cluster.plan.Planner;
import io.thalweg.directory.Actor;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides in the directory what becomes of nodes and replicas, for whichever door asks. The leaders of the shards make it so afterwards. What is
 * refused is a {@link ThalwegException} with the reason. Thread-safe; what changes something blocks.
 */
public final class NodeMoves {
    /** Entries that this node may still have to apply where it is to lead: a moment's worth. */
    private static final long UNAPPLIED_MAX = 1_000;

    private final Administration administration;
    private final Optional<Supplier<ClusterNodes>> nodes;
    private final Optional<PeerWatch> watch;
    private final String self;
    private final List<HostedShard> shards;
    private final Groups members;

    /** Who is in groups. */
    @FunctionalInterface
    public interface Groups {
        /** By the word of a shard's leader; empty when nobody surely leads it. */
        Optional<List<String>> of(int shard) throws InterruptedException;
    }

    /**
     * @param nodes of the cluster; empty for a node alone
     * @param watch what the others said of late
     * @param self id of this node
     * @param shards that this node has
     * @param members of the groups of all shards
     */
    public NodeMoves(
            Administration administration,
            Optional<Supplier<ClusterNodes>> nodes,
            Optional<PeerWatch> watch,
            String self,
            List<HostedShard> shards,
            Groups members) {
        this.administration = administration;
        this.nodes = nodes;
        this.watch = watch;
        this.self = self;
        this.shards = shards;
        this.members = members;
    }

    /** The cluster as this node knows it; refused as long as there is none. */
    public ClusterState known() {
        ClusterState now = administration.directory().cluster();
        if (!now.isKnown()) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "this node is alone, or its cluster has only just begun");
        }
        return now;
    }

    /** Has the directory change something; returns the cluster after that. */
    public ClusterState change(ClusterChange change) throws InterruptedException {
        if (change instanceof ClusterChange.PutToken || change instanceof ClusterChange.Join) {
            // Before it is ordered: an older node could not read it.
            requireValid(
                    known().version() >= 1,
                    "there are nodes that do not know join tokens, or did not answer since the others do");
        }
        return administration
                .run(Reconciler.NOBODY, Actor.operator(), new DirectoryCommand.ChangeCluster(change))
                .directory()
                .cluster();
    }

    /** Has everything go from a node, which gets nothing any more; returns what goes where. */
    public Plan drain(String node) throws InterruptedException {
        var _ = Planner.drain(known(), answering(), bytes(), node);
        leave(node);
        // Now that it gets nothing any more, the next plan finds it as this one does.
        Plan plan = Planner.drain(known(), answering(), bytes(), node);
        if (!plan.steps().isEmpty()) {
            var _ = change(plan.change());
        }
        return plan;
    }

    private void leave(String node) throws InterruptedException {
        State state = known().node(node).map(NodeRecord::state).orElse(State.GONE);
        if (state == State.HEALTHY || state == State.JOINING) {
            var _ = change(new ClusterChange.ChangeState(node, State.LEAVING));
        }
    }

    /** Whether a node gets nothing any more. */
    public boolean isLeaving(String node) {
        State state = known().node(node).map(NodeRecord::state).orElse(State.GONE);
        return state == State.LEAVING || state == State.GONE;
    }

    /** Has replicas go as was planned, but for those that have gone already; and all that a node has, if it is to be drained. */
    public void run(List<Move> moves, @Nullable String drained) throws InterruptedException {
        var _ = Planner.moves(known(), answering(), bytes(), moves);
        if (drained != null) {
            leave(drained);
        }
        Plan plan = Planner.moves(known(), answering(), bytes(), moves);
        if (!plan.steps().isEmpty()) {
            var _ = change(plan.change());
        }
    }

    /** Has those go back that have not come yet; a node that was to be drained stays, if it is well. */
    public void takeBack(List<Move> moves, @Nullable String drained) throws InterruptedException {
        List<Move> back = new ArrayList<>();
        for (Move move : moves) {
            if (Planner.isPlaced(known(), move) && !isDone(move)) {
                back.add(new Move(move.shard(), move.to(), move.from()));
            }
        }
        if (drained != null && known().node(drained).map(NodeRecord::state).orElse(State.GONE) == State.LEAVING) {
            var _ = keep(drained);
        }
        Plan plan = Planner.moves(known(), answering(), bytes(), back);
        if (!plan.steps().isEmpty()) {
            var _ = change(plan.change());
        }
    }

    /** Has a node that was to be drained stay. */
    public ClusterState keep(String node) throws InterruptedException {
        requireValid(
                known().node(node).filter(each -> each.state() == State.LEAVING).isPresent() && isWell(node),
                "node " + node + " is not being drained, or is not well");
        return change(new ClusterChange.ChangeState(node, State.HEALTHY));
    }

    /** Takes a node that was drained out of the cluster. */
    public ClusterState remove(String node) throws InterruptedException {
        ClusterState now = known();
        requireValid(!now.held(), "moves are held: let them go on first");
        for (int shard : now.placement().keySet()) {
            requireValid(
                    !group(shard).contains(node),
                    "node " + node + " still is in the group of shard " + shard + ": drain it, and wait for that");
        }
        return change(new ClusterChange.ChangeState(node, State.GONE));
    }

    /** Whether a shard's group is as a move was to make it; false also where nobody surely leads it, who could say so. */
    public boolean isDone(Move move) throws InterruptedException {
        return members.of(move.shard())
                .filter(group -> group.contains(move.to()) && !group.contains(move.from()))
                .isPresent();
    }

    private List<String> group(int shard) throws InterruptedException {
        return members.of(shard)
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.UNAVAILABLE,
                        "nobody surely leads shard " + shard + " at the moment, so that nobody says who has it"));
    }

    /** Whether a node is in no shard's group any more, by the word of their leaders. */
    public boolean isEmpty(String node) throws InterruptedException {
        for (int shard : known().placement().keySet()) {
            if (group(shard).contains(node)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a node said of late that it is well, be it on its way out, or is this one. */
    public boolean isWell(String node) {
        return node.equals(self)
                || watch.flatMap(others -> others.status(node))
                        .filter(status ->
                                status.status() == NodeStatus.HEALTHY || status.status() == NodeStatus.LEAVING_CLUSTER)
                        .isPresent();
    }

    /** Whether a node could lead a shard: it is well, has room, and nearly all that the shard's leader has. */
    public boolean mayLead(int shard, String node) {
        if (node.equals(self)) {
            return shards.stream()
                    .filter(home ->
                            home.number() == shard && home.shard().failure().isEmpty())
                    .map(HostedShard::shard)
                    .anyMatch(home -> home.role() == Consensus.Role.LEADER
                            || (home.role() == Consensus.Role.FOLLOWER
                                    && home.standing().committed() - home.appliedIndex() < UNAPPLIED_MAX));
        }
        return watch.flatMap(others -> others.status(node))
                .filter(status -> status.status() == NodeStatus.HEALTHY && !status.diskFull())
                .filter(status ->
                        status.shards().stream().anyMatch(replica -> replica.shard() == shard && replica.isCurrent()))
                .isPresent();
    }

    /** The nodes that said anything of late. */
    public Set<String> answering() {
        Set<String> answering = new HashSet<>(Set.of(self));
        for (ClusterNode node : nodes.orElseThrow().get().nodes()) {
            if (watch.flatMap(others -> others.status(node.id())).isPresent()) {
                answering.add(node.id());
            }
        }
        return answering;
    }

    /**
     * About what is in each shard, by what this node has and others said of late of what they have: of several replicas that of the largest, for others may still
     * be on their way. Shards of which nobody said anything are missing.
     */
    public Map<Integer, Long> bytes() {
        Map<Integer, Long> bytes = new HashMap<>();
        for (HostedShard home : shards) {
            bytes.merge(home.number(), home.storedBytes(), Long::max);
        }
        if (nodes.isPresent() && watch.isPresent()) {
            for (ClusterNode node : nodes.get().get().nodes()) {
                watch.get()
                        .status(node.id())
                        .ifPresent(said -> said.bytes().forEach((shard, size) -> bytes.merge(shard, size, Long::max)));
            }
        }
        return bytes;
    }

    private static void requireValid(boolean valid, String otherwise) {
        if (!valid) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, otherwise);
        }
    }
}
