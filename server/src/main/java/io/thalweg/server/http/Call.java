package io.thalweg.server.http;

import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Tenant;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Principal;
import io.thalweg.server.form.Accept;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.QueryString;
import io.thalweg.server.form.Utf8;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.peer.Hop;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the door, with what was found out about it so far. Belongs to the thread that handles it; memory
 * that it took for its body is given back when the call is over.
 */
public final class Call {
    private static final int JSON_BYTES_MAX = 256 << 10;

    private final Router.Found found;
    private final String method;
    private final String target;
    private final HttpFields headers;
    private final QueryString query;
    private final String caller;
    private final Body body;
    private final Reply reply;
    private final NodeMemory.Share memory;
    private final Detour detour;
    private final Set<String> silent = new HashSet<>();
    private @Nullable Principal principal;
    private @Nullable Log log;
    private @Nullable NamedLedger ledger;
    private @Nullable Long untilNs;

    Call(Router.Found found, Request request, Body body, Reply reply, NodeMemory.Share memory, Detour detour) {
        this.found = found;
        this.method = request.getMethod();
        this.target = request.getHttpURI().getPathQuery();
        this.headers = request.getHeaders();
        this.query = QueryString.parse(request.getHttpURI().getQuery());
        this.caller = Callers.of(request);
        this.body = body;
        this.reply = reply;
        this.memory = memory;
        this.detour = detour;
    }

    public Route route() {
        return found.route();
    }

    void setPrincipal(Principal value) {
        principal = value;
    }

    void setLedger(NamedLedger value) {
        ledger = value;
    }

    void setLog(Log value) {
        log = value;
    }

    public boolean hasPrincipal() {
        return principal != null;
    }

    /** The authenticated caller; not on open and operator routes. */
    public Principal principal() {
        return Objects.requireNonNull(principal, "the route is open");
    }

    public Tenant tenant() {
        return principal().tenant();
    }

    public TenantId tenantId() {
        return tenant().id();
    }

    /** The log that {@code {log_id}} names; the caller's own, and one that it may at least read. */
    public Log log() {
        return Objects.requireNonNull(log, "the route names no log");
    }

    /** The ledger that {@code {ledger_id}} names, by id or name; the caller's own, and one that it reaches. */
    public NamedLedger ledger() {
        return Objects.requireNonNull(ledger, "the route names no ledger");
    }

    /** Where the call comes from: an IPv4 address, or the network of an IPv6 address. */
    public String caller() {
        return caller;
    }

    /** Memory that this call may take, beside that of its body; what is not given back is when the call is over. */
    public NodeMemory.Share memory() {
        return memory;
    }

    /** The method as the client wrote it. */
    public String method() {
        return method;
    }

    /** Path and query as the client wrote them. */
    public String target() {
        return target;
    }

    /** Bytes of the body that the client announces; -1 when it does not say. */
    public long announcedBytes() {
        return body.announced();
    }

    /** A parameter of the path, decoded. */
    public String path(String name) {
        return found.value(name);
    }

    public QueryString query() {
        return query;
    }

    /**
     * What is left of the {@link Route#time time} that the call may take: it began when this was asked first, and where a node has passed the call on, that one
     * says how much is left.
     */
    public Duration left() {
        long nowNs = System.nanoTime();
        if (untilNs == null) {
            untilNs = nowNs
                    + TimeUnit.MILLISECONDS.toNanos(Math.min(route().time(query).toMillis(), within()));
        }
        return Duration.ofNanos(Math.max(0, untilNs - nowNs));
    }

    private long within() {
        String header = headers.get(Hop.WITHIN);
        boolean said = header != null && header.matches("[0-9]{1,9}") && detour.isLetIn(this);
        return said ? Long.parseLong(header) : Long.MAX_VALUE;
    }

    /** All headers in the client's order, as bytes of which each became a character. */
    public HttpFields headers() {
        return headers;
    }

    public @Nullable String header(String name) {
        return headers.get(name);
    }

    /** A header that is stored or compared: as UTF-8, and refused when it is none or is there twice. */
    public @Nullable String text(String name) {
        List<String> values = headers.getValuesList(name);
        if (values.size() > 1) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "the header " + name + " is there " + values.size() + " times");
        }
        return values.isEmpty() ? null : Utf8.ofHeader(values.getFirst(), "the header " + name);
    }

    public @Nullable String contentType() {
        return text("Content-Type");
    }

    /** The media type of those offered that the client likes best; the first unless it says otherwise. */
    public String accepts(String... offered) {
        String chosen = Accept.choose(headers.getValuesList("Accept"), offered);
        if (chosen == null) {
            throw new Refusal(
                    406, "not_acceptable", "Accept refuses all forms of this reply: " + String.join(", ", offered));
        }
        return chosen;
    }

    /**
     * The whole body, refused with 413 before memory is taken for more than {@code maxBytes}.
     *
     * @return an array of exactly the body's length
     */
    public byte[] body(int maxBytes) {
        if (maxBytes > route().bodyBytesMax()) {
            throw new IllegalStateException(
                    "route " + route().id() + " reads a body of " + maxBytes + " bytes and says of itself "
                            + route().bodyBytesMax() + "; other nodes would refuse what it takes");
        }
        return body.read(maxBytes);
    }

    /** The body as a JSON object; fields that the type does not know are ignored. */
    public <T> T json(Class<T> type) {
        return Json.read(body(JSON_BYTES_MAX), type);
    }

    /** The body as a JSON object; a field that the type does not know is refused. */
    public <T> T strictJson(Class<T> type) {
        return Json.readStrictly(body(JSON_BYTES_MAX), type);
    }

    /** Has the other nodes that have a replica of a shard do the same; as {@link Detour#others}. */
    public List<Integer> others(int shard, IntPredicate isEnough) throws InterruptedException {
        return detour.others(this, shard, isEnough);
    }

    /** What a node that has a shard answers to this call's caller; as {@link Detour#ask}. */
    public Optional<byte[]> ask(int shard, String askedTarget, long askedUntilNs) throws InterruptedException {
        return detour.ask(this, shard, askedTarget, askedUntilNs);
    }

    /** Other nodes that were asked for this call and did not answer: they are asked behind all others from then on. */
    public Set<String> silent() {
        return silent;
    }

    /** Adds a header to the reply that follows. */
    public Call with(String name, String value) {
        reply.header(name, value);
        return this;
    }

    /** Replies with a value as JSON. */
    public void reply(int status, Object value) {
        reply(status, MediaTypes.JSON, Json.write(value));
    }

    /** Replies with bytes. */
    public void reply(int status, String mediaType, byte[] content) {
        reply.send(status, mediaType, content);
    }

    /** Replies 204. */
    public void replyNothing() {
        reply.sendNothing(204);
    }

    /**
     * Replies what another node replied, as it comes.
     *
     * @param sent its headers, without those of the connection
     */
    public void relay(int status, HttpFields sent, InputStream content) {
        reply.relay(status, sent, content);
    }

    /** Writes the body of a reply; what is written has left the memory of the node when a call of the stream returns. */
    @FunctionalInterface
    public interface Writer {
        void write(OutputStream out) throws Exception;
    }

    /** Replies 200 with what {@code writer} writes, as it writes it; the reply breaks off when it throws. */
    public void stream(String mediaType, Writer writer) throws Exception {
        reply.stream(200, mediaType, writer);
    }
}
