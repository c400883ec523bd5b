package io.thalweg.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Tenant;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Principal;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.QueryString;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the door, with what was found out about it so far. Belongs to the thread that handles it; memory
 * that it took for its body is given back when the call is over.
 */
public final class Call {
    private static final int FIRST_CHUNK_BYTES = 16 << 10;

    /** What is read from a refused body so that its sender sees the reply; a longer one loses its connection. */
    private static final int DRAIN_BYTES_MAX = 16 << 20;

    private final ServerRequest request;
    private final ServerResponse response;
    private final Router.Found found;
    private final MemoryBudget memory;
    private final QueryString query;
    private @Nullable Principal principal;
    private @Nullable Log log;
    private @Nullable NamedLedger ledger;
    private @Nullable InputStream input;
    private int memoryTaken;
    private boolean inputEnded;
    private boolean streaming;

    Call(ServerRequest request, ServerResponse response, Router.Found found, MemoryBudget memory) {
        this.request = request;
        this.response = response;
        this.found = found;
        this.memory = memory;
        this.query = QueryString.parse(request.prologue().query().rawValue());
        this.inputEnded = !request.content().hasEntity();
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

    /** A parameter of the path, decoded. */
    public String path(String name) {
        return found.value(name);
    }

    public QueryString query() {
        return query;
    }

    public Headers headers() {
        return request.headers();
    }

    @Nullable
    public String header(HeaderName name) {
        return request.headers().first(name).orElse(null);
    }

    @Nullable
    public String contentType() {
        return header(HeaderNames.CONTENT_TYPE);
    }
    /** Whether the client prefers this essence: named in Accept before any other that is asked for here. */
    public String accepts(String... offered) {
        String accept = header(HeaderNames.ACCEPT);
        if (accept != null) {
            for (String part : accept.split(",", -1)) {
                String wanted = MediaTypes.essence(part);
                for (String offer : offered) {
                    if (wanted.equals(offer)) {
                        return offer;
                    }
                }
            }
        }
        return offered[0];
    }

    /**
     * The whole body, refused with 413 before memory is taken for more than {@code maxBytes}.
     *
     * @return an array of exactly the body's length
     */
    public byte[] body(int maxBytes) {
        if (inputEnded) {
            return new byte[0];
        }
        OptionalLong declared = request.headers().contentLength();
        if (declared.isPresent()) {
            if (declared.getAsLong() > maxBytes) {
                throw tooLarge(maxBytes);
            }
            int length = (int) declared.getAsLong();
            memoryTaken += memory.take(length);
            byte[] body = new byte[length];
            int at = 0;
            while (at < length) {
                int count = read(body, at, length - at);
                if (count < 0) {
                    throw new CloseConnectionException("the body ended after " + at + " of " + length + " bytes");
                }
                at += count;
            }
            inputEnded = read(new byte[1], 0, 1) < 0;
            return body;
        }
        return bodyOfUnknownLength(maxBytes);
    }

    private byte[] bodyOfUnknownLength(int maxBytes) {
        byte[] body = new byte[Math.min(maxBytes + 1, FIRST_CHUNK_BYTES)];
        memoryTaken += memory.take(body.length);
        int length = 0;
        while (true) {
            int count = read(body, length, body.length - length);
            if (count < 0) {
                inputEnded = true;
                return Arrays.copyOf(body, length);
            }
            length += count;
            if (length > maxBytes) {
                throw tooLarge(maxBytes);
            }
            if (length == body.length) {
                int larger = (int) Math.min(maxBytes + 1L, body.length * 2L);
                memoryTaken += memory.take(larger - body.length);
                body = Arrays.copyOf(body, larger);
            }
        }
    }

    private int read(byte[] target, int offset, int length) {
        if (input == null) {
            input = request.content().inputStream();
        }
        try {
            return input.read(target, offset, length);
        } catch (RequestException | CloseConnectionException e) {
            throw e; // the framing is broken, which Helidon answers
        } catch (IOException | RuntimeException e) {
            throw new CloseConnectionException("the client went away in the middle of its request", e);
        }
    }

    private static ThalwegException tooLarge(int maxBytes) {
        return new ThalwegException(ErrorCode.TOO_LARGE, "the body is larger than " + maxBytes + " bytes");
    }

    /** The body as a JSON object; fields that the type does not know are ignored. */
    public <T> T json(Class<T> type) {
        return Json.read(body(JSON_BYTES_MAX), type);
    }

    /** The body as a JSON object; a field that the type does not know is refused. */
    public <T> T strictJson(Class<T> type) {
        return Json.readStrictly(body(JSON_BYTES_MAX), type);
    }

    private static final int JSON_BYTES_MAX = 256 << 10;

    /** Adds a header to the reply that follows. */
    public Call with(HeaderName name, String value) {
        response.header(HeaderValues.create(name, value));
        return this;
    }

    /** Replies with a value as JSON. */
    public void reply(int status, Object value) {
        reply(status, MediaTypes.JSON, Json.write(value));
    }

    /** Replies with bytes. */
    public void reply(int status, String mediaType, byte[] body) {
        response.status(Status.create(status));
        response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, mediaType));
        if (!inputEnded && isHttp1() && !mayDrain()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        response.send(body);
    }

    /** Replies 204. */
    public void replyNothing() {
        response.status(Status.NO_CONTENT_204).send();
    }

    /**
     * Replies with a stream. The handler closes it when the reply is whole, and only then: a reply that breaks off must not look
     * like one that ended.
     */
    public OutputStream stream(int status, String mediaType) {
        streaming = true;
        response.status(Status.create(status));
        response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, mediaType));
        return response.outputStream();
    }

    boolean isAnswered() {
        return streaming || response.isSent();
    }

    private boolean isHttp1() {
        return request.prologue().protocolVersion().startsWith("1");
    }

    private boolean mayDrain() {
        boolean waiting = request.headers().contains(HeaderNames.EXPECT);
        return !waiting && request.headers().contentLength().orElse(0) <= DRAIN_BYTES_MAX;
    }

    /** Ends the call: gives its memory back, and reads what is left of a body that nobody wanted. */
    void finish() {
        memory.release(memoryTaken);
        memoryTaken = 0;
        if (inputEnded || !isHttp1() || !mayDrain()) {
            return; // in HTTP/2 the stream ends by itself and takes nothing with it
        }
        byte[] sink = new byte[8 << 10];
        for (int total = 0; total <= DRAIN_BYTES_MAX; ) {
            int count = read(sink, 0, sink.length);
            if (count < 0) {
                inputEnded = true;
                return;
            }
            total += count;
        }
        throw new CloseConnectionException("the refused body does not end");
    }
}
