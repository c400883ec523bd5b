package io.thalweg.server.http.cluster;

import io.thalweg.cluster.plan.Plan;
import io.thalweg.cluster.plan.Planner;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.peer.NodeMoves;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has become of nodes and replicas. What is answered here is decided, and written in the directory; the leaders of the shards make
 * it so afterwards, which {@code GET /operator/cluster} shows.
 */
public final class MoveRoutes {
    private static final String TAG = "cluster";

    private final NodeMoves moves;
    private final ErasureRoutes erasures;
    private final JoinRoutes joining;

    /** @param joining how nodes come by a token */
    public MoveRoutes(NodeMoves moves, ErasureRoutes erasures, JoinRoutes joining) {
        this.moves = moves;
        this.erasures = erasures;
        this.joining = joining;
    }

    /**
     * Every route.
     *
     * @param cluster has leaders change
     */
    public List<Route> routes(ClusterRoutes cluster) {
        List<Route> all = new ArrayList<>(joining.routes());
        all.addAll(new PlanRoutes(moves, cluster).routes());
        all.addAll(erasures.routes());
        all.addAll(List.of(
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
                        .to(this::remove)));
        return all;
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
        Plan plan;
        if (kind.equals("drain") && !dry) {
            plan = moves.drain(Json.required("node", wanted.node()));
        } else {
            plan = plan(kind, wanted);
            if (!dry && !plan.steps().isEmpty()) {
                var _ = moves.change(plan.change());
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

    private Plan plan(String kind, MoveRequest wanted) {
        ClusterState now = moves.known();
        return switch (kind) {
            case "move" -> {
                Integer shard = wanted.shard();
                if (shard == null) {
                    throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'shard' is missing");
                }
                yield Planner.move(
                        now,
                        moves.answering(),
                        moves.bytes(),
                        shard,
                        Json.required("from", wanted.from()),
                        Json.required("to", wanted.to()));
            }
            case "drain" -> Planner.drain(now, moves.answering(), moves.bytes(), Json.required("node", wanted.node()));
            case "rebalance" -> Planner.rebalance(now, moves.answering(), moves.bytes());
            default ->
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST, "'kind' is '" + kind + "', expected move, drain or rebalance");
        };
    }

    private void hold(Call call) throws InterruptedException {
        MovesHeld wanted = call.strictJson(MovesHeld.class);
        Boolean held = wanted.held();
        if (held == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'held' is missing");
        }
        var _ = moves.change(new ClusterChange.Hold(held));
        call.reply(200, wanted);
    }

    private void add(Call call) throws InterruptedException {
        NewNode wanted = call.strictJson(NewNode.class);
        String agent = wanted.agent();
        String id = Json.required("node_id", wanted.nodeId());
        ClusterState after = moves.change(new ClusterChange.PutNode(new NodeRecord(
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
        call.reply(200, state(moves.keep(id), id));
    }

    private void remove(Call call) throws InterruptedException {
        String id = Json.required("node_id", call.strictJson(NodeName.class).nodeId());
        call.reply(200, state(moves.remove(id), id));
    }

    private static NodeState state(ClusterState now, String id) {
        return new NodeState(
                id, now.node(id).map(NodeRecord::state).orElseThrow().name().toLowerCase(Locale.ROOT));
    }
}
