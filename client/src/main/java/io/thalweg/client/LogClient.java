package io.thalweg.client;

import io.thalweg.model.change.Change;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Logs and views of a tenant over HTTP: appends over an {@link AppendSession}, reads and tails of events, queries of components and paths into
 * the indexes of views in Java. Thread-safe.
 */
public final class LogClient {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int PAGE = 1_000;
    private static final long QUERY_MS_MAX = 120_000;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final NodeAddresses nodes;
    private final String bearer;
    private final Duration timeout;

    private LogClient(NodeAddresses nodes, String bearer, Duration timeout) {
        this.nodes = nodes;
        this.bearer = bearer;
        this.timeout = timeout;
    }

    /**
     * Opens a client; nothing is sent yet.
     *
     * @param url of a node, such as {@code http://127.0.0.1:4780}
     * @param token of the tenant, as {@code POST /auth/token} gives it for an API key, or the key itself
     * @param timeout of a call, and of an event that is appended
     */
    public static LogClient open(URI url, String token, Duration timeout) {
        return open(List.of(url), token, timeout);
    }

    /**
     * The same for a cluster: what a node does not answer another one does. What was appended on the way is known to be stored only to a
     * producer.
     *
     * @param urls of as many nodes as may be asked; the first is asked first
     */
    public static LogClient open(List<URI> urls, String token, Duration timeout) {
        return new LogClient(new NodeAddresses(urls), token, timeout);
    }

    /** Begins to append to a log over a connection of its own; what was under way when it drops is not known to be stored. */
    public AppendSession session(String log) {
        return new AppendSession(http, nodes, bearer, log, null, timeout);
    }

    /**
     * The same as a producer, so that each event is stored once whatever happens to the connection. A session that begins takes the name over
     * from those before it, which are refused from then on. Which is the later one is told by the clocks of those who begin them: one that begins
     * where the clock is behind is refused as {@code producer_fenced}.
     *
     * @param producer a name that stays the same: a tenant's names are remembered for ever, and are limited in number
     */
    public AppendSession session(String log, String producer) {
        return new AppendSession(http, nodes, bearer, log, producer + "/" + ProducerEpochs.next(), timeout);
    }

    /** An event that was read. */
    public record LogEvent(
            int partition, long sequence, @Nullable String key, byte[] payload) {}

    /**
     * Events in order.
     *
     * @param position where the next page begins
     */
    public record Page(List<LogEvent> events, String position) {}

    /** A page of values that a path found; {@code next} is null behind the last, {@code position} what they reflect. */
    public record Selected(List<JsonNode> values, @Nullable String next, String position) {}

    /** What a query answered, and the position of the one moment that it is of. */
    public record Asked(JsonNode result, String position) {}

    /** Reads events of all partitions behind a position; from the first with null. */
    public Page read(String log, @Nullable String after, int limit) throws InterruptedException {
        String from = after == null ? "" : "&after=" + encoded(after);
        JsonNode page =
                JSON.readTree(send("GET", "/logs/" + encoded(log) + "/events?encoding=base64&limit=" + limit + from, "")
                        .body());
        List<LogEvent> events = new ArrayList<>();
        for (JsonNode event : page.path("events")) {
            events.add(new LogEvent(
                    event.path("partition").asInt(0),
                    event.path("sequence").asLong(),
                    event.path("key").asString(null),
                    payload(event)));
        }
        return new Page(events, page.path("position").asString(after == null ? "" : after));
    }

    private static byte[] payload(JsonNode event) {
        String text = event.path("payload").asString("");
        return "base64".equals(event.path("encoding").asString(""))
                ? Base64.getDecoder().decode(text)
                : text.getBytes(StandardCharsets.UTF_8);
    }

    /** Gives events of all partitions behind a position as they come, for ever; each of its calls may wait. */
    public Iterator<LogEvent> tail(String log, @Nullable String after, Duration look) {
        return new Tail(log, after, look);
    }

    private final class Tail implements Iterator<LogEvent> {
        private final String log;
        private final Duration look;
        private @Nullable String at;
        private Iterator<LogEvent> page = List.<LogEvent>of().iterator();

        Tail(String log, @Nullable String at, Duration look) {
            this.log = log;
            this.at = at;
            this.look = look;
        }

        @Override
        public boolean hasNext() {
            return true;
        }

