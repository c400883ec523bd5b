package io.thalweg.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * A ledger that books nothing and remembers everything: it keeps sessions as a node does, answers each event with its own id as
 * the timestamp, and does to its callers what a script says.
 */
final class FakeLedger implements AutoCloseable {
    /** What happens to one request. */
    enum Fate {
        ANSWER,
        /** Apply, then close the connection without a word. */
        SWALLOW_REPLY,
        /** Close the connection without applying. */
        SWALLOW_REQUEST,
        OVERLOADED,
        UNKNOWN,
        FORBIDDEN,
        /** Refuse because the tenant's storage is used up. */
        FULL,
        /** Apply, and answer what is JSON and makes no sense. */
        NONSENSE,
        /** Neither apply nor answer. */
        HANG,
        /** Forget all sessions, then go on. */
        FORGET
    }

    /** A request that was applied. */
    record Applied(String path, String session, long number, List<Event> events) {}

    record Event(long id, int flags) {}

    private record Last(long number, byte[] reply) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final IntFunction<Fate> script;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final Map<String, Last> sessions = new HashMap<>();
    final List<Applied> applied = new ArrayList<>();
    volatile int mostUnderWay;

    /** @param script what happens to the n-th request, from 0 */
    FakeLedger(IntFunction<Fate> script) throws IOException {
        this.script = script;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    int requests() {
        return requests.get();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            mostUnderWay = Math.max(mostUnderWay, underWay.incrementAndGet());
            byte[] reply;
            Fate fate = script.apply(requests.getAndIncrement());
            try {
                if (fate == Fate.FORGET) {
                    synchronized (this) {
                        sessions.clear();
                    }
                }
                reply = switch (fate) {
                    case ANSWER, FORGET, SWALLOW_REPLY, NONSENSE -> apply(exchange, body);
                    case OVERLOADED -> error("overloaded");
                    case UNKNOWN -> error("outcome_unknown");
                    case FORBIDDEN -> error("forbidden");
                    case FULL -> error("quota_exceeded");
                    case SWALLOW_REQUEST -> new byte[0];
                    case HANG -> {
                        Thread.sleep(60_000);
                        yield new byte[0];
                    }
                };
            } finally {
                // Before the reply: its reader may ask again at once.
                underWay.decrementAndGet();
            }
            switch (fate) {
                case ANSWER, FORGET -> reply(exchange, 200, reply);
                case NONSENSE ->
                    reply(
                            exchange,
                            200,
                            new String(reply, StandardCharsets.UTF_8)
                                    .replaceAll("[0-9]+", "soon")
                                    .getBytes(StandardCharsets.UTF_8));
                case OVERLOADED -> reply(exchange, 503, reply);
                case UNKNOWN -> reply(exchange, 504, reply);
                case FORBIDDEN -> reply(exchange, 403, reply);
                case FULL -> reply(exchange, 429, reply);
                case SWALLOW_REPLY, SWALLOW_REQUEST, HANG -> {}
            }
        } catch (InterruptedException | UncheckedIOException _) {
            // the test is over
        }
    }

    private static byte[] error(String code) {
        return ("{\"error\":\"as the script says\",\"code\":\"" + code + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
        boolean refused = body.length > 0 && new String(body, StandardCharsets.UTF_8).contains("\"code\"");
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(refused && status == 200 ? 409 : status, body.length);
        exchange.getResponseBody().write(body);
    }

    private synchronized byte[] apply(HttpExchange exchange, byte[] body) {
        String session = exchange.getRequestHeaders().getFirst("Thalweg-Session");
        long number = Long.parseLong(exchange.getRequestHeaders().getFirst("Thalweg-Request"));
        Last last = sessions.get(session);
        if (last == null && number != 1) {
            return error("session_evicted");
        }
        if (last != null && number <= last.number) {
            return number == last.number ? last.reply : error("request_number_too_old");
        }
        ByteBuffer events = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> seen = new ArrayList<>();
        StringBuilder results = new StringBuilder("{\"results\":[");
        for (int at = 0; at < body.length; at += Batch.EVENT_BYTES) {
            long id = events.getLong(at);
            seen.add(new Event(id, events.getShort(at + 118)));
            results.append(at == 0 ? "" : ",")
                    .append("{\"status\":\"created\",\"timestamp\":\"")
                    .append(id)
                    .append("\"}");
        }
        byte[] reply = results.append("]}").toString().getBytes(StandardCharsets.UTF_8);
        sessions.put(session, new Last(number, reply));
        applied.add(new Applied(exchange.getRequestURI().getPath(), session, number, seen));
        return reply;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        server.stop(0);
        threads.close();
    }
}
