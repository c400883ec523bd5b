package io.thalweg.server.agent;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.cluster.action.Action;
import io.thalweg.cluster.action.Actions.Invocation;
import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.cluster.datastore.ShardRole;
import io.thalweg.cluster.datastore.ShardStatus;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Times;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The dialect of 2020, which shares paths with the newer one and not their forms: it has a base of its own. */
final class StableRoutes {
    private static final String BASE = "/2020/api/unstable";

    /** Headers that say nothing about an action. */
    private static final Set<String> TRANSPORT =
            Set.of("accept", "accept-encoding", "content-length", "content-type", "host", "user-agent");

    /** Headers that let somebody in: neither kept nor shown. */
    private static final Set<String> SECRET = Set.of("authorization", "cookie", "proxy-authorization");

    private static final Set<String> REQUESTERS = Set.of("AGENT_API", "CORE_API", "CORE_PLAYBOOK", "CORE_DECLARATIVE");

    private final AgentDoor.Subject subject;
    private final AgentMeters meters;
    private final PrometheusMeterRegistry registry;

    StableRoutes(AgentDoor.Subject subject, AgentMeters meters, PrometheusMeterRegistry registry) {
        this.subject = subject;
        this.meters = meters;
        this.registry = registry;
    }

    List<Route> routes() {
        return List.of(
                AgentRoutes.get(
                        BASE + "/info/agent",
                        "stable_agent",
                        "The agent.",
                        call -> call.reply(200, new Agent(AgentForms.version(meters.ask(subject.datastore()))))),
                AgentRoutes.get(BASE + "/info/datastore", "stable_datastore", "The node.", this::datastore),
                AgentRoutes.get(BASE + "/shards", "stable_shards", "The shards on the node.", this::shards),
                AgentRoutes.get(
                        BASE + "/actions/finished",
                        "stable_finished",
                        "Actions that are over.",
                        call -> list(call, subject.actions().finished())),
                AgentRoutes.get(
                        BASE + "/actions/queue",
                        "stable_queue",
                        "Actions that run or wait.",
                        call -> list(call, subject.actions().queue())),
                AgentRoutes.get(BASE + "/actions/info/{id}", "stable_action", "One action.", this::action),
                schedule("/actions/schedule/{kind}", "stable_schedule"),
                // Kinds have a scope, and the slash behind it comes as it is.
                schedule("/actions/schedule/{scope}/{kind}", "stable_schedule_scoped"),
                AgentRoutes.get(
                        BASE + "/introspect/metrics",
                        "stable_metrics",
                        "Numbers for Prometheus.",
                        call -> call.reply(
                                200,
                                "text/plain; version=0.0.4; charset=utf-8",
                                registry.scrape().getBytes(StandardCharsets.UTF_8))));
    }

    private Route schedule(String path, String id) {
        return Route.post(BASE + path)
                .by(Access.OPEN)
                .named(id, "agent", "Have something done.")
                .takes(MediaTypes.JSON, null)
                .answers(200, "Its id.", MediaTypes.JSON, null)
                .to(this::schedule);
    }

    record Agent(AgentForms.AgentVersion version) {}

    record Store(String clusterId, String nodeId, String kind, String version) {}

    private void datastore(Call call) {
        Datastore now = meters.ask(subject.datastore());
        call.reply(200, new Store(now.clusterId().toString(), now.nodeId(), Datastore.STORE_ID, now.version()));
    }

    /** @param role a word in lower case, or an object with the one field {@code unknown} */
    record Shard(String id, Object role, AgentForms.Amount commitOffset, AgentForms.@Nullable Amount lag) {}

    record Shards(List<Shard> shards) {}

    private void shards(Call call) {
        call.reply(
                200,
                new Shards(meters.ask(subject.datastore()).shards().stream()
                        .map(StableRoutes::shard)
                        .toList()));
    }

