package io.thalweg.server.agent;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.action.Action;
import io.thalweg.cluster.action.Actions.Invocation;
import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Times;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The dialect that the released SDK parses, platform discovery, and metrics. */
final class AgentRoutes {
    private static final String TAG = "agent";
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** What tells nodes of one kind from another to whoever places them; ours are all alike. */
    private static final String NODE_CLASS = "thalweg";

    private final AgentDoor.Subject subject;
    private final AgentMeters meters;
    private final PrometheusMeterRegistry registry;

    AgentRoutes(AgentDoor.Subject subject, AgentMeters meters, PrometheusMeterRegistry registry) {
        this.subject = subject;
        this.meters = meters;
        this.registry = registry;
    }

    List<Route> routes() {
        return List.of(
                get("/api/unstable/info/node", "agent_node", "The node.", this::node),
                get("/api/unstable/info/store", "agent_store", "The cluster.", this::store),
                get("/api/unstable/info/shards", "agent_shards", "The shards on the node.", this::shards),
                get(
                        "/api/unstable/actions/finished",
                        "agent_finished",
                        "Actions that are over, newest first.",
                        call -> list(call, subject.actions().finished())),
                get(
                        "/api/unstable/actions/queue",
                        "agent_queue",
                        "Actions that run or wait, oldest first.",
                        call -> list(call, subject.actions().queue())),
                get("/api/unstable/action/{id}", "agent_action", "One action.", this::action),
                Route.post("/api/unstable/action")
                        .by(Access.OPEN)
                        .named("agent_schedule", TAG, "Have something done.")
                        .takes(MediaTypes.JSON, null)
                        .answers(200, "Its id.", MediaTypes.JSON, null)
                        .to(this::schedule),
                get("/platform/discover", "agent_discover", "The nodes of the cluster.", this::discover),
                get(
                        "/metrics",
                        "agent_metrics",
                        "Numbers for Prometheus.",
                        call -> call.reply(200, METRICS_TYPE, registry.scrape().getBytes(StandardCharsets.UTF_8))));
    }

    static Route get(String template, String id, String text, Route.Handler handler) {
        return Route.get(template)
                .by(Access.OPEN)
                .named(id, TAG, text)
                .answers(200, text, MediaTypes.JSON, null)
                .to(handler);
    }

    private void node(Call call) {
        call.reply(200, AgentForms.node(meters.ask(subject.datastore())));
    }

    private void store(Call call) {
        Datastore now = meters.ask(subject.datastore());
        call.reply(200, new AgentForms.Store(now.clusterId().toString(), AgentForms.scalars(now.storeAttributes())));
    }

    private void shards(Call call) {
        call.reply(
                200,
                new AgentForms.Shards(meters.ask(subject.datastore()).shards().stream()
                        .map(AgentForms::shard)
                        .toList()));
    }

    record Brief(String id, String kind, Action.Phase phase) {
        static Brief of(Action action) {
            return new Brief(action.id().toString(), action.kind(), action.phase());
        }
    }

    record BriefList(List<Brief> actions) {}

    private static void list(Call call, List<Action> actions) {
        call.reply(200, new BriefList(actions.stream().map(Brief::of).toList()));
    }

    private void action(Call call) {
        Optional<Action> found = ActionForms.id(call.path("id")).flatMap(subject.actions()::find);
        if (found.isPresent()) {
            call.reply(200, ActionForms.full(found.get()));
        } else {
            call.reply(404, MediaTypes.JSON, new byte[0]);
        }
    }

    record Schedule(
            @Nullable JsonNode args,
            @Nullable String createdTime,
            @Nullable String id,
            @Nullable String kind,
            @Nullable Map<String, String> metadata) {}

    record Scheduled(String id) {}

    private void schedule(Call call) {
        Schedule wanted = call.json(Schedule.class);
        String created = wanted.createdTime();
        Invocation invocation = new Invocation(
                wanted.id() == null ? UUID.randomUUID() : ActionForms.requiredId(wanted.id()),
                Json.required("kind", wanted.kind()),
                ActionForms.text(wanted.args()),
                wanted.metadata() == null ? Map.of() : ActionForms.texts(wanted.metadata()),
                Map.of(),
                "AGENT_API",
                created == null ? subject.clock().wallNs() : ns(created));
        subject.actions().schedule(invocation);
        call.reply(200, new Scheduled(invocation.id().toString()));
    }

    /** RFC 3339 to nanoseconds since 1970. */
    static long ns(String time) {
        try {
            Instant instant = OffsetDateTime.parse(time).toInstant();
            return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
        } catch (DateTimeException | ArithmeticException e) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "the time is not RFC 3339, such as " + Times.text(0) + ", or is out of range",
                    e);
        }
    }

    record Discovered(String agentAddress, String nodeClass, String nodeId) {}

    record DiscoveredCluster(String clusterId, List<Discovered> nodes) {}

    record Discovery(List<DiscoveredCluster> clusters) {}

    private void discover(Call call) {
        Datastore now = meters.ask(subject.datastore());
        List<Discovered> nodes = new ArrayList<>();
        for (ClusterNode node : subject.nodes().get()) {
            node.agent().ifPresent(agent -> nodes.add(new Discovered(agent.toString(), NODE_CLASS, node.id())));
        }
        if (nodes.isEmpty()) {
            nodes.add(new Discovered(now.addresses().getOrDefault("agent", ""), NODE_CLASS, now.nodeId()));
        }
        call.reply(
                200, new Discovery(List.of(new DiscoveredCluster(now.clusterId().toString(), nodes))));
    }
}
