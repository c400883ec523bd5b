package io.thalweg.server.http.cluster;

import io.thalweg.cluster.plan.Move;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Plans: what would have to be done for something an operator wants, and what each step costs; to be run, looked at and taken back on whichever node. A run
 * is orders to the directory, which the shards' leaders fulfil: nothing of it is lost with a node, and to run it again goes on.
 */
final class PlanRoutes {
    private static final String TAG = "cluster";

    /** How long a call has shards led by others, one after the other. */
    private static final Duration RUN_MAX = Duration.ofSeconds(20);

    private final NodeMoves moves;
    private final ClusterRoutes cluster;

    PlanRoutes(NodeMoves moves, ClusterRoutes cluster) {
        this.moves = moves;
        this.cluster = cluster;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/operator/cluster/plans")
                        .by(Access.OPERATOR)
                        .named("make_plan", TAG, "Say what has to be done, and what each step costs; nothing is done.")
                        .takes(MediaTypes.JSON, "PlanRequest")
                        .answers(200, "The plan.", "OperatorPlan")
                        .to(this::make),
                Route.get("/operator/cluster/plans/{plan}")
                        .by(Access.OPERATOR)
                        .named("get_plan", TAG, "How far a plan is.")
                        .answers(200, "The plan.", "OperatorPlan")
                        .to(this::look),
                Route.post("/operator/cluster/plans/{plan}/run")
                        .by(Access.OPERATOR)
                        .named("run_plan", TAG, "Have a plan done, or what is left of it.")
                        .answers(200, "It is under way, or done.", "OperatorPlan")
                        .to(this::run),
                Route.post("/operator/cluster/plans/{plan}/cancel")
                        .by(Access.OPERATOR)
                        .named("cancel_plan", TAG, "Have replicas that have not come yet stay where they are.")
                        .answers(200, "What is done stays done.", "OperatorPlan")
                        .to(this::cancel));
    }

    record PlanRequest(
            @Nullable String action,
            @Nullable Integer shard,
            @Nullable String from,
            @Nullable String to,
            @Nullable String node,
            @Nullable String peer,
            @Nullable String http,
            @Nullable String agent) {}

    record PlanStep(
            @Nullable Integer shard,
            @Nullable String from,
            @Nullable String to,
            @Nullable String bytes,
            String state) {}

    record PlanView(String planId, String action, String state, int done, List<PlanStep> steps) {}

    private void make(Call call) throws InterruptedException {
        PlanRequest wanted = call.strictJson(PlanRequest.class);
        call.reply(200, view(plan(wanted)));
    }

    private OperatorPlan plan(PlanRequest wanted) {
        ClusterState now = moves.known();
        String action = Json.required("action", wanted.action());
        return switch (action) {
            case "move" ->
                of(
                        action,
                        null,
                        Planner.move(
                                now,
                                moves.answering(),
                                moves.bytes(),
                                shard(wanted),
                                Json.required("from", wanted.from()),
                                Json.required("to", wanted.to())));
            case "drain" -> {
                String node = Json.required("node", wanted.node());
                yield of(action, node, Planner.drain(now, moves.answering(), moves.bytes(), node));
            }
            case "replace" -> {
                String node = Json.required("node", wanted.node());
                String by = Json.required("to", wanted.to());
                yield of(action, node, Planner.replace(now, moves.answering(), moves.bytes(), node, by));
            }
            case "rebalance" -> of(action, null, Planner.rebalance(now, moves.answering(), moves.bytes()));
            case "transfer" -> {
                String to = Json.required("to", wanted.to());
                requireNode(now, to);
                yield new OperatorPlan(action, List.of(new Move(shard(wanted), "", to)), null, null, null, null);
            }
            case "leaders" ->
                new OperatorPlan(action, Planner.leaders(now, leaders(now), moves::mayLead), null, null, null, null);
            case "add" ->
                new OperatorPlan(
                        action,
                        List.of(),
                        Json.required("node", wanted.node()),
                        Json.required("peer", wanted.peer()),
                        Json.required("http", wanted.http()),
                        wanted.agent());
            case "remove" -> {
                String node = Json.required("node", wanted.node());
                requireNode(now, node);
                yield new OperatorPlan(action, List.of(), node, null, null, null);
            }
            default ->
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "'action' is '" + action
                                + "', expected drain, add, remove, replace, rebalance, leaders, move or transfer");
        };
    }

    private static OperatorPlan of(String action, @Nullable String node, Plan plan) {
        return new OperatorPlan(
                action,
                plan.steps().stream()
                        .map(step -> new Move(step.shard(), step.from(), step.to()))
                        .toList(),
                node,
                null,
                null,
                null);
    }

    private static int shard(PlanRequest wanted) {
        Integer shard = wanted.shard();
        if (shard == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'shard' is missing");
        }
        return shard;
    }

    private static void requireNode(ClusterState now, String node) {
        if (now.node(node).filter(known -> known.state() != State.GONE).isEmpty()) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "there is no node " + node + " in the cluster");
        }
    }

    private void look(Call call) throws InterruptedException {
        call.reply(200, view(OperatorPlan.of(call.path("plan"))));
    }

    private void run(Call call) throws InterruptedException {
        OperatorPlan plan = OperatorPlan.of(call.path("plan"));
        String node = String.valueOf(plan.node());
        switch (plan.action()) {
            case "transfer", "leaders" -> transfer(plan.moves());
            case "add" -> {
                if (!isThere(plan)) {
                    var _ = moves.change(new ClusterChange.PutNode(comes(plan)));
                }
            }
            case "remove" -> {
                if (!isGone(node)) {
                    var _ = moves.remove(node);
                }
            }
            default -> moves.run(plan.moves(), plan.drained());
        }
        call.reply(200, view(plan));
    }

    /** One after the other, each a moment without a leader; those that are left after a while are for the next run. */
    private void transfer(List<Move> plan) throws InterruptedException {
        long beganNs = System.nanoTime();
        ThalwegException failure = null;
        for (Move move : plan) {
            if (cluster.leads(move.shard(), move.to())) {
                continue;
            }
            if (System.nanoTime() - beganNs > RUN_MAX.toNanos()) {
                break;
            }
            try {
                cluster.transfer(move.shard(), move.to());
            } catch (ThalwegException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private Map<Integer, String> leaders(ClusterState now) {
        Map<Integer, String> leaders = new TreeMap<>();
        now.placement().keySet().forEach(shard -> cluster.leader(shard).ifPresent(id -> leaders.put(shard, id)));
        return leaders;
    }

    private void cancel(Call call) throws InterruptedException {
        OperatorPlan plan = OperatorPlan.of(call.path("plan"));
        switch (plan.action()) {
            case "transfer", "leaders", "add", "remove" ->
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST, "what " + plan.action() + " does is done at once, or not at all");
            default -> moves.takeBack(plan.moves(), plan.drained());
        }
        call.reply(200, view(plan));
    }

    private static NodeRecord comes(OperatorPlan plan) {
        return new NodeRecord(
                String.valueOf(plan.node()),
                String.valueOf(plan.peer()),
                String.valueOf(plan.http()),
                plan.agent() == null ? "" : plan.agent(),
                new TreeMap<>(),
                State.JOINING);
    }

    /** Whether the node that is to come is a member, at the address that the plan says; one of its name elsewhere, or of before, is not it. */
    private boolean isThere(OperatorPlan plan) {
        NodeRecord wanted = comes(plan);
        return moves.known()
                .node(wanted.id())
                .filter(known -> known.state() != State.GONE && known.peer().equals(wanted.peer()))
                .isPresent();
    }

    private boolean isGone(String node) {
        return moves.known().node(node).map(NodeRecord::state).orElse(State.GONE) == State.GONE;
    }

    private PlanView view(OperatorPlan plan) throws InterruptedException {
        Map<Integer, Long> bytes = moves.bytes();
        List<PlanStep> steps = new ArrayList<>();
        for (Move move : plan.moves()) {
            Long size = plan.copies() ? bytes.get(move.shard()) : null;
            steps.add(new PlanStep(
                    move.shard(),
                    move.from().isEmpty() ? null : move.from(),
                    move.to(),
                    size == null ? null : Long.toString(size),
                    state(plan, move)));
        }
        if (plan.action().equals("add") || plan.action().equals("remove")) {
            String node = String.valueOf(plan.node());
            boolean done = plan.action().equals("add") ? isThere(plan) : isGone(node);
            steps.add(new PlanStep(null, null, node, null, done ? "done" : "planned"));
        }
        int done =
                (int) steps.stream().filter(step -> step.state().equals("done")).count();
        boolean begun = steps.stream().anyMatch(step -> !step.state().equals("planned"));
        String drained = plan.drained();
        boolean left = drained == null || moves.isLeaving(drained);
        String state = done == steps.size() && left ? "done" : begun ? "running" : "planned";
        return new PlanView(plan.id(), plan.action(), state, done, steps);
    }

    private String state(OperatorPlan plan, Move move) throws InterruptedException {
        if (!plan.copies()) {
            return cluster.leads(move.shard(), move.to()) ? "done" : "planned";
        }
        if (!Planner.isPlaced(moves.known(), move)) {
            return "planned";
        }
        return moves.isDone(move) ? "done" : "running";
    }
}
