package io.thalweg.client;

import io.thalweg.model.change.Change;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Logs and views of a tenant over HTTP: appends over an {@link AppendSession}, reads and tails of events, queries of components and paths into
 * the indexes of views in Java. Thread-safe.
 *
 * <p>What only reads is asked again, also of the next node, until it is answered or its time is over, and a {@link LogException} says what was wrong the
 * last time. What appends may be stored though nobody said so: {@link OutcomeUnknownException} is all that means this.
 */
public final class LogClient {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long QUERY_MS_MAX = 120_000;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final NodeAddresses nodes;
    private final String bearer;
    private final Duration timeout;
    private final Reads reads;

    private LogClient(NodeAddresses nodes, String bearer, Duration timeout) {
        this.nodes = nodes;
        this.bearer = bearer;
        this.timeout = timeout;
        this.reads = new Reads(http, nodes, bearer);
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

    /**
     * What a log holds.
     *
     * @param events that are kept
     * @param bytes that they take on disk
     * @param partitions in their order
     */
    public record Statistics(long events, long bytes, List<PartitionStatistics> partitions) {}

    /** What a partition holds: its events are those from the first sequence to the head. */
    public record PartitionStatistics(int partition, long events, long bytes, long firstSequence, long headSequence) {}

    /** Reads events of all partitions behind a position; from the first with null. */
    public Page read(String log, @Nullable String after, int limit) throws InterruptedException {
        String from = after == null ? "" : "&after=" + encoded(after);
        HttpResponse<byte[]> response = get("/logs/" + encoded(log) + "/events?encoding=base64&limit=" + limit + from);
        List<LogEvent> events = new ArrayList<>();
        for (JsonNode event : JSON.readTree(response.body()).path("events")) {
            events.add(event(event));
        }
        return new Page(
                events, response.headers().firstValue("Thalweg-Position").orElse(after == null ? "" : after));
    }

    /** Counts what a log holds. */
    public Statistics statistics(String log) throws InterruptedException {
        JsonNode said = JSON.readTree(get("/logs/" + encoded(log) + "/stats").body());
        List<PartitionStatistics> partitions = new ArrayList<>();
        said.path("partitions").forEach(each -> partitions.add(partition(each)));
        if (partitions.isEmpty()) {
            partitions.add(partition(said)); // of a log of one partition the whole is said alone
        }
        return new Statistics(
                said.path("event_count").asLong(),
                partitions.stream().mapToLong(PartitionStatistics::bytes).sum(),
                List.copyOf(partitions));
    }

    private static PartitionStatistics partition(JsonNode said) {
        return new PartitionStatistics(
                said.path("partition").asInt(0),
                said.path("event_count").asLong(),
                said.path("bytes").asLong(),
                said.path("first_sequence").asLong(),
                said.path("head_sequence").asLong());
    }

    static LogEvent event(JsonNode event) {
        return new LogEvent(
                event.path("partition").asInt(0),
                event.path("sequence").asLong(),
                event.path("key").asString(null),
                payload(event));
    }

    private static byte[] payload(JsonNode event) {
        String text = event.path("payload").asString("");
        return "base64".equals(event.path("encoding").asString(""))
                ? Base64.getDecoder().decode(text)
                : text.getBytes(StandardCharsets.UTF_8);
    }

    /** Gives events of all partitions behind a position as they come, for ever; from the first that is kept with null. */
    public LogTail tail(String log, @Nullable String after) {
        return new LogTail(this, http, nodes, bearer, log, after, timeout);
    }

    /** Asks a component that follows a log; the answer's bytes. */
    public byte[] query(String log, String view, byte[] question, @Nullable String after) throws InterruptedException {
        String from = after == null ? "" : "?after=" + encoded(after);
        return post("/logs/" + encoded(log) + "/views/" + encoded(view) + "/query" + from, question)
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
                post("/views/" + encoded(view) + "/indexes/" + encoded(index) + "/select" + from, utf8(body));
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
        String path = "/views/" + encoded(view) + "/queries/" + encoded(query) + "?timeout=";
        String from = after == null ? "" : "&after=" + encoded(after);
        HttpResponse<byte[]> response = reads.ask(
                "POST",
                // The node has to answer, or stop, before this side gives up.
                leftMs -> path + Math.max(1, Math.min(leftMs * 7 / 8, QUERY_MS_MAX)) + from,
                utf8(arguments),
                timeout);
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

    /**
     * Follows what a query of a view in Java answers, which says from which path it makes that; the copy's one value.
     *
     * @param arguments a JSON object
     * @param listener as {@link #follow} has it
     */
    public LiveIndex followQuery(String view, String query, String arguments, Consumer<List<Change>> listener) {
        String asked =
                "/views/" + encoded(view) + "/queries/" + encoded(query) + "/subscribe?arguments=" + encoded(arguments);
        return new LiveIndex(http, nodes, asked, bearer, listener, LiveIndex.Patience.USUAL);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private HttpResponse<byte[]> get(String path) throws InterruptedException {
        return reads.ask("GET", path, new byte[0], timeout);
    }

    private HttpResponse<byte[]> post(String path, byte[] body) throws InterruptedException {
        return reads.ask("POST", path, body, timeout);
    }
}
