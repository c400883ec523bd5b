package io.thalweg.bench.node;

import io.thalweg.bench.load.HttpConnection;
import io.thalweg.bench.load.HttpConnection.Response;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ObjLongConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The few calls of the HTTP API that benchmarks and process tests make. One connection, one thread. A connection that was not used for a
 * minute is made anew before the next call: a node closes idle ones, after five minutes as it comes.
 */
public final class NodeClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TIMEOUT_MS = 120_000;
    private static final int PAGE_EVENTS = 10_000;
    private static final long QUERY_PATIENCE_NS = 600_000_000_000L;
    private static final long QUERY_PAUSE_NS = 5_000_000;
    private static final long IDLE_NS_MAX = 60_000_000_000L;

    private final URI url;
    private final long idleNsMax;
    private final String token;
    private HttpConnection connection;
    private long usedNs;

    /** An answer that is not 200. */
    public static final class Refused extends IOException {
        private static final long serialVersionUID = 1;
        private final int status;

        Refused(String request, Response response) {
            super(request + " answered " + response.status() + ": " + response.text());
            this.status = response.status();
        }

        public int status() {
            return status;
        }
    }

    /** Connects and exchanges the key for a token. */
    public NodeClient(URI url, String apiKey) throws IOException {
        this(url, apiKey, IDLE_NS_MAX);
    }

    /** @param idleNsMax after which a connection is not used again */
    NodeClient(URI url, String apiKey, long idleNsMax) throws IOException {
        this.url = url;
        this.idleNsMax = idleNsMax;
        this.connection = new HttpConnection(url, TIMEOUT_MS);
        byte[] body = JSON.writeValueAsBytes(JSON.createObjectNode().put("api_key", apiKey));
        Response response = connection.exchange(
                connection.request("POST", "/auth/token", "Content-Type: application/json\r\n", body));
        if (response.status() != 200) {
            throw new Refused("POST /auth/token", response);
        }
        this.token = JSON.readTree(response.body()).get("access_token").asString();
        this.usedNs = System.nanoTime();
    }

    /** Where the node takes requests. */
    public URI url() {
        return url;
    }

    /** The bearer token, for other connections. */
    public String token() {
        return token;
    }

    /** What {@code HttpSender} takes as its target. */
    public String target(String logId) {
        return url + "," + logId + "," + token;
    }

    /** Creates a log and returns its id. */
    public String createLog(String name) throws IOException {
        return createLog(JSON.createObjectNode().put("name", name));
    }

    /** The same of one that keeps so many bytes of its newest events. */
    public String createLog(String name, long bytesMax) throws IOException {
        ObjectNode log = JSON.createObjectNode().put("name", name);
        log.putObject("retention").put("max_bytes", bytesMax);
        return createLog(log);
    }

    private String createLog(ObjectNode log) throws IOException {
        return json(call("POST", "/logs", "Content-Type: application/json\r\n", JSON.writeValueAsBytes(log)))
                .get("log_id")
                .asString();
    }

    /** The id of the node that leads the shard of a log's first partition. */
    public String leader(String logId) throws IOException {
        return json(call("GET", "/logs/" + logId, "", new byte[0]))
                .get("partitions")
                .get(0)
                .get("leader")
                .asString();
    }

    /** Number of the newest event; 0 in an empty log that was never trimmed. */
    public long eventCount(String logId) throws IOException {
        return json(call("GET", "/logs/" + logId + "/stats", "", new byte[0]))
                .get("event_count")
                .asLong();
    }

    /** Appends one event and returns its sequence. */
    public long append(String logId, byte[] payload) throws IOException {
        return sequence(
                call("POST", "/logs/" + logId + "/append", "Content-Type: application/octet-stream\r\n", payload));
    }

    /** Appends one event about a key and returns its sequence. */
    public long append(String logId, String key, byte[] payload) throws IOException {
        return sequence(call(
                "POST",
                "/logs/" + logId + "/append",
                "Content-Type: application/octet-stream\r\nThalweg-Key: " + key + "\r\n",
                payload));
    }

    /** A request that appends, to be exchanged on another connection. */
    public byte[] appendRequest(HttpConnection other, String logId, byte[] payload) {
        return other.request(
                "POST",
                "/logs/" + logId + "/append",
                "Authorization: Bearer " + token + "\r\nContent-Type: application/octet-stream\r\n",
                payload);
    }

    /** A request that asks a view, to be exchanged on another connection. */
    public byte[] queryRequest(HttpConnection other, String logId, String view, long after) {
        return other.request(
                "POST",
                "/logs/" + logId + "/views/" + encode(view) + "/query?after=" + after,
                "Authorization: Bearer " + token + "\r\n",
                new byte[0]);
    }

    /** The header lines of a batch in frames. */
    public String appendBatchHeaders() {
        return "Authorization: Bearer " + token + "\r\nContent-Type: application/vnd.thalweg.frames\r\n";
    }

    /** The sequence in an append's answer. */
    public static long sequence(Response response) {
        String text = response.text();
        int at = text.indexOf("\"sequence\":") + "\"sequence\":".length();
        int end = at;
        while (end < text.length() && (Character.isDigit(text.charAt(end)) || text.charAt(end) == ' ')) {
            end++;
        }
        return Long.parseLong(text.substring(at, end).strip());
    }

    public void deployView(String logId, String view, byte[] component) throws IOException {
        call(
                "POST",
                "/logs/" + logId + "/views/" + encode(view),
                "Content-Type: application/octet-stream\r\n",
                component);
    }

    /** Deploys a view in Java; the logs that it follows are made with as many partitions as it gets. */
    public void deployJavaView(String view, String className, int partitions, byte[] jar) throws IOException {
        call(
                "PUT",
                "/views/" + encode(view) + "?class=" + encode(className) + "&partitions=" + partitions,
                "Content-Type: application/java-archive\r\n",
                jar);
    }

    /** Deletes a view in Java. */
    public void deleteJavaView(String view) throws IOException {
        call("DELETE", "/views/" + encode(view), "", new byte[0]);
    }

    /** The id of a log by its name. */
    public String logId(String name) throws IOException {
        for (JsonNode log : json(call("GET", "/logs", "", new byte[0])).get("logs")) {
            if (log.get("log_name").asString().equals(name)) {
                return log.get("log_id").asString();
            }
        }
        throw new IOException("there is no log " + name);
    }

    /**
     * Reads an index of a view in Java as it is when all is taken that was acknowledged before, hops included. Asks again while the view is not that
     * far (502, 503, 504), for ten minutes.
     *
     * @param body with path, limit, and page, as JSON
     */
    public JsonNode selectNewest(String view, String index, String body) throws IOException {
        String path = "/views/" + encode(view) + "/indexes/" + encode(index)
                + "/select?consistency=linearizable&timeout=60000";
        for (long until = System.nanoTime() + QUERY_PATIENCE_NS; ; ) {
            try {
                return json(call(
                        "POST", path, "Content-Type: application/json\r\n", body.getBytes(StandardCharsets.UTF_8)));
            } catch (Refused e) {
                if (e.status() < 502 || e.status() > 504 || System.nanoTime() > until) {
                    throw e;
                }
                LockSupport.parkNanos(QUERY_PAUSE_NS);
            }
        }
    }

    /**
     * Asks a view for a state that has seen {@code after}. Asks again while the answer is that the view is still catching up
     * (502, 503, 504), for ten minutes.
     */
    public byte[] query(String logId, String view, long after, byte[] input) throws IOException {
        String path = "/logs/" + logId + "/views/" + encode(view) + "/query?after=" + after;
        for (long until = System.nanoTime() + QUERY_PATIENCE_NS; ; ) {
            try {
                return call("POST", path, "Content-Type: application/octet-stream\r\n", input)
                        .body();
            } catch (Refused e) {
                if (e.status() < 502 || e.status() > 504 || System.nanoTime() > until) {
                    throw e;
                }
                LockSupport.parkNanos(QUERY_PAUSE_NS);
            }
        }
    }

    /** Reads all events from {@code from} on to the end and hands over payload and sequence, in order. */
    public void readAll(String logId, long from, ObjLongConsumer<byte[]> event) throws IOException {
        for (long next = from; ; ) {
            byte[] body = call(
                            "GET",
                            "/logs/" + logId + "/events?consistency=linearizable&from=" + next + "&limit="
                                    + PAGE_EVENTS,
                            "Accept: application/vnd.thalweg.frames\r\n",
                            new byte[0])
                    .body();
            if (body.length == 0) {
                return;
            }
            next = frames(body, event) + 1;
        }
    }

    /** Takes frames apart as `Frames` in the server writes them; returns the last sequence. */
    private static long frames(byte[] body, ObjLongConsumer<byte[]> event) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        long sequence = 0;
        while (in.hasRemaining()) {
            int end = in.getInt() + in.position();
            int flags = in.get();
            if ((flags & 8) == 0) {
                throw new IOException("a frame without its place in the log");
            }
            sequence = in.getLong();
            in.getLong();
            if ((flags & 1) != 0) {
                skip(in, in.get() & 0xff);
            }
            if ((flags & 2) != 0) {
                skip(in, in.getShort() & 0xffff);
            }
            if ((flags & 4) != 0) {
                for (int headers = in.get() & 0xff; headers > 0; headers--) {
                    skip(in, in.get() & 0xff);
                    skip(in, in.getShort() & 0xffff);
                }
            }
            byte[] payload = new byte[end - in.position()];
            in.get(payload);
            event.accept(payload, sequence);
        }
        return sequence;
    }

    private static void skip(ByteBuffer in, int bytes) {
        in.position(in.position() + bytes);
    }

    private Response call(String method, String path, String headers, byte[] body) throws IOException {
        if (System.nanoTime() - usedNs >= idleNsMax) {
            connection.close();
            connection = new HttpConnection(url, TIMEOUT_MS);
        }
        Response response = connection.exchange(
                connection.request(method, path, "Authorization: Bearer " + token + "\r\n" + headers, body));
        usedNs = System.nanoTime();
        if (response.status() / 100 != 2) {
            throw new Refused(method + " " + path, response);
        }
        return response;
    }

    private static JsonNode json(Response response) {
        return JSON.readTree(response.body());
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
