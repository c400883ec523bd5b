package io.thalweg.server.http.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.Header;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.routing.Shards;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a session, and all sessions of a tenant, may take of a node, and in which order it is answered. */
@Timeout(120)
class SessionBoundsTest {
    private static final int SESSIONS_MAX = 512;
    private static final Tenant TENANT = Tenant.empty(
            new TenantId(new UUID(1, 2)),
            "acme",
            7,
            TenantLimits.DEFAULT,
            new ReservedLogs(new LogId(new UUID(3, 1)), new LogId(new UUID(3, 2)), new LogId(new UUID(3, 3))));

    @TempDir
    private static Path data;

    private static TestNode node;
    private static HttpClient http;

    /** Appends that nobody commits, unless the test does. */
    private final List<CompletableFuture<Reply>> held = new ArrayList<>();

    /** How many messages the session has asked for. */
    private final AtomicInteger demanded = new AtomicInteger();

    @BeforeAll
    static void start() throws Exception {
        node = new TestNode(data);
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        http.shutdownNow(); // sessions are open
        node.close();
    }

    private static byte[] message(long number, int bytes) {
        BinaryWriter message = new BinaryWriter(bytes + 64);
        new SessionFrame.Append(
                        number, List.of(new SessionFrame.Placed(SessionFrame.ANY_PARTITION, Event.of(new byte[bytes]))))
                .write(message);
        return message.toByteArray();
    }

