package io.thalweg.server.http.cluster;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.cluster.plan.Plan;
import io.thalweg.cluster.plan.Planner;
import io.thalweg.directory.Actor;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.peer.PeerWatch;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has become of nodes and replicas. What is answered here is decided, and written in the directory; the leaders of the shards make
 * it so afterwards, which {@code GET /operator/cluster} shows.
 */
public final class MoveRoutes {
    private static final String TAG = "cluster";

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
    public MoveRoutes(
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

    /** Every route. */
    public List<Route> routes() {
        return List.of(
                Route.post("/operator/cluster/moves")
                        .by(Access.OPERATOR)
                        .named("move_replicas", TAG, "Move a replica, everything from a node, or what balances nodes.")
                        .takes(MediaTypes.JSON, "MoveRequest")
                        .answers(200, "The plan; it is under way unless it was a dry run.", "MovePlan")
                        .to(this::move),
                Route.post("/operator/cluster/hold")
                        .by(Access.OPERATOR)
                        .named("hold_moves", TAG, "Have groups stay as they are, or go on.")
                        .takes(MediaTypes.JSON, "MovesHeld")
                        .answers(200, "So it is.", "MovesHeld")
                        .to(this::hold),
                Route.post("/operator/cluster/add")
                        .by(Access.OPERATOR)
                        .named("add_node", TAG, "Make a node a member of the cluster.")
                        .takes(MediaTypes.JSON, "NewNode")
                        .answers(200, "It joins when it is started.", "NodeState")
                        .refuses(409, "Its name was used before, or another node is at its address.")
                        .to(this::add),
                Route.post("/operator/cluster/keep")
                        .by(Access.OPERATOR)
                        .named(
                                "keep_node",
                                TAG,
                                "Have a node that was to be drained stay; what has gone stays where it is.")
                        .takes(MediaTypes.JSON, "NodeName")
                        .answers(200, "It may get replicas again.", "NodeState")
                        .to(this::keep),
                Route.post("/operator/cluster/remove")
                        .by(Access.OPERATOR)
                        .named("remove_node", TAG, "Take a node that was drained out of the cluster, for good.")
                        .takes(MediaTypes.JSON, "NodeName")
                        .answers(200, "It is gone.", "NodeState")
                        .to(this::remove));
    }

    record MoveRequest(
            @Nullable String kind,
            @Nullable Integer shard,
            @Nullable String from,
            @Nullable String to,
            @Nullable String node,
            @Nullable Boolean dryRun) {}

    record MoveStep(
            int shard, String from, String to, @Nullable String bytes) {}

    record MovePlan(boolean dryRun, List<MoveStep> steps) {}

    record MovesHeld(@Nullable Boolean held) {}

    record NewNode(
            @Nullable String nodeId,
            @Nullable String peer,
            @Nullable String http,
            @Nullable String agent) {}

    record NodeName(@Nullable String nodeId) {}

    record NodeState(String nodeId, String state) {}

    private void move(Call call) throws InterruptedException {
        MoveRequest wanted = call.strictJson(MoveRequest.class);
        boolean dry = Boolean.TRUE.equals(wanted.dryRun());
        String kind = Json.required("kind", wanted.kind());
        Plan plan = plan(kind, wanted, known());
        if (!dry) {
            if (kind.equals("drain")) {
                leaves(Json.required("node", wanted.node()));
                plan = plan(kind, wanted, known());
            }
            if (!plan.steps().isEmpty()) {
                change(plan.change());
            }
        }
        call.reply(
                200,
                new MovePlan(
                        dry,
                        plan.steps().stream()
                                .map(step -> new MoveStep(
                                        step.shard(),
                                        step.from(),
                                        step.to(),
                                        step.bytes().isEmpty()
                                                ? null
                                                : Long.toString(step.bytes().getAsLong())))
                                .toList()));
    }

    private Plan plan(String kind, MoveRequest wanted, ClusterState now) {
        return switch (kind) {
            case "move" -> {
                Integer shard = wanted.shard();
                if (shard == null) {
                    throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'shard' is missing");
                }
                yield Planner.move(
                        now,
                        answering(),
                        bytes(),
                        shard,
                        Json.required("from", wanted.from()),
                        Json.required("to", wanted.to()));
            }
            case "drain" -> Planner.drain(now, answering(), bytes(), Json.required("node", wanted.node()));
            case "rebalance" -> Planner.rebalance(now, answering(), bytes());
            default ->
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST, "'kind' is '" + kind + "', expected move, drain or rebalance");
        };
    }

