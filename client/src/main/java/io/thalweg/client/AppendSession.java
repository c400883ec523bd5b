package io.thalweg.client;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Appends to a log over one connection. Events of all callers that come while an append is under way go together into the next one, up to
 * 4,096 of them: load makes appends larger, and there is no timer. When the connection drops it is made again. As a producer the append that has
 * no result is then sent again with the same number, so that every event is stored once; without, its events end with
 * {@link OutcomeUnknownException}, as those do whose deadline passes while their append is under way. Of several nodes the next one is connected to when one
 * does not answer, finds nobody who leads, or twice does not know what became of an append.
 *
 * <p>What is sent again are the same events under the same number, never cut in another way, so that all of them are stored once or none is. Where they can no
 * longer go together, since the log was split meanwhile, they end with {@link OutcomeUnknownException}, too. Whoever appends such an event again, in this session
 * or another, with a producer's name or without, appends another event: it may be there twice then.
 *
 * <p>At most 16 MiB wait; beyond that {@link #append} waits, which holds callers up. Thread-safe.
 */
public final class AppendSession implements AutoCloseable {
    static final long WAITING_BYTES_MAX = 16L << 20;

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final long AGAIN_MS = 100;
    private static final long AGAIN_MS_MAX = 5_000;

    private final HttpClient http;
    private final NodeAddresses nodes;
    private final String path;
    private final String bearer;
    private final Duration timeout;
    private final boolean produces;
    private final Thread thread;
    private final Deque<Waiting> waiting = new ArrayDeque<>(); // guarded by this
    private long waitingBytes; // guarded by this
    private boolean closed; // guarded by this
    private long number; // the thread's
    private List<Waiting> inHand = List.of(); // the thread's

    /** An event that has no result, and when its caller gives up. */
    private static final class Waiting {
        final NewEvent event;
        final long deadlineNs;
        final CompletableFuture<Appended> result = new CompletableFuture<>();

        Waiting(NewEvent event, long deadlineNs) {
            this.event = event;
            this.deadlineNs = deadlineNs;
        }
    }

    /**
     * @param nodes any of them takes the appends, and the same ones again after another
     * @param producer NAME/EPOCH of who numbers the appends; null for nobody
     * @param timeout of an event, from when it is handed over
     */
    AppendSession(
            HttpClient http,
            NodeAddresses nodes,
            String bearer,
            String log,
            @Nullable String producer,
            Duration timeout) {
        this.http = http;
        this.nodes = nodes;
        this.bearer = bearer;
        this.timeout = timeout;
        this.produces = producer != null;
        this.path = "/logs/" + URLEncoder.encode(log, StandardCharsets.UTF_8) + "/session"
                + (producer == null ? "" : "?producer=" + URLEncoder.encode(producer, StandardCharsets.UTF_8));
        this.thread = new Thread(this::run, "append-session");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Appends an event; waits only while too much waits already.
     *
     * @return where it stands, once it is durable; {@link LogException} when it was refused, {@link OutcomeUnknownException} when its deadline
     *     passed on the way
     */
    public CompletableFuture<Appended> append(NewEvent event) throws InterruptedException {
        SessionFrames.requireFits(event);
        Waiting each = new Waiting(event, System.nanoTime() + timeout.toNanos());
        synchronized (this) {
            while (!closed && waitingBytes > WAITING_BYTES_MAX) {
                wait();
            }
            if (closed) {
                throw new LogException("", "the session is closed");
            }
            waiting.add(each);
            waitingBytes += event.bytes();
            notifyAll();
        }
        return each.result;
    }

    private synchronized List<Waiting> next() throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        List<Waiting> batch = new ArrayList<>();
        int bytes = 0;
        while (!waiting.isEmpty() && batch.size() < SessionFrames.EVENTS_MAX) {
            bytes += waiting.getFirst().event.bytes();
            if (!batch.isEmpty() && bytes > SessionFrames.MESSAGE_BYTES_MAX / 2) {
                break;
            }
            Waiting each = waiting.removeFirst();
            waitingBytes -= each.event.bytes();
            if (System.nanoTime() - each.deadlineNs > 0) {
                each.result.completeExceptionally(
                        new LogException("", "the deadline passed before the event was sent: nothing is stored"));
            } else {
                batch.add(each);
            }
        }
        notifyAll();
        return batch;
    }

    private void run() {
        Connection connection = null;
        try {
            while (true) {
                List<Waiting> batch = next();
                if (batch.isEmpty()) {
                    synchronized (this) {
                        if (closed && waiting.isEmpty()) {
                            return;
                        }
                    }
                    continue;
                }
                inHand = batch;
                connection = append(connection, batch);
                inHand = List.of();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (connection != null) {
                connection.end();
            }
            fail(inHand, new OutcomeUnknownException("the session ended before its append had a result"));
            rest();
        }
    }

    private synchronized void rest() {
        closed = true;
        waiting.forEach(each -> each.result.completeExceptionally(
                new LogException("", "the session was closed before the event was sent: nothing is stored")));
        waiting.clear();
        notifyAll();
    }

    /** Sends a batch until it has a result or nobody waits for it any more; the connection that is good for the next one. */
    private @Nullable Connection append(@Nullable Connection known, List<Waiting> batch) throws InterruptedException {
        Connection connection = known;
        number++;
        List<NewEvent> events = new ArrayList<>();
        long deadlineNs = 0;
        for (Waiting each : batch) {
            events.add(each.event);
            deadlineNs = events.size() == 1 || each.deadlineNs - deadlineNs > 0 ? each.deadlineNs : deadlineNs;
        }
        boolean mayBeStored = false;
        int unclear = 0;
        int refusals = 0;
        String trouble = "";
        for (long pauseMs = AGAIN_MS;
                deadlineNs - System.nanoTime() > 0;
                pauseMs = Math.min(AGAIN_MS_MAX, 2 * pauseMs)) {
            try {
                if (connection == null) {
                    connection = connect();
                }
                SessionFrames.Result result =
                        connection.ask(number, SessionFrames.append(number, events), deadlineNs - System.nanoTime());
                if (result.code.equals("not_one_shard") && batch.size() > 1 && !mayBeStored) {
                    for (Waiting each : batch) {
                        connection = append(connection, List.of(each));
                    }
                    return connection;
                }
                boolean isUnclear = produces && result.code.equals("outcome_unknown");
                if (!isPassing(result) && !isUnclear) {
                    finish(batch, result, mayBeStored);
                    return connection;
                }
                // Nothing of it is stored, and it may be later; or its number tells the next time.
                trouble = result.text;
                if (isUnclear) {
                    mayBeStored = true;
                    // The node has lost who leads, and finds the next one; or it is cut off, and does not.
                    connection = ++unclear > 1 ? left(connection) : ended(connection);
                } else if (isOfTheNode(result) || connection.isOver()) {
                    connection = left(connection);
                }
            } catch (ExecutionException e) {
                trouble = String.valueOf(e.getCause());
                mayBeStored |= connection != null && connection.hasAsked();
                boolean stays = produces && connection != null && connection.isMeant() && ++unclear <= 1;
                connection = stays ? ended(connection) : left(connection);
                // A node that is new, or behind, may not know yet what the others know.
                if (!mayBeStored && isRefusal(e.getCause()) && ++refusals >= nodes.count()) {
                    fail(batch, new LogException("", "the session was refused: " + trouble));
                    return null;
                }
                if (mayBeStored && !produces) {
                    break;
                }
            } catch (TimeoutException e) {
                trouble = "no answer in time";
                mayBeStored = true;
                connection = left(connection);
                if (!produces) {
                    break;
                }
            }
            Thread.sleep(pauseMs);
        }
        fail(
                batch,
                mayBeStored
                        ? new OutcomeUnknownException("it is not known whether the event is stored: " + trouble)
                        : new LogException("", "the deadline passed, and nothing is stored: " + trouble));
        return connection;
    }

    private static boolean isPassing(SessionFrames.Result result) {
        return result.code.equals("overloaded")
                || isOfTheNode(result)
                || result.code.equals("rate_limited")
                // The log was split: the next time its events go where their slots are.
                || result.code.equals("slot_moved");
    }

    /** Whether another node may take what this one does not. */
    private static boolean isOfTheNode(SessionFrames.Result result) {
        return result.code.equals("not_leader") || result.code.equals("unavailable");
    }

    private static boolean isRefusal(@Nullable Throwable cause) {
        return cause instanceof WebSocketHandshakeException refused
                && refused.getResponse().statusCode() / 100 == 4;
    }

    private static @Nullable Connection ended(@Nullable Connection connection) {
        if (connection != null) {
            connection.end();
        }
        return null;
    }

    /** Another node is asked from now on. */
    private @Nullable Connection left(@Nullable Connection connection) {
        if (connection != null) {
            nodes.leave(connection.base);
        }
        return ended(connection);
    }

    /** @param mayBeStored whether nobody knows what became of an earlier attempt: a refusal is of this one alone */
    private static void finish(List<Waiting> batch, SessionFrames.Result result, boolean mayBeStored) {
        if (result.events.size() == batch.size()) {
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).result.complete(result.events.get(i));
            }
        } else if (mayBeStored) {
            fail(
                    batch,
                    new OutcomeUnknownException(
                            "it is not known whether the event is stored; sent again it was refused: " + result.text
                                    + " (" + result.code + ")"));
        } else if (result.code.equals("outcome_unknown")) {
            fail(batch, new OutcomeUnknownException(result.text));
        } else {
            fail(batch, new LogException(result.code, result.text));
        }
    }

    private static void fail(List<Waiting> batch, RuntimeException failure) {
        batch.forEach(each -> each.result.completeExceptionally(failure));
    }

    private Connection connect() throws InterruptedException, ExecutionException {
        Connection connection = new Connection(nodes.current(), produces);
        try {
            connection.socket = http.newWebSocketBuilder()
                    .connectTimeout(CONNECT)
                    .header("Authorization", "Bearer " + bearer)
                    .buildAsync(URI.create("ws" + connection.base.substring("http".length()) + path), connection)
                    .get();
            return connection;
        } catch (ExecutionException e) {
            nodes.leave(connection.base);
            throw e;
        }
    }

    /** One connection, with one append under way. */
    private static final class Connection implements WebSocket.Listener {
        private static final int BAD_PAYLOAD = 1007;
        private static final int POLICY = 1008;
        private static final int SERVER_ERROR = 1011;
        private static final int TRY_LATER = 1013;

        /** What nodes begin the reason with for which they end a session before they have taken what was sent last. */
        private static final String NOT_TAKEN = "not taken: ";

        private final String base;
        private final boolean produces;
        private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
        private volatile @Nullable WebSocket socket;
        private volatile long asked;
        private volatile CompletableFuture<SessionFrames.Result> answer = new CompletableFuture<>();
        private volatile boolean meant;
        private volatile boolean over;
        private boolean hasAsked; // the session's thread's

        Connection(String base, boolean produces) {
            this.base = base;
            this.produces = produces;
        }

        /** Whether it was ended by a node that goes on, since what became of an append is not known. */
        boolean isMeant() {
            return meant;
        }

        /** Whether the node has ended it. */
        boolean isOver() {
            return over;
        }

        /** Whether the node may have the append that was asked for last. */
        boolean hasAsked() {
            return hasAsked;
        }

        SessionFrames.Result ask(long number, ByteBuffer message, long timeoutNs)
                throws InterruptedException, ExecutionException, TimeoutException {
            hasAsked = false;
            WebSocket to = socket;
            if (to == null) {
                throw new ExecutionException(new IllegalStateException("the connection is not open"));
            }
            if (answer.isCompletedExceptionally()) {
                return answer.get();
            }
            answer = new CompletableFuture<>();
            asked = number;
            if (to.isInputClosed()) {
                throw new ExecutionException(new IllegalStateException("the connection was closed"));
            }
            hasAsked = true;
            to.sendBinary(message, true).get(timeoutNs, TimeUnit.NANOSECONDS);
            return answer.get(timeoutNs, TimeUnit.NANOSECONDS);
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            partial.write(bytes, 0, bytes.length);
            if (last) {
                try {
                    for (SessionFrames.Result result : SessionFrames.results(partial.toByteArray())) {
                        if (result.number == asked) {
                            answer.complete(result);
                        }
                    }
                } catch (RuntimeException e) {
                    answer.completeExceptionally(e);
                }
                partial.reset();
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
            meant = status == SERVER_ERROR;
            over = true;
            // By the latter two a node has taken nothing; so may somebody between end what he has passed on, and
            // without
            // a number only a node's own words are believed.
            boolean taken = !produces && !reason.startsWith(NOT_TAKEN);
            if (status == BAD_PAYLOAD || (!taken && (status == POLICY || status == TRY_LATER))) {
                SessionFrames.Result refused = new SessionFrames.Result(asked);
                refused.code = status == BAD_PAYLOAD ? "invalid_request" : "overloaded";
                refused.text = reason;
                answer.complete(refused);
            }
            answer.completeExceptionally(new IllegalStateException("the server closed: " + status + " " + reason));
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            answer.completeExceptionally(error);
        }

        void end() {
            WebSocket to = socket;
            if (to != null) {
                to.abort();
            }
        }
    }

    /** Sends what waits, waits for its results, and ends. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(timeout.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
    }
}
