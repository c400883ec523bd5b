package io.thalweg.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;

/** A node of which a test says what it answers: its own log {@code orders}, tokens that are numbered, and the rest by request. */
public final class ScriptedNode implements AutoCloseable {
    private static final byte[] NOTHING = new byte[0];

    /** What a command printed and how it ended. */
    public record Ran(int status, String out, String err) {}

    /** Answers what no other line of the script does. */
    @FunctionalInterface
    public interface Script {
        void answer(HttpExchange call, String path, String body) throws IOException;
    }

    private final HttpServer server;
    private final List<String> calls = new ArrayList<>();
    private int tokens;

    public ScriptedNode(Script script) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", call -> {
            String body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String path = call.getRequestURI().toString();
            synchronized (this) {
                calls.add(call.getRequestMethod() + " " + path + " "
                        + call.getRequestHeaders().getFirst("Authorization"));
            }
            switch (path) {
                case "/auth/token" -> reply(call, 200, "{\"access_token\":\"token-" + ++tokens + "\"}");
                case "/logs" -> reply(call, 200, "{\"logs\":[{\"log_id\":\"id-1\",\"log_name\":\"orders\"}]}");
                default -> script.answer(call, path, body);
            }
            call.close();
        });
        server.start();
    }

    public static void reply(HttpExchange call, int status, String body) throws IOException {
        byte[] bytes = body.isEmpty() ? NOTHING : body.getBytes(StandardCharsets.UTF_8);
        call.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        call.getResponseBody().write(bytes);
    }

    /** Every call so far: method, path and bearer. */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Runs a command against this node. */
    public Ran run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--url", url(), "--api-key", "secret"));
        return runAsIs(all.toArray(String[]::new));
    }

    /** Runs a command that says by itself where to. */
    public static Ran runAsIs(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Ran(status, out.toString().strip(), err.toString().strip());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