    /** A node that is drained gets nothing any more, so that the next plan finds it as this one did. */
    private void leaves(String node) throws InterruptedException {
        State state = known().node(node).map(NodeRecord::state).orElse(State.GONE);
        if (state == State.HEALTHY || state == State.JOINING) {
            change(new ClusterChange.ChangeState(node, State.LEAVING));
        }
    }

    private void hold(Call call) throws InterruptedException {
        MovesHeld wanted = call.strictJson(MovesHeld.class);
        Boolean held = wanted.held();
        if (held == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'held' is missing");
        }
        change(new ClusterChange.Hold(held));
        call.reply(200, wanted);
    }

    private void add(Call call) throws InterruptedException {
        NewNode wanted = call.strictJson(NewNode.class);
        String agent = wanted.agent();
        String id = Json.required("node_id", wanted.nodeId());
        ClusterState after = change(new ClusterChange.PutNode(new NodeRecord(
                id,
                Json.required("peer", wanted.peer()),
                Json.required("http", wanted.http()),
                agent == null ? "" : agent,
                new TreeMap<>(),
                State.JOINING)));
        call.reply(200, state(after, id));
    }

    private void keep(Call call) throws InterruptedException {
        String id = Json.required("node_id", call.strictJson(NodeName.class).nodeId());
        requireValid(
                known().node(id).filter(node -> node.state() == State.LEAVING).isPresent() && isWell(id),
                "node " + id + " is not being drained, or is not well");
        call.reply(200, state(change(new ClusterChange.ChangeState(id, State.HEALTHY)), id));
    }

    private void remove(Call call) throws InterruptedException {
        String id = Json.required("node_id", call.strictJson(NodeName.class).nodeId());
        ClusterState now = known();
        requireValid(!now.held(), "moves are held: let them go on first");
        for (int shard : now.placement().keySet()) {
            List<String> in = members.of(shard)
                    .orElseThrow(() -> new ThalwegException(
                            ErrorCode.UNAVAILABLE,
                            "nobody surely leads shard " + shard + " at the moment, so that nobody says who has it"));
            requireValid(
                    !in.contains(id),
                    "node " + id + " still is in the group of shard " + shard + ": drain it, and wait for that");
        }
        call.reply(200, state(change(new ClusterChange.ChangeState(id, State.GONE)), id));
    }

    private static void requireValid(boolean valid, String otherwise) {
        if (!valid) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, otherwise);
        }
    }

    private static NodeState state(ClusterState now, String id) {
        return new NodeState(
                id, now.node(id).map(NodeRecord::state).orElseThrow().name().toLowerCase(Locale.ROOT));
    }

    private ClusterState known() {
        ClusterState now = administration.directory().cluster();
        if (!now.isKnown()) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "this node is alone, or its cluster has only just begun");
        }
        return now;
    }

    private ClusterState change(ClusterChange change) throws InterruptedException {
        return administration
                .run(Reconciler.NOBODY, Actor.operator(), new DirectoryCommand.ChangeCluster(change))
                .directory()
                .cluster();
    }

    private boolean isWell(String node) {
        return node.equals(self)
                || watch.flatMap(others -> others.status(node))
                        .filter(status -> status.status() == NodeStatus.HEALTHY)
                        .isPresent();
    }

    private Set<String> answering() {
        Set<String> answering = new HashSet<>(Set.of(self));
        for (ClusterNode node : nodes.orElseThrow().get().nodes()) {
            if (watch.flatMap(others -> others.status(node.id())).isPresent()) {
                answering.add(node.id());
            }
        }
        return answering;
    }

    /** About what is in the shards of which this node has replicas. */
    private Map<Integer, Long> bytes() {
        Map<Integer, Long> bytes = new HashMap<>();
        for (HostedShard home : shards) {
            long all = 0;
            for (Tenant tenant : administration.directory().tenants()) {
                all += home.shard().storedBytes(tenant.id()) + home.ledgers().storedBytes(tenant.id());
            }
            bytes.put(home.number(), all);
        }
        return bytes;
    }
}
