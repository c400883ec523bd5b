package io.thalweg.client.objects;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One observer of a tenant's objects. Calls are made one after the other, whichever thread makes them, since each one brings what those before
 * it learned; a program whose threads have nothing to do with each other opens a client for each. A call that a slab does not answer, or for which it is not
 * ready, goes to the next one until the timeout is over; then it throws the last {@link IOException}, and a write may or may not
 * have taken effect. What a slab refuses for good is an {@link ObjectException}. Nothing needs to be closed: idle connections end by themselves.
 */
public final class ObjectClient {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String CONTEXT = "Thalweg-Context";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final long PAUSE_MS = 100;

    /** Longer than a slab waits, so that its answer is heard. */
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final List<String> slabs;
    private final String bearer;
    private final Duration timeout;
    private final ReentrantLock lock = new ReentrantLock();
    private String context = "";
    private int at;

    private ObjectClient(List<URI> slabs, String apiKey, Duration timeout) {
        if (slabs.isEmpty()) {
            throw new IllegalArgumentException("no slab is named, expected at least one address");
        }
        this.slabs = slabs.stream()
                .map(URI::toString)
                .map(url -> url.endsWith("/") ? url.substring(0, url.length() - 1) : url)
                .toList();
        this.bearer = apiKey;
        this.timeout = timeout;
    }

    /**
     * A client; it connects when it is first used.
     *
     * @param slabs addresses of nodes or slabs, in the order in which they are tried
     * @param apiKey of the tenant, or a token
     */
    public static ObjectClient open(List<URI> slabs, String apiKey) {
        return new ObjectClient(slabs, apiKey, TIMEOUT);
    }

    /** What this observer knows, for another one; empty at first. */
    public String context() {
        lock.lock();
        try {
            return context;
        } finally {
            lock.unlock();
        }
    }

    /** Knows what another observer knows, and no longer what this one did. */
    public void become(String otherContext) {
        lock.lock();
        try {
            context = otherContext;
        } finally {
            lock.unlock();
        }
    }

    /** Makes a topic or adds to it: a document as {@code PUT /topics/{topic}} takes it. */
    public JsonNode putTopic(String topic, String document) throws IOException, InterruptedException {
        return call("PUT", "/topics/" + word(topic), document.getBytes(StandardCharsets.UTF_8));
    }

    /** Begins an object. */
    public Written create(String topic, Changes changes) throws IOException, InterruptedException {
        return create(topic, changes, 0);
    }

    /** The same, answered when it has so many nines. */
    public Written create(String topic, Changes changes, int nines) throws IOException, InterruptedException {
        return written(call("POST", "/topics/" + word(topic) + "/objects" + wait(nines), changes.encode()));
    }

    /** Changes an object. */
    public Written edit(String object, Changes changes) throws IOException, InterruptedException {
        return edit(object, changes, 0);
    }

    /** The same, answered when it has so many nines. */
    public Written edit(String object, Changes changes, int nines) throws IOException, InterruptedException {
        return written(call("PATCH", "/objects/" + word(object) + wait(nines), changes.encode()));
    }

    /** Marks an object deleted, for ever. */
    public Written delete(String object) throws IOException, InterruptedException {
        return written(call("DELETE", "/objects/" + word(object) + wait(0), null));
    }

    private String wait(int nines) {
        return "?timeout=" + Math.min(120_000, timeout.toMillis()) + "&durability=" + nines;
    }

    /** An object, not older than anything that this observer knows. */
    public ObjectState read(String object) throws IOException, InterruptedException {
        return state(call("GET", "/objects/" + word(object), null));
    }

    /** An object as of an older head. */
    public ObjectState readAt(String object, List<String> head) throws IOException, InterruptedException {
        return state(call("GET", "/objects/" + word(object) + "?at=" + word(String.join(",", head)), null));
    }

    /** The ids of an object's memos, the newest first. */
    public List<String> history(String object) throws IOException, InterruptedException {
        List<String> memos = new ArrayList<>();
        for (JsonNode memo :
                call("GET", "/objects/" + word(object) + "/history", null).path("memos")) {
            memos.add(memo.path("memo_id").asString());
        }
        return memos;
    }

