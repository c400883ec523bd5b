package io.thalweg.client;

import io.thalweg.client.LogClient.LogEvent;
import io.thalweg.client.LogClient.Page;
import java.io.Serial;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Events of all partitions of a log as they come, for ever: {@link #next} waits for the next one. When a node stops sending, the same one or another
 * goes on behind the last event that was taken, each event once. One thread takes; any
 * may close, and ask for the {@link #position}.
 */
public final class LogTail implements Iterator<LogEvent>, AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long AGAIN_MS = 50;
    private static final long AGAIN_MS_MAX = 2_000;

    /** A stream over which nothing comes for so long counts as gone: a node says every 15 s that it is there. */
    private static final Duration SILENCE = Duration.ofSeconds(45);

    /** How many streams may end one after another, each before an event came. */
    private static final int ENDS_MAX = 5;

    private final LogClient client;
    private final HttpClient http;
    private final NodeAddresses nodes;
    private final String bearer;
    private final String log;
    private final Duration timeout;
    private volatile @Nullable String position;
    private String base = "";
    private boolean heard;
    private int ends;
    private int strangers;
    private volatile @Nullable LineQueue open;
    private volatile boolean closed;

    /** A reason that may pass, such as a connection that broke. */
    private static final class Passing extends Exception {
        @Serial
        private static final long serialVersionUID = 1;

        final LogException reason;

        Passing(LogException reason) {
            super(reason);
            this.reason = reason;
        }
    }

    /** @param after the position behind which it begins; null for the first event that is kept */
    LogTail(
            LogClient client,
            HttpClient http,
            NodeAddresses nodes,
            String bearer,
            String log,
            @Nullable String after,
            Duration timeout) {
        this.client = client;
        this.http = http;
        this.nodes = nodes;
        this.bearer = bearer;
        this.log = log;
        this.position = after;
        this.timeout = timeout;
    }

    /** Behind the last event that {@link #next} gave, where another tail goes on; null before the first call of one that begins at the first. */
    public @Nullable String position() {
        return position;
    }

    /** True until it is closed. */
    @Override
    public boolean hasNext() {
        return !closed;
    }

    /**
     * Waits for the next event.
     *
     * @throws LogException when the log is refused, or nobody answered for as long as the client gives a call; the next call goes on where this one was
     * @throws NoSuchElementException when the tail is closed, or is meanwhile
     */
    @Override
    public LogEvent next() {
        long endNs = System.nanoTime() + timeout.toNanos();
        long pauseMs = AGAIN_MS;
        try {
            while (true) {
                if (closed) {
                    throw new NoSuchElementException("the tail was closed");
                }
                try {
                    if (position == null) {
                        Page page = client.read(log, null, 1);
                        position = page.position();
                        if (!page.events().isEmpty()) {
                            return page.events().get(0);
                        }
                    }
                    return take();
                } catch (Passing e) {
                    if (heard) {
                        endNs = System.nanoTime() + timeout.toNanos();
                        pauseMs = AGAIN_MS;
                    }
                    leave();
                    if (!closed && endNs - System.nanoTime() < pauseMs * 1_000_000) {
                        throw e.reason;
                    }
                }
                Thread.sleep(pauseMs);
                pauseMs = Math.min(AGAIN_MS_MAX, 2 * pauseMs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException("", "interrupted while waiting for events");
        }
    }

    /** The next event of the stream that is open, or of a new one. */
    private LogEvent take() throws InterruptedException, Passing {
        LineQueue begun = open;
        LineQueue lines = begun == null ? connect() : begun;
        String id = null;
        String type = "";
        while (true) {
            Object said = lines.take(heard || timeout.compareTo(SILENCE) > 0 ? SILENCE : timeout);
            if (said instanceof Integer status) {
                if (status != 200) {
                    throw refused(status, lines);
                }
                heard = true;
                strangers = 0;
            } else if (said instanceof String line) {
                if (line.startsWith("id: ")) {
                    id = line.substring("id: ".length());
                } else if (line.startsWith("event: ")) {
                    type = line.substring("event: ".length());
                } else if (line.startsWith("data: ")) {
                    JsonNode data = read(line.substring("data: ".length()));
                    if (type.isEmpty() && id != null) {
                        ends = 0;
                        position = id;
                        return LogClient.event(data);
                    }
                    if (type.equals("end")) {
                        throw ended(data.path("reason").asString("no reason was given"));
                    }
                    type = "";
                    id = null;
                } else if (line.startsWith(":")) {
                    ends = 0; // it lasts
                }
            } else {
                throw ended(said == null ? "nothing came over it" : said.toString());
            }
        }
    }

    private static JsonNode read(String data) throws Passing {
        try {
            return JSON.readTree(data);
        } catch (JacksonException e) {
            throw new Passing(new LogException("", "an event was cut off: " + e.getMessage()));
        }
    }

    /** A stream that ends again and again has a reason that does not pass. */
    private Passing ended(String why) {
        LogException reason = new LogException("", "the stream ended: " + why);
        if (heard && ++ends >= ENDS_MAX) {
            ends = 0;
            leave();
            throw reason;
        }
        return new Passing(reason);
    }

    private Passing refused(int status, LineQueue lines) throws InterruptedException {
        StringBuilder text = new StringBuilder();
        while (lines.take(timeout) instanceof String line) {
            text.append(line).append('\n');
        }
        LogException reason = Reads.refusal(status, text.toString());
        // A node that is new, or behind, may not know yet what the others know.
        boolean isStranger = status == 404 && ++strangers < nodes.count();
        if (!isStranger && !Reads.isPassing(status, reason)) {
            strangers = 0;
            leave();
            throw reason;
        }
        return new Passing(reason);
    }

    private LineQueue connect() {
        base = nodes.current();
        heard = false;
        LineQueue lines = new LineQueue();
        open = lines;
        String path = "/logs/" + encoded(log) + "/tail?encoding=base64&after=" + encoded(String.valueOf(position));
        lines.follow(
                http,
                HttpRequest.newBuilder(URI.create(base + path))
                        .header("Authorization", "Bearer " + bearer)
                        .header("Accept", "text/event-stream")
                        .build());
        if (closed) {
            lines.cancel();
        }
        return lines;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Nothing more is expected of the stream that is open; the next one is of the next node. */
    private void leave() {
        LineQueue lines = open;
        if (lines != null) {
            lines.cancel();
            open = null;
            nodes.leave(base);
        }
        heard = false;
    }

    @Override
    public void close() {
        closed = true;
        LineQueue lines = open;
        if (lines != null) {
            lines.cancel();
        }
    }
}
