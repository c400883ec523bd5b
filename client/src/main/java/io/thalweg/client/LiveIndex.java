package io.thalweg.client;

import io.thalweg.model.change.Change;
import io.thalweg.model.change.Difference;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A copy of what a path finds in an index of a view in Java, or of what a query of one answers, kept up to date by a thread of its own. What one step of the view changes becomes visible
 * here at once. A connection that drops, or over which nothing comes though a node says every 15 s that it is there, is made again, behind the moment
 * that the copy is of; a copy whose checksum is not what the node says is thrown away and begun anew. Thread-safe.
 */
public final class LiveIndex implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final System.Logger LOG = System.getLogger(LiveIndex.class.getName());
    private static final long AGAIN_MS_MIN = 50;
    private static final long AGAIN_MS_MAX = 5_000;

    /**
     * How long it believes in what it does not hear of.
     *
     * @param silence after which a connection counts as gone
     * @param unknown for how long it asks a node that knows no such view: one that has just started may soon
     */
    record Patience(Duration silence, Duration unknown) {
        static final Patience USUAL = new Patience(Duration.ofSeconds(45), Duration.ofSeconds(30));
    }

    private final HttpClient http;
    private final NodeAddresses nodes;
    private final String path;
    private final HttpRequest.Builder request;
    private final Consumer<List<Change>> listener;
    private final Patience patience;
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable InputStream open;
    private volatile long heardNs;
    private @Nullable Long unknownSinceNs; // of the copy's thread
    private @Nullable String moment; // guarded by this, as all that follows
    private @Nullable List<@Nullable Object> values;
    private int begun;
    private @Nullable LogException refused;

    /** @param path of what is followed, the same on each of the nodes */
    LiveIndex(
            HttpClient http,
            NodeAddresses nodes,
            String path,
            String bearer,
            Consumer<List<Change>> listener,
            Patience patience) {
        this.http = http;
        this.nodes = nodes;
        this.path = path;
        this.patience = patience;
        this.request = HttpRequest.newBuilder()
                .header("Authorization", "Bearer " + bearer)
                .header("Accept", "text/event-stream");
        this.listener = listener;
        this.thread = new Thread(this::run, "thalweg-live-index");
        thread.setDaemon(true);
        thread.start();
        watchLater();
    }

    /**
     * What the path finds, as maps, lists and scalars; null before the first answer. Not to be changed.
     *
     * @throws LogException when the node refuses for good, or the copy cannot go on
     */
    public synchronized @Nullable List<@Nullable Object> values() {
        LogException why = refused;
        if (why != null) {
            throw why;
        }
        List<@Nullable Object> now = values;
        return now == null ? null : Collections.unmodifiableList(now);
    }

    /** How often the copy was begun from a whole value: once, unless what became different could not be told. */
    public synchronized int begun() {
        return begun;
    }

    /**
     * Waits until what the path finds is as wanted.
     *
     * @return false when it is not in time
     * @throws LogException when the node refuses for good
     */
    public synchronized boolean await(Predicate<List<@Nullable Object>> wanted, Duration timeout)
            throws InterruptedException {
        long endNs = System.nanoTime() + timeout.toNanos();
        while (true) {
            List<@Nullable Object> now = values();
            if (now != null && wanted.test(now)) {
                return true;
            }
            long leftMs = (endNs - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                return false;
            }
            wait(leftMs);
        }
    }

    private void run() {
        long pauseMs = AGAIN_MS_MIN;
        while (!closed) {
            try {
                pauseMs = follow() ? AGAIN_MS_MIN : Math.min(AGAIN_MS_MAX, 2 * pauseMs);
                if (!closed) {
                    Thread.sleep(pauseMs);
                }
            } catch (LogException e) {
                end(e);
                return;
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                end(new LogException("", "the copy does not go on: " + e));
                throw e;
            }
        }
    }

    private synchronized void end(LogException why) {
        refused = why;
        notifyAll();
    }

    private void watchLater() {
        CompletableFuture.delayedExecutor(patience.silence.toNanos() / 3, TimeUnit.NANOSECONDS)
                .execute(this::watch);
    }

    /** A node that vanishes without a word leaves a connection that waits for ever. */
    private void watch() {
        if (closed) {
            return;
        }
        if (System.nanoTime() - heardNs > patience.silence.toNanos()) {
            closeConnection();
        }
        watchLater();
    }

    /** Follows over one connection until it ends; whether anything came. */
    private boolean follow() throws InterruptedException {
        String base = nodes.current();
        HttpRequest.Builder asked = request.copy().uri(URI.create(base + path));
        synchronized (this) {
            if (moment != null) {
                asked.setHeader("Last-Event-ID", moment);
            }
        }
        boolean some = false;
        try {
            HttpResponse<InputStream> response = answer(asked.GET().build());
            heardNs = System.nanoTime();
            try (InputStream body = response.body()) {
                open = body;
                if (response.statusCode() != 200) {
                    nodes.leave(base);
                    refuse(response.statusCode(), body);
                    return false;
                }
                unknownSinceNs = null;
                BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
                List<Change> changes = new ArrayList<>();
                String event = "";
                String id = null;
                for (String line = lines.readLine(); line != null && !closed; line = lines.readLine()) {
                    heardNs = System.nanoTime();
                    if (line.startsWith("event: ")) {
                        event = line.substring("event: ".length());
                    } else if (line.startsWith("id: ")) {
                        id = line.substring("id: ".length());
                    } else if (line.startsWith("data: ")) {
                        Map<?, ?> data = JSON.readValue(line.substring("data: ".length()), Map.class);
                        if (!take(event, id, data, changes)) {
                            return some;
                        }
                        some = true;
                        id = null;
                    }
                }
            }
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            // The connection is gone, or what came was cut off: the next one tells.
            nodes.leave(base);
            return some;
        }
        return some;
    }

    /** @throws IOException also when nothing is answered for long */
    private HttpResponse<InputStream> answer(HttpRequest asked) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<InputStream>> answer = http.sendAsync(asked, BodyHandlers.ofInputStream());
        try {
            return answer.get(patience.silence.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException(e);
        } finally {
            answer.cancel(true); // of one that is there this does nothing
        }
    }

    /** What is over for good is thrown; another node, or the same one later, may know better about the rest. */
    private void refuse(int status, InputStream body) throws IOException {
        String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
        if (status == 404) {
            Long since = unknownSinceNs;
            if (since == null) {
                unknownSinceNs = System.nanoTime();
                return;
            }
            if (System.nanoTime() - since < patience.unknown.toNanos()) {
                return;
            }
        }
        if (status < 500 && status != 429) {
            String code = "";
            try {
                code = JSON.readTree(text).path("code").asString("");
            } catch (JacksonException e) {
                // Somebody between here and the node speaks.
            }
            throw new LogException(code, text);
        }
    }

    /** Takes an event; false when the connection is of no more use. */
    private boolean take(String event, @Nullable String id, Map<?, ?> data, List<Change> changes) {
        return switch (event) {
            case "value" -> {
                changes.clear();
                yield become(id, data.get("values"), data.get("checksum"));
            }
            case "change" -> {
                changes.add(change(data));
                if (id == null) {
                    yield true;
                }
                List<Change> all = List.copyOf(changes);
                changes.clear();
                yield change(id, all, data.get("checksum"));
            }
            case "end" -> false;
            default -> true; // resync: the value follows
        };
    }

    private synchronized boolean become(@Nullable String id, @Nullable Object document, @Nullable Object checksum) {
        if (!(document instanceof List<?> list)
                || !Difference.checksum(document).equals(checksum)) {
            return false;
        }
        moment = id;
        values = new ArrayList<>(list);
        begun++;
        notifyAll();
        return true;
    }

    private boolean change(String id, List<Change> changes, @Nullable Object checksum) {
        synchronized (this) {
            Object copy = Change.copy(values);
            try {
                for (Change change : changes) {
                    copy = change.apply(copy);
                }
            } catch (IllegalArgumentException e) {
                copy = null;
            }
            if (!(copy instanceof List<?> list) || !Difference.checksum(copy).equals(checksum)) {
                // Not what the node has: from the beginning.
                moment = null;
                return false;
            }
            moment = id;
            values = new ArrayList<>(list);
            notifyAll();
        }
        try {
            listener.accept(changes);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "who listens to changes of an index failed; the copy goes on", e);
        }
        return true;
    }

    private static Change change(Map<?, ?> data) {
        Object path = data.get("path");
        if (!(path instanceof List<?> list)) {
            throw new IllegalArgumentException("a change has no path");
        }
        List<Object> steps = new ArrayList<>(list);
        if (Boolean.TRUE.equals(data.get("removed"))) {
            return new Change.Remove(steps);
        }
        return Boolean.TRUE.equals(data.get("insert"))
                ? new Change.Insert(steps, data.get("value"))
                : new Change.Set(steps, data.get("value"));
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        closeConnection();
    }

    private void closeConnection() {
        InputStream body = open;
        if (body != null) {
            try {
                body.close();
            } catch (IOException e) {
                // It is over either way.
            }
        }
    }
}