    /** A session at a node whose shard is elsewhere, and holds what comes. */
    private AppendSession held() {
        Shards.Remote remote = new Shards.Remote() {
            @Override
            public CompletableFuture<Reply> submit(int shard, Request request) {
                CompletableFuture<Reply> reply = new CompletableFuture<>();
                held.add(reply);
                return reply;
            }

            @Override
            public boolean goesWith(int shard, int other) {
                return true;
            }

            @Override
            public long storedBytes(TenantId tenant) {
                return 0;
            }
        };
        NodeMemory memory = NodeMemory.refusingAtOnce(1L << 30);
        AppendSession.Gate gate = new AppendSession.Gate() {
            @Override
            public boolean enter(TenantId tenant) {
                return true;
            }

            @Override
            public void leave(TenantId tenant) {}

            @Override
            public boolean admits(Tenant tenant) {
                return true;
            }

            @Override
            public NodeMemory.Share memory(Tenant tenant) {
                return memory.share(tenant.id());
            }
        };
        AppendSession session = new AppendSession(
                () -> new AppendSession.Allowed(
                        TENANT, new Log(new LogId(new UUID(3, 4)), "in", 1, 5, Retention.FOREVER, 7)),
                new Shards(List.of(), () -> Directory.EMPTY, _ -> Optional.empty(), remote),
                new EventMeters(new SimpleMeterRegistry()),
                null,
                0,
                gate);
        session.onWebSocketOpen((Session) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Session.class},
                (_, method, arguments) -> switch (method.getName()) {
                    case "demand" -> {
                        demanded.incrementAndGet();
                        yield null;
                    }
                    case "isOpen" -> true;
                    case "sendBinary" -> {
                        ((Callback) arguments[1]).succeed();
                        yield null;
                    }
                    default -> null;
                }));
        return session;
    }

    /** As Jetty does it: a message comes for each that was asked for. */
    private int takeUntilNoMoreIsAskedFor(AppendSession session, int bytes) {
        int taken = 0;
        while (demanded.get() > taken) {
            taken++;
            session.take(message(taken, bytes));
        }
        return taken;
    }

    @Test
    void behindAsManyAppendsAsMayBeUnderWayNoMessageIsReadUntilOneHasItsResult() {
        AppendSession session = held();
        int taken = takeUntilNoMoreIsAskedFor(session, 100);
        assertThat(taken).isEqualTo(SessionFrame.UNDER_WAY_MAX);
        held.getFirst().complete(new Reply.Refused(ErrorCode.NOT_LEADER, "nobody leads"));
        assertThat(demanded).hasValue(taken + 1);
        session.take(message(taken + 1, 100));
        assertThat(demanded).hasValue(taken + 1);
    }

    @Test
    void behindAsManyBytesAsMayBeUnderWayNoMessageIsReadUntilSomeHaveTheirResult() {
        AppendSession session = held();
        int taken = takeUntilNoMoreIsAskedFor(session, 1_000_000);
        assertThat(taken).isEqualTo(9); // 8 MiB
        held.getFirst().complete(new Reply.Refused(ErrorCode.NOT_LEADER, "nobody leads"));
        assertThat(demanded).hasValue(taken + 1);
    }

    /** One end of a session as anybody may open it. */
    private static final class Raw implements WebSocket.Listener {
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        final BlockingQueue<SessionFrame> results = new LinkedBlockingQueue<>();
        private final ByteArrayOutputStream parts = new ByteArrayOutputStream();
        volatile String why = "";
        final CompletableFuture<WebSocket> socket;

        Raw(Client client, String log) {
            HttpRequest request =
                    client.request("/logs/" + log + "/session").GET().build();
            socket = http.newWebSocketBuilder()
                    .header(
                            "Authorization",
                            request.headers().firstValue("Authorization").orElseThrow())
                    .buildAsync(URI.create("ws" + request.uri().toString().substring("http".length())), this);
        }

        void send(byte[] message) throws Exception {
            var _ = socket.get(20, TimeUnit.SECONDS).sendBinary(ByteBuffer.wrap(message), true);
        }

        int status() throws Exception {
            return closed.get(60, TimeUnit.SECONDS);
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer message, boolean last) {
            byte[] part = new byte[message.remaining()];
            message.get(part);
            parts.writeBytes(part);
            if (last) {
                results.addAll(SessionFrame.read(ByteBuffer.wrap(parts.toByteArray())));
                parts.reset();
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
            why = reason;
            closed.complete(status);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.completeExceptionally(error);
        }
    }

    private static String log(Client client, String name) {
        return client.post("/logs", "{\"name\":\"" + name + "\"}")
                .json()
                .get("log_id")
                .asString();
    }

    @Test
    void whatIsNoFrameAndANumberThatDoesNotGrowEndTheSession() throws Exception {
        Client client = node.client();
        String log = log(client, "frames");
        Raw garbage = new Raw(client, log);
        garbage.send(new byte[] {9, 9, 9});
        assertThat(garbage.status()).isEqualTo(1007);
        assertThat(garbage.why).contains("needs 8 bytes");
        Raw backwards = new Raw(client, log);
        backwards.send(message(2, 10));
        assertThat(backwards.results.poll(60, TimeUnit.SECONDS)).isInstanceOf(SessionFrame.Done.class);
        backwards.send(message(1, 10));
        assertThat(backwards.status()).isEqualTo(1007);
        assertThat(backwards.why).contains("append 1 comes behind 2");
        assertThat(client.get("/logs/" + log + "/events").json().get("events")).hasSize(1);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void manyAppendsUnderWayAreAcknowledgedInTheirOrderAndStandAsTheyWereSent() throws Exception {
        int appends = 100;
        Client client = node.client();
        String log = log(client, "many");
        BinaryWriter message = new BinaryWriter(8_192);
        for (int i = 1; i <= appends; i++) {
            Event event = Event.of("text/plain", utf8("e" + i))
                    .withKey(utf8("k" + i % 3))
                    .withHeaders(List.of(new Header("trace", "t" + i)));
            new SessionFrame.Append(i, List.of(new SessionFrame.Placed(SessionFrame.ANY_PARTITION, event)))
                    .write(message);
        }
        Raw session = new Raw(client, log);
        session.send(message.toByteArray());
        for (int i = 1; i <= appends; i++) {
            assertThat(session.results.poll(60, TimeUnit.SECONDS))
                    .isEqualTo(new SessionFrame.Done(i, false, List.of(new SessionFrame.Stands(0, i))));
        }
        JsonNode events =
                client.get("/logs/" + log + "/events?limit=" + appends).json().get("events");
        assertThat(events).hasSize(appends);
        for (int i = 1; i <= appends; i++) {
            JsonNode event = events.get(i - 1);
            assertThat(event.get("sequence").asInt()).isEqualTo(i);
            assertThat(event.get("key").asString()).isEqualTo("k" + i % 3);
            assertThat(event.get("headers").toString()).isEqualTo("{\"trace\":\"t" + i + "\"}");
            assertThat(event.get("content_type").asString()).isEqualTo("text/plain");
            assertThat(event.get("payload").asString()).isEqualTo("e" + i);
        }
    }

    @Test
    void aKeyThatIsRevokedEndsItsSessions() throws Exception {
        Client admin = node.client();
        String log = log(admin, "revoked");
        var key = admin.post("/keys", "{\"name\":\"brief\"}").json();
        Raw session = new Raw(node.client(key.get("api_key").asString()), log);
        session.send(message(1, 10));
        assertThat(session.results.poll(60, TimeUnit.SECONDS)).isInstanceOf(SessionFrame.Done.class);
        assertThat(admin.delete("/keys/" + key.get("api_key_id").asString()).status())
                .isEqualTo(204);
        int stored = 1;
        while (!session.closed.isDone()) {
            session.send(message(stored + 1, 10));
            SessionFrame result = null;
            while (result == null && !session.closed.isDone()) {
                result = session.results.poll(5, TimeUnit.MILLISECONDS);
            }
            stored += result instanceof SessionFrame.Done ? 1 : 0;
        }
        assertThat(session.status()).isEqualTo(1008);
        assertThat(session.why).as("which clients look for").startsWith("not taken: ");
        assertThat(admin.get("/logs/" + log + "/stats")
                        .json()
                        .get("event_count")
                        .asInt())
                .isEqualTo(stored);
    }

    @Test
    void oneSessionMoreThanATenantMayHaveIsTurnedAwayAndOthersTenantsAreNot() throws Exception {
        Client crowd = node.client(node.tenant("{}").apiKey());
        String log = log(crowd, "crowd");
        List<Raw> open = new ArrayList<>();
        for (int i = 0; i < SESSIONS_MAX; i++) {
            Raw one = new Raw(crowd, log);
            open.add(one);
            if (i % 16 == 15) {
                one.socket.get(20, TimeUnit.SECONDS);
            }
        }
        for (Raw one : open) {
            one.socket.get(20, TimeUnit.SECONDS);
        }
        // Which of them counts as the last nobody knows.
        open.add(new Raw(crowd, log));
        CompletableFuture<?> any =
                CompletableFuture.anyOf(open.stream().map(one -> one.closed).toArray(CompletableFuture<?>[]::new));
        assertThat(any.get(60, TimeUnit.SECONDS)).isEqualTo(1013);
        assertThat(open).filteredOn(one -> one.closed.isDone()).hasSize(1);
        Client other = node.client(node.tenant("{}").apiKey());
        Raw its = new Raw(other, log(other, "quiet"));
        its.send(message(1, 10));
        assertThat(its.results.poll(60, TimeUnit.SECONDS)).isInstanceOf(SessionFrame.Done.class);
        for (Raw one : open) {
            if (!one.closed.isDone()) {
                one.socket.join().abort();
            }
        }
        // Those that went make room.
        SessionFrame result = null;
        while (result == null) {
            Raw next = new Raw(crowd, log);
            next.send(message(1, 10));
            while (result == null && !next.closed.isDone()) {
                result = next.results.poll(5, TimeUnit.MILLISECONDS);
            }
        }
        assertThat(result).isInstanceOf(SessionFrame.Done.class);
    }
}