    private static Shard shard(ShardStatus shard) {
        AgentForms.Shard known = AgentForms.shard(shard);
        return new Shard(
                known.id(),
                switch (shard.role()) {
                    case ShardRole.Primary() -> "primary";
                    case ShardRole.Secondary() -> "secondary";
                    case ShardRole.Recovering() -> Map.of("unknown", "recovering");
                    case ShardRole.Other(String what) -> Map.of("unknown", what);
                },
                known.commitOffset(),
                known.lag());
    }

    record Brief(String id, String kind, Action.Phase state) {}

    private static void list(Call call, List<Action> actions) {
        call.reply(
                200,
                actions.stream()
                        .map(action -> new Brief(action.id().toString(), action.kind(), action.phase()))
                        .toList());
    }

    record Full(
            JsonNode args,
            String createdTs,
            @Nullable String finishedTs,
            Map<String, String> headers,
            String id,
            String kind,
            String requester,
            String scheduledTs,
            Action.Phase state,
            @Nullable JsonNode statePayload) {}

    record Step(
            String actionId,
            String timestamp,
            Action.Phase state,
            @Nullable JsonNode statePayload) {}

    record ActionInfo(Full action, List<Step> history) {}

    private void action(Call call) {
        Action found = ActionForms.id(call.path("id"))
                .flatMap(subject.actions()::find)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such action"));
        ActionForms.Full full = ActionForms.full(found);
        call.reply(
                200,
                new ActionInfo(
                        new Full(
                                full.args(),
                                full.createdTime(),
                                full.finishedTime(),
                                shown(found.headers()),
                                full.id(),
                                full.kind(),
                                found.requester(),
                                full.scheduledTime(),
                                found.phase(),
                                payload(found.state())),
                        found.history().reversed().stream()
                                .map(change ->
                                        new Step(full.id(), Times.text(change.atNs()), change.phase(), payload(change)))
                                .toList()));
    }

    /** Also of what was kept before secrets were left out. */
    private static Map<String, String> shown(Map<String, String> headers) {
        Map<String, String> shown = new TreeMap<>(headers);
        shown.keySet().removeAll(SECRET);
        return shown;
    }

    /** There is one place for both. */
    private static @Nullable JsonNode payload(Action.Change change) {
        return change.error().isEmpty()
                ? ActionForms.payload(change)
                : tools.jackson.databind.node.JsonNodeFactory.instance
                        .objectNode()
                        .put("error", change.error());
    }

    record Schedule(
            @Nullable String actionId,
            @Nullable JsonNode args,
            @Nullable String createdTs,
            @Nullable String requester) {}

    record Known(String kind, String error) {}

    private void schedule(Call call) {
        byte[] body = call.body(256 << 10);
        Schedule wanted = body.length == 0
                ? new Schedule(null, null, null, null)
                : io.thalweg.server.form.Json.read(body, Schedule.class);
        String requester = Optional.ofNullable(wanted.requester()).orElse("AGENT_API");
        if (!REQUESTERS.contains(requester)) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "the requester is not one of "
                            + REQUESTERS.stream().sorted().toList());
        }
        String kind = call.route().pathParameters().contains("scope")
                ? call.path("scope") + "/" + call.path("kind")
                : call.path("kind");
        String created = wanted.createdTs();
        Invocation invocation = new Invocation(
                wanted.actionId() == null ? UUID.randomUUID() : ActionForms.requiredId(wanted.actionId()),
                kind,
                ActionForms.text(wanted.args()),
                Map.of(),
                headers(call),
                requester,
                created == null ? subject.clock().wallNs() : AgentRoutes.ns(created));
        if (subject.actions().find(invocation.id()).isPresent()) {
            call.reply(409, new Known("ActionAlreadyExists", "there is an action " + invocation.id() + " already"));
            return;
        }
        subject.actions().schedule(invocation);
        call.reply(200, new AgentRoutes.Scheduled(invocation.id().toString()));
    }

    private static Map<String, String> headers(Call call) {
        Map<String, String> kept = new TreeMap<>();
        call.headers().forEach(field -> {
            String name = field.getName().toLowerCase(Locale.ROOT);
            if (!TRANSPORT.contains(name) && !SECRET.contains(name) && field.getValue() != null) {
                kept.put(name, field.getValue());
            }
        });
        return kept;
    }
}
