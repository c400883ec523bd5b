package io.thalweg.server.http.logs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thalweg.directory.Authority;
import io.thalweg.directory.Log;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Principal;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.ErrorReply;
import io.thalweg.server.http.Naming;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.routing.Shards;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.jspecify.annotations.Nullable;

/**
 * Where append sessions begin: a WebSocket at {@code /logs/{log_id}/session}, described in {@code docs/append-sessions.md}. Who may not
 * append is refused as by any call. Thread-safe.
 */
public final class SessionDoor {
    private static final String PATH = "/logs/{log_id}/session";
    private static final Duration IDLE = Duration.ofMinutes(5);

    /** Open sessions of the node. */
    private static final int SESSIONS_MAX = 4_096;

    /** Open sessions of a tenant. */
    private static final int TENANT_SESSIONS_MAX = 512;

    private final Authenticator authenticator;
    private final Shards shards;
    private final EventMeters meters;
    private final AppendSession.Gate gate;

    public SessionDoor(
            Authenticator authenticator, Shards shards, EventMeters meters, RateLimits rates, NodeMemory memory) {
        this.gate = new Counting(rates, memory, new HashMap<>());
        this.authenticator = authenticator;
        this.shards = shards;
        this.meters = meters;
    }

    /** What those get that did not upgrade. */
    static Route route() {
        return Route.get(PATH)
                .by(Access.APPEND)
                .named(
                        "append_session",
                        "events",
                        "Append on one connection, many appends under way, over a WebSocket.")
                .query(
                        "producer",
                        Shape.text(),
                        "NAME/EPOCH of who numbers its appends, so that a repeat is recognised.")
                .answers(101, "A WebSocket of binary frames, as docs/append-sessions.md has them.")
                .to(call -> {
                    throw new ThalwegException(
                            ErrorCode.INVALID_REQUEST, "an append session is a WebSocket: ask for an upgrade");
                });
    }

    /** Lets sessions begin at a door. */
    public void listen(ServerWebSocketContainer container) {
        container.addMapping("uri-template|/logs/{log_id}/session", (request, response, callback) -> {
            try {
                return begin(request);
            } catch (ThalwegException e) {
                response.setStatus(ErrorReply.status(e.code()));
                response.getHeaders().put(HttpHeader.CONTENT_TYPE, MediaTypes.JSON);
                Content.Sink.write(
                        response,
                        true,
                        new String(Json.write(ErrorReply.of(e.code(), e.getMessage())), UTF_8),
                        callback);
                return null;
            }
        });
    }

    private @Nullable AppendSession begin(ServerUpgradeRequest request) {
        String authorization = request.getHeaders().get("Authorization");
        String path = request.getHttpURI().getCanonicalPath();
        String id = path.substring("/logs/".length(), path.length() - "/session".length());
        Fields query = Request.extractQueryParameters(request);
        String who = query.getValue("producer");
        int slash = who == null ? -1 : who.lastIndexOf('/');
        if (who != null && slash < 1) {
            throw Placing.invalid("producer is '" + Numbers.shorten(who) + "', expected NAME/EPOCH");
        }
        long epoch =
                who == null ? 0 : Numbers.parse("the epoch of 'producer'", who.substring(slash + 1), 0, Long.MAX_VALUE);
        return new AppendSession(
                () -> allowed(authorization, id),
                shards,
                meters,
                who == null ? null : Placing.producerName(who.substring(0, slash)),
                epoch,
                gate);
    }

    /** Sessions of each tenant, counted; what they take is taken where calls take it. */
    private record Counting(RateLimits rates, NodeMemory memory, Map<TenantId, Integer> sessions)
            implements AppendSession.Gate {
        @Override
        public boolean enter(TenantId tenant) {
            synchronized (sessions) {
                int all = sessions.values().stream().mapToInt(Integer::intValue).sum();
                int its = sessions.getOrDefault(tenant, 0);
                if (all >= SESSIONS_MAX || its >= TENANT_SESSIONS_MAX) {
                    return false;
                }
                sessions.put(tenant, its + 1);
                return true;
            }
        }

        @Override
        public void leave(TenantId tenant) {
            synchronized (sessions) {
                sessions.computeIfPresent(tenant, (_, count) -> count == 1 ? null : (Integer) (count - 1));
            }
        }

        @Override
        public boolean admits(Tenant tenant) {
            return rates.admit(tenant);
        }

        @Override
        public NodeMemory.Share memory(Tenant tenant) {
            NodeMemory.Share share = memory.share();
            share.belongsTo(tenant.id());
            return share;
        }
    }

    private AppendSession.Allowed allowed(@Nullable String authorization, String id) {
        Principal principal = authenticator.principal(authorization);
        Authority authority = principal.authority();
        Log log = Naming.logId(id)
                .flatMap(principal.tenant()::log)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such log"));
        if (!authority.reaches(log.id()) || !authority.mayAppend(log)) {
            throw new ThalwegException(ErrorCode.FORBIDDEN, "this key does not append to this log");
        }
        if (log.reserved() && !authority.role().atLeast(Role.ADMIN)) {
            throw new ThalwegException(ErrorCode.FORBIDDEN, "the platform's own logs are for admins");
        }
        return new AppendSession.Allowed(principal.tenant(), log);
    }

    /** Bounds what a connection may send. */
    static void bound(Session session) {
        session.setMaxBinaryMessageSize(SessionFrame.MESSAGE_BYTES_MAX);
        session.setIdleTimeout(IDLE);
    }
}