        @Override
        public LogEvent next() {
            try {
                while (!page.hasNext()) {
                    Page next = read(log, at, PAGE);
                    page = next.events().iterator();
                    if (page.hasNext()) {
                        at = next.position();
                    } else {
                        Thread.sleep(look.toMillis());
                    }
                }
                return page.next();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LogException("", "interrupted while waiting for events");
            }
        }
    }

    /** Asks a component that follows a log; the answer's bytes. */
    public byte[] query(String log, String view, byte[] question, @Nullable String after) throws InterruptedException {
        String from = after == null ? "" : "?after=" + encoded(after);
        return send("POST", "/logs/" + encoded(log) + "/views/" + encoded(view) + "/query" + from, question)
                .body();
    }

    /**
     * Reads an index of a view in Java.
     *
     * @param path as JSON, such as {@code [["key","alice"],["all"]]}
     * @param after the answer reflects this position; null for whatever there is
     * @param page where a page before said that the rest begins; null for the first
     */
    public Selected select(String view, String index, String path, @Nullable String after, @Nullable String page)
            throws InterruptedException {
        String from = after == null ? "" : "?after=" + encoded(after);
        String body = "{\"path\":" + path + (page == null ? "" : ",\"page\":" + JSON.writeValueAsString(page)) + "}";
        HttpResponse<byte[]> response =
                send("POST", "/views/" + encoded(view) + "/indexes/" + encoded(index) + "/select" + from, body);
        JsonNode answer = JSON.readTree(response.body());
        List<JsonNode> values = new ArrayList<>();
        answer.path("values").forEach(values::add);
        return new Selected(
                values,
                answer.path("next").asString(null),
                response.headers().firstValue("Thalweg-Position").orElse(""));
    }

    /**
     * Asks a query of a view in Java.
     *
     * @param arguments a JSON object
     * @param after the answer reflects this position; null for whatever there is
     * @throws LogException {@code deadline_exceeded} when it takes most of the time that the client has for a call: it is stopped on the node then
     */
    public Asked ask(String view, String query, String arguments, @Nullable String after) throws InterruptedException {
        // The node has to answer, or stop, before this side gives up.
        long ms = Math.max(1, Math.min(timeout.toMillis() * 7 / 8, QUERY_MS_MAX));
        String from = "?timeout=" + ms + (after == null ? "" : "&after=" + encoded(after));
        HttpResponse<byte[]> response =
                send("POST", "/views/" + encoded(view) + "/queries/" + encoded(query) + from, arguments);
        return new Asked(
                JSON.readTree(response.body()),
                response.headers().firstValue("Thalweg-Position").orElse(""));
    }

    /**
     * Follows what a path finds in an index of a view in Java.
     *
     * @param path as JSON, such as {@code [["key","alice"]]}
     * @param listener hears what one moment changed, on the copy's thread, once the copy has it; what it throws is logged
     */
    public LiveIndex follow(String view, String index, String path, Consumer<List<Change>> listener) {
        String asked = "/views/" + encoded(view) + "/indexes/" + encoded(index) + "/subscribe?path=" + encoded(path);
        return new LiveIndex(http, nodes, asked, bearer, listener, LiveIndex.Patience.USUAL);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpResponse<byte[]> send(String method, String path, String body) throws InterruptedException {
        return send(method, path, body.getBytes(StandardCharsets.UTF_8));
    }

    private HttpResponse<byte[]> send(String method, String path, byte[] body) throws InterruptedException {
        HttpResponse<byte[]> response = exchange(method, path, body);
        if (response.statusCode() / 100 == 2) {
            return response;
        }
        String text = new String(response.body(), StandardCharsets.UTF_8);
        try {
            JsonNode error = JSON.readTree(text);
            throw new LogException(
                    error.path("code").asString(""), error.path("error").asString(text));
        } catch (JacksonException e) {
            throw new LogException("", response.statusCode() + " " + text);
        }
    }

    /** All that is sent so reads: whoever is asked once more does nothing twice. */
    private HttpResponse<byte[]> exchange(String method, String path, byte[] body) throws InterruptedException {
        for (int left = nodes.count(); ; left--) {
            String base = nodes.current();
            HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                    .timeout(timeout)
                    .header("Authorization", "Bearer " + bearer)
                    .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
                    .build();
            try {
                return http.send(request, BodyHandlers.ofByteArray());
            } catch (IOException e) {
                nodes.leave(base);
                if (left <= 1 || (e instanceof HttpTimeoutException && !(e instanceof HttpConnectTimeoutException))) {
                    throw new LogException("", "the node did not answer: " + e);
                }
            }
        }
    }
}
