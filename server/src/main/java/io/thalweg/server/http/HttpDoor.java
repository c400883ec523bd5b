package io.thalweg.server.http;

import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.thalweg.directory.Authority;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Role;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Principal;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for HTTP and takes each call from its route to its reply. The order is fixed: route, authentication, rate, authority,
 * handler. Whatever a handler throws becomes an error reply here and nowhere else; only what is nobody's fault but ours is logged.
 */
public final class HttpDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpDoor.class);

    /** Helidon tells of each start and stop; only its worries are worth a line. Kept here, or the level would be forgotten. */
    private static final java.util.logging.Logger HELIDON = java.util.logging.Logger.getLogger("io.helidon");

    /** Above every body that a route takes; Helidon refuses more before a route is looked for. */
    private static final long PAYLOAD_BYTES_MAX = 101L << 20;

    private static final HeaderName ALLOW = HeaderNames.ALLOW;
    private static final HeaderName RETRY_AFTER = HeaderNames.RETRY_AFTER;
    private static final int NOT_ALLOWED = 405;
    private static final String VIEWS = "/logs/{log_id}/views";

    private final Router router;
    private final Authenticator authenticator;
    private final RateLimits rates;
    private final HttpMeters meters;
    private final MemoryBudget memory;
    private final WebServer server;
    private final boolean secure;

    /**
     * Where and how to listen.
     *
     * @param address with port 0 for a free one
     * @param tls null for plain HTTP
     * @param connectionsMax open connections; more wait
     * @param bodyMemoryBytes memory for bodies, all calls together
     */
    public record Options(
            InetSocketAddress address, @Nullable SSLContext tls, int connectionsMax, long bodyMemoryBytes) {}

    /** Listens; whoever calls finds every route ready. */
    public static HttpDoor open(
            Options options, List<Route> routes, Authenticator authenticator, RateLimits rates, HttpMeters meters) {
        return new HttpDoor(options, new Router(routes), authenticator, rates, meters);
    }

    private HttpDoor(Options options, Router router, Authenticator authenticator, RateLimits rates, HttpMeters meters) {
        this.router = router;
        this.authenticator = authenticator;
        this.rates = rates;
        this.meters = meters;
        this.memory = new MemoryBudget(options.bodyMemoryBytes());
        this.secure = options.tls() != null;
        HELIDON.setLevel(java.util.logging.Level.WARNING);
        DirectHandlers.Builder refusals = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            refusals.addHandler(type, HttpDoor::refuseBeforeRouting);
        }
        SSLContext tls = options.tls();
        server = WebServer.builder()
                .address(options.address().getAddress())
                .port(options.address().getPort())
                .maxPayloadSize(PAYLOAD_BYTES_MAX)
                .maxTcpConnections(options.connectionsMax())
                .backlog(1024)
                .idleConnectionTimeout(Duration.ofMinutes(5))
                .shutdownHook(false)
                .connectionOptions(socket -> socket.tcpNoDelay(true)
                        .readTimeout(Duration.ofMinutes(2))
                        .connectTimeout(Duration.ofSeconds(10)))
                .addProtocol(Http1Config.builder()
                        .maxHeadersSize(64 << 10)
                        .log(log -> log.receiveLog(false).sendLog(false))
                        .build())
                .directHandlers(refusals.build())
                .update(builder -> {
                    if (tls != null) {
                        builder.tls(Tls.builder().sslContext(tls).build());
                    }
                })
                .routing(HttpRouting.builder().any(this::handle))
                .build()
                .start();
    }

    /** Where clients reach the door, e.g. {@code http://127.0.0.1:4780}. */
    public static String url(boolean secure, String host, int port) {
        String shown = host.contains(":") ? "[" + host + "]" : host;
        return (secure ? "https" : "http") + "://" + shown + ":" + port;
    }

    public int port() {
        return server.port();
    }

    public boolean secure() {
        return secure;
    }

    private void handle(ServerRequest request, ServerResponse response) {
        Method method = request.prologue().method();
        Router.Match match;
        try {
            match = router.find(method, request.prologue().uriPath().rawPath());
        } catch (ThalwegException e) {
            refuseUnrouted(request, response, ErrorReply.status(e.code()), ErrorReply.of(e.code(), e.getMessage()));
            return;
        }
        switch (match) {
            case Router.Found found -> handle(request, response, found);
            case Router.OtherMethod other -> {
                response.header(HeaderValues.create(ALLOW, other.allowed()));
                refuseUnrouted(
                        request,
                        response,
                        NOT_ALLOWED,
                        new ErrorReply(
                                "this path takes " + other.allowed() + ", not " + method.text(), "method_not_allowed"));
            }
            case Router.Nothing _ ->
                refuseUnrouted(
                        request,
                        response,
                        404,
                        ErrorReply.of(ErrorCode.NOT_FOUND, "there is no such endpoint: see /docs for those there are"));
        }
    }

    /** Where no route is, nobody takes a body. */
    private static void refuseUnrouted(ServerRequest request, ServerResponse response, int status, ErrorReply error) {
        if (request.content().hasEntity()
                && request.prologue().protocolVersion().startsWith("1")) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        response.status(Status.create(status));
        response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, MediaTypes.JSON));
        response.send(Json.write(error));
    }

    private void handle(ServerRequest request, ServerResponse response, Router.Found found) {
        long startNs = System.nanoTime();
        Call call = new Call(request, response, found, memory);
        try {
            answer(call);
        } finally {
            meters.called(found.route(), response.status().code(), System.nanoTime() - startNs);
            call.finish();
        }
    }

    private void answer(Call call) {
        try {
            if (admit(call)) {
                call.route().handler().handle(call);
            }
        } catch (ThalwegException e) {
            refuse(call, e.code(), e.getMessage(), e);
        } catch (MalformedException e) {
            refuse(call, ErrorCode.INVALID_REQUEST, e.getMessage(), e);
        } catch (CloseConnectionException | RequestException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(call, ErrorCode.UNAVAILABLE, "the node is stopping: try again later", e);
        } catch (Exception e) {
            if (call.isAnswered()) {
                LOG.debug("{} broke off", call.route().id(), e);
            } else {
                LOG.error("{} failed", call.route().id(), e);
            }
            refuse(call, ErrorCode.INTERNAL, "the node failed to answer; its log says more", e);
        }
    }

    private static void refuse(Call call, ErrorCode code, @Nullable String message, Exception cause) {
        if (call.isAnswered()) {
            throw new CloseConnectionException("failed in the middle of a reply", cause);
        }
        int status = ErrorReply.status(code);
        if (status == 429 || status == 503) {
            call.with(RETRY_AFTER, "1");
        }
        call.reply(status, ErrorReply.of(code, message));
    }

    /** Everything that stands before a handler; false when the call is answered already. */
    private boolean admit(Call call) {
        Access access = call.route().access();
        String authorization = call.header(HeaderNames.AUTHORIZATION);
        if (access == Access.OPEN) {
            return true;
        }
        if (access == Access.OPERATOR) {
            authenticator.requireOperator(authorization);
            return true;
        }
        Principal principal = authenticator.principal(authorization);
        call.setPrincipal(principal);
        if (!rates.admit(principal.tenant())) {
            meters.rateLimited();
            call.with(RETRY_AFTER, "1").reply(429, "text/plain", ErrorReply.RATE_LIMITED);
            return false;
        }
        authorise(call, access, principal.authority());
        return true;
    }

    /** The one place that decides who may call what. Ids of other tenants do not exist. */
    private static void authorise(Call call, Access access, Authority authority) {
        if (call.route().pathParameters().contains("log_id")) {
            call.setLog(logOf(call, authority));
        }
        if (call.route().pathParameters().contains("ledger_id")) {
            NamedLedger ledger = Naming.ledger(call.tenant(), call.path("ledger_id"))
                    .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such ledger"));
            if (!authority.reaches(ledger.id())) {
                throw forbidden("this key does not reach this ledger");
            }
            call.setLedger(ledger);
        }
        switch (access) {
            case OPEN, OPERATOR, READ, SELF -> {}
            case WRITE -> {
                if (authority.readOnly()) {
                    throw forbidden("this key may only read");
                }
            }
            case MANAGE -> requireUnlimited(authority);
            case APPEND -> {
                if (!authority.mayAppend(call.log())) {
                    throw forbidden(
                            authority.readOnly()
                                    ? "this key may only read"
                                    : "to the platform's own logs only the platform appends");
                }
            }
            case ADMIN -> {
                requireUnlimited(authority);
                requireAdmin(authority);
            }
            case PEOPLE -> {
                if (authority.kind() == Authority.Kind.KEY) {
                    throw forbidden("this is for people: log in with POST /auth/login, API keys cannot do it");
                }
                requireAdmin(authority);
            }
        }
    }

    /** The log of the path; where views are concerned, a ledger by its id stands for the log of its change events. */
    private static Log logOf(Call call, Authority authority) {
        Optional<LogId> id = Naming.logId(call.path("log_id"));
        Optional<Log> log = id.flatMap(call.tenant()::log);
        boolean reached = log.isPresent() && authority.reaches(log.get().id());
        if (log.isEmpty() && call.route().template().startsWith(VIEWS)) {
            log = id.flatMap(call.tenant()::source);
            reached = log.isPresent()
                    && authority.reaches(new LedgerId(log.get().id().value()));
        }
        Log found = log.orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such log"));
        if (!reached) {
            throw forbidden("this key does not reach this log");
        }
        if (found.reserved() && !authority.role().atLeast(Role.ADMIN)) {
            throw forbidden("the platform's own logs are for admins");
        }
        return found;
    }

    private static void requireUnlimited(Authority authority) {
        if (authority.readOnly() || authority.limited()) {
            throw forbidden("this needs a key that is neither read-only nor limited to logs or ledgers");
        }
    }

    private static void requireAdmin(Authority authority) {
        if (!authority.role().atLeast(Role.ADMIN)) {
            throw forbidden("this needs the role admin, and yours is "
                    + authority.role().text());
        }
    }

    private static ThalwegException forbidden(String message) {
        return new ThalwegException(ErrorCode.FORBIDDEN, message);
    }

    /** What Helidon refuses on its own, such as a broken request line, in our form. */
    private static DirectHandler.TransportResponse refuseBeforeRouting(
            DirectHandler.TransportRequest request,
            DirectHandler.EventType type,
            Status status,
            io.helidon.http.ServerResponseHeaders headers,
            String message) {
        String code = switch (status.code()) {
            case 413 -> ErrorCode.TOO_LARGE.text();
            case 500 -> ErrorCode.INTERNAL.text();
            case 503 -> ErrorCode.OVERLOADED.text();
            default -> ErrorCode.INVALID_REQUEST.text();
        };
        String shown = message == null || status.code() >= 500 ? status.reasonPhrase() : Numbers.shorten(message);
        return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                .header(HeaderValues.create(HeaderNames.CONTENT_TYPE, MediaTypes.JSON))
                .entity(Json.write(new ErrorReply(shown, code)))
                .keepAlive(false)
                .build();
    }

    /** Stops listening and lets calls that are under way finish for a moment. */
    @Override
    public void close() {
        server.stop();
    }
}