    /** All objects of a topic whose indexed fields have these values, page after page, in the order of their ids. */
    public List<ObjectState> find(String topic, Map<String, String> fields) throws IOException, InterruptedException {
        StringBuilder query = new StringBuilder("?limit=1000");
        fields.forEach((name, value) ->
                query.append('&').append(word(name)).append('=').append(word(value)));
        List<ObjectState> found = new ArrayList<>();
        String page = "";
        do {
            JsonNode reply = call("GET", "/topics/" + word(topic) + "/objects" + query + page, null);
            reply.path("objects").forEach(each -> found.add(state(each)));
            page = reply.has("next") ? "&page=" + word(reply.path("next").asString()) : "";
        } while (!page.isEmpty());
        return found;
    }

    /**
     * Tells of each object of a topic that changes from now on, as what it is then, until the observer says false or the slab ends the stream. One who
     * is slow hears of an object once, however often it changed. Does not hold up other calls.
     */
    public void follow(String topic, Predicate<ObjectState> observer) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(slab() + "/topics/" + word(topic) + "/objects/subscribe"))
                .header("Authorization", "Bearer " + bearer)
                .header("Accept", "text/event-stream")
                .build();
        HttpResponse<Stream<String>> response = http.send(request, BodyHandlers.ofLines());
        try (Stream<String> lines = response.body()) {
            if (response.statusCode() != 200) {
                throw refusal(response.statusCode(), lines.reduce("", String::concat));
            }
            String event = "";
            for (Iterator<String> each = lines.iterator(); each.hasNext(); ) {
                String line = each.next();
                if (line.startsWith("event: ")) {
                    event = line.substring("event: ".length());
                } else if (line.startsWith("data: ")
                        && event.equals("change")
                        && !observer.test(state(JSON.readTree(line.substring("data: ".length()))))) {
                    return;
                }
            }
        }
    }

    private String slab() {
        lock.lock();
        try {
            return slabs.get(at);
        } finally {
            lock.unlock();
        }
    }

    private JsonNode call(String method, String path, byte @Nullable [] body) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            String repeat = UUID.randomUUID().toString();
            long endNs = System.nanoTime() + timeout.toNanos();
            while (true) {
                IOException late;
                try {
                    HttpResponse<String> response = send(method, path, body, repeat);
                    if (response.statusCode() != 503) {
                        return taken(response);
                    }
                    late = new IOException(refusal(503, response.body()).getMessage());
                } catch (IOException e) {
                    late = e;
                }
                at = (at + 1) % slabs.size();
                if (System.nanoTime() >= endNs) {
                    throw late;
                }
                Thread.sleep(PAUSE_MS);
            }
        } finally {
            lock.unlock();
        }
    }

    private HttpResponse<String> send(String method, String path, byte @Nullable [] body, String repeat)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(slabs.get(at) + path))
                .timeout(timeout.plus(MARGIN))
                .header("Authorization", "Bearer " + bearer)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (!method.equals("GET")) {
            request.header("Idempotency-Key", repeat);
        }
        if (!context.isEmpty()) {
            request.header(CONTEXT, context);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private JsonNode taken(HttpResponse<String> response) throws IOException {
        response.headers().firstValue(CONTEXT).ifPresent(token -> context = token);
        if (response.statusCode() / 100 != 2) {
            throw refusal(response.statusCode(), response.body());
        }
        try {
            return JSON.readTree(response.body());
        } catch (JacksonException e) {
            throw new IOException("the reply is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static ObjectException refusal(int status, String text) {
        String code = "";
        String said = text;
        try {
            JsonNode error = JSON.readTree(text);
            code = error.path("code").asString("");
            said = error.path("error").asString(text);
        } catch (JacksonException e) {
            // Somebody in between speaks no JSON: what he said is shown as it is.
        }
        return new ObjectException(status, code, said + " (" + status + ")");
    }

    private static Written written(JsonNode reply) {
        return new Written(
                reply.path("object_id").asString(),
                reply.path("memo_id").asString(),
                reply.at("/durability/nines").asDouble(),
                reply.at("/durability/target_nines").asDouble());
    }

    private static ObjectState state(JsonNode reply) {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        reply.path("fields").propertyStream().forEach(each -> fields.put(each.getKey(), each.getValue()));
        Map<String, String> relationships = new LinkedHashMap<>();
        reply.path("relationships")
                .propertyStream()
                .forEach(
                        each -> relationships.put(each.getKey(), each.getValue().asString()));
        List<String> head = new ArrayList<>();
        reply.path("head").forEach(memo -> head.add(memo.asString()));
        return new ObjectState(
                reply.path("object_id").asString(),
                reply.path("topic").asString(),
                fields,
                relationships,
                head,
                reply.path("deleted").asBoolean());
    }

    private static String word(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
