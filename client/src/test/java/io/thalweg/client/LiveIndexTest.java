package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thalweg.model.change.Change;
import io.thalweg.model.change.Difference;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A copy of an index beside a node that does what nodes do in bad hours. */
class LiveIndexTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(200);

    /** What the node does with the connection of a number. */
    private interface Connection {
        void serve(int number, HttpExchange call) throws IOException, InterruptedException;
    }

    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger connections = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer node;

    @BeforeEach
    void start() throws IOException {
        node = server();
    }

    private HttpServer server() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
        return server;
    }

    @AfterEach
    void stop() {
        over.countDown();
        node.stop(0);
        threads.shutdownNow();
    }

    private LiveIndex follow(LiveIndex.Patience patience, Consumer<List<Change>> listener, Connection serves) {
        serve(node, connections, serves);
        return copy(patience, listener, node);
    }

    private static void serve(HttpServer server, AtomicInteger count, Connection serves) {
        server.createContext("/", call -> {
            try (call) {
                serves.serve(count.incrementAndGet(), call);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static LiveIndex copy(LiveIndex.Patience patience, Consumer<List<Change>> listener, HttpServer... nodes) {
        return new LiveIndex(
                HttpClient.newHttpClient(),
                new NodeAddresses(Arrays.stream(nodes)
                        .map(each -> URI.create(
                                "http://127.0.0.1:" + each.getAddress().getPort()))
                        .toList()),
                "/",
                "token",
                listener,
                patience);
    }

    private static void write(HttpExchange call, String text) throws IOException {
        call.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
        call.getResponseBody().flush();
    }

    private static String value(String id, @Nullable Object... values) {
        List<@Nullable Object> all = Arrays.asList(values);
        return "event: value\nid: " + id + "\ndata: {\"values\":" + all + ",\"checksum\":\"" + Difference.checksum(all)
                + "\"}\n\n";
    }

    /** The first value becomes another. */
    private static String change(String id, int value) {
        return "event: change\nid: " + id + "\ndata: {\"path\":[0],\"value\":" + value + ",\"checksum\":\""
                + Difference.checksum(List.of(value)) + "\"}\n\n";
    }

    @Test
    void aConnectionOverWhichNothingComesIsMadeAgain() throws Exception {
        var patience = new LiveIndex.Patience(SHORT, LONG);
        try (LiveIndex copy = follow(patience, changes -> {}, (number, call) -> {
            call.sendResponseHeaders(200, 0);
            write(call, value("m" + number, number));
            over.await();
        })) {
            assertThat(copy.await(
                            values -> values.getFirst() instanceof Number number && number.intValue() >= 2, TIMEOUT))
                    .isTrue();
        }
    }

    @Test
    void aNodeThatDoesNotEvenAnswerIsAskedAgain() throws Exception {
        var patience = new LiveIndex.Patience(SHORT, LONG);
        try (LiveIndex copy = follow(patience, changes -> {}, (number, call) -> {
            if (number > 1) {
                call.sendResponseHeaders(200, 0);
                write(call, value("m", 7));
            }
            over.await();
        })) {
            assertThat(copy.await(values -> values.equals(List.of(7)), TIMEOUT)).isTrue();
        }
    }

    @Test
    void whoListensAndFailsDoesNotEndTheCopy() throws Exception {
        AtomicInteger heard = new AtomicInteger();
        var patience = new LiveIndex.Patience(LONG, LONG);
        try (LiveIndex copy = follow(
                patience,
                changes -> {
                    if (heard.incrementAndGet() == 1) {
                        throw new IllegalStateException("the listener's own fault");
                    }
                },
                (number, call) -> {
                    call.sendResponseHeaders(200, 0);
                    write(call, value("m", 1));
                    write(call, change("n", 2));
                    write(call, change("o", 3));
                    over.await();
                })) {
            assertThat(copy.await(values -> values.equals(List.of(3)), TIMEOUT)).isTrue();
            assertThat(connections).hasValue(1);
        }
    }

    @Test
    void aListenerThatCannotGoOnIsSeenByWhoReads() throws Exception {
        var patience = new LiveIndex.Patience(LONG, LONG);
        try (LiveIndex copy = follow(
                patience,
                changes -> {
                    throw new StackOverflowError("the listener's own fault");
                },
                (number, call) -> {
                    call.sendResponseHeaders(200, 0);
                    write(call, value("m", 1));
                    write(call, change("n", 2));
                    over.await();
                })) {
            assertThatThrownBy(() -> copy.await(values -> values.equals(List.of(3)), TIMEOUT))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("the listener's own fault");
            assertThatThrownBy(copy::values).isInstanceOf(LogException.class);
        }
    }

    @Test
    void aNodeThatDoesNotKnowTheViewYetIsAskedAgain() throws Exception {
        var patience = new LiveIndex.Patience(LONG, LONG);
        try (LiveIndex copy = follow(patience, changes -> {}, (number, call) -> {
            if (number < 3) {
                call.sendResponseHeaders(404, -1);
                return;
            }
            call.sendResponseHeaders(200, 0);
            write(call, value("m", 1));
            over.await();
        })) {
            assertThat(copy.await(values -> values.equals(List.of(1)), TIMEOUT)).isTrue();
        }
    }

    @Test
    void aViewThatIsNotThereIsTold() throws Exception {
        var patience = new LiveIndex.Patience(LONG, Duration.ofMillis(1));
        try (LiveIndex copy = follow(patience, changes -> {}, (number, call) -> {
            byte[] why = "{\"code\":\"not_found\"}".getBytes(StandardCharsets.UTF_8);
            call.sendResponseHeaders(404, why.length);
            call.getResponseBody().write(why);
        })) {
            assertThatThrownBy(() -> copy.await(values -> true, TIMEOUT))
                    .isInstanceOfSatisfying(
                            LogException.class, e -> assertThat(e.code()).isEqualTo("not_found"));
        }
    }

    @Test
    void aCopyThatIsNotWhatTheNodeHasIsBegunAnew() throws Exception {
        var patience = new LiveIndex.Patience(LONG, LONG);
        try (LiveIndex copy = follow(patience, changes -> {}, (number, call) -> {
            call.sendResponseHeaders(200, 0);
            if (call.getRequestHeaders().getFirst("Last-Event-ID") == null && number > 1) {
                write(call, value("n", 9));
            } else {
                write(call, value("m", 1));
                write(call, change("n", 2).replace(Difference.checksum(List.of(2)), Difference.checksum(List.of(3))));
            }
            over.await();
        })) {
            assertThat(copy.await(values -> values.equals(List.of(9)), TIMEOUT)).isTrue();
            assertThat(copy.begun()).isEqualTo(2);
        }
    }

    @Test
    void aNodeThatFailsIsLeftAndTheNextOneGoesOnAtTheMomentOfTheCopy() throws Exception {
        var patience = new LiveIndex.Patience(LONG, LONG);
        HttpServer other = server();
        AtomicInteger toTheOther = new AtomicInteger();
        serve(node, connections, (number, call) -> {
            if (!"m".equals(call.getRequestHeaders().getFirst("Last-Event-ID"))) {
                call.sendResponseHeaders(503, -1);
                return;
            }
            call.sendResponseHeaders(200, 0);
            write(call, change("n", 2));
            over.await();
        });
        serve(other, toTheOther, (number, call) -> {
            call.sendResponseHeaders(200, 0);
            write(call, value("m", 1));
            String cutOff = change("n", 3);
            write(call, cutOff.substring(0, cutOff.length() - 5));
        });
        try (LiveIndex copy = copy(patience, changes -> {}, node, other)) {
            assertThat(copy.await(values -> values.equals(List.of(2)), TIMEOUT)).isTrue();
            assertThat(copy.begun()).isEqualTo(1);
            assertThat(List.of(connections.get(), toTheOther.get())).containsExactly(2, 1);
        } finally {
            other.stop(0);
        }
    }
}
