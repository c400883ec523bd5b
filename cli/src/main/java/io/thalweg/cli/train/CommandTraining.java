package io.thalweg.cli.train;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;

/** Some short commands against something that answers like a node: a real one would bring all its classes into a cache for commands. */
final class CommandTraining {
    private static final byte[] ANSWER =
            "{\"access_token\":\"t\",\"logs\":[{\"log_id\":\"i\",\"log_name\":\"orders\"}],\"ledgers\":[],\"events\":[]}"
                    .getBytes(StandardCharsets.UTF_8);

    private static final List<String> COMMANDS = List.of(
            "log list",
            "log list --json",
            "log append orders --text hello",
            "log stats orders",
            "ledger list",
            "view list orders");

    private CommandTraining() {}

    /** @param command the whole command, as whoever starts it has it */
    static void run(Object command) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", CommandTraining::answer);
        server.start();
        try {
            String there = " --url http://127.0.0.1:" + server.getAddress().getPort() + " --api-key k";
            // What they print and whether they like the answers is all the same: what they load and link counts.
            PrintWriter nowhere = new PrintWriter(new StringWriter());
            for (String words : COMMANDS) {
                new CommandLine(command).setOut(nowhere).setErr(nowhere).execute((words + there).split(" "));
            }
            new CommandLine(command).setOut(nowhere).setErr(nowhere).execute("--help");
        } finally {
            server.stop(0);
        }
    }

    private static void answer(HttpExchange call) throws IOException {
        try (call) {
            call.getRequestBody().readAllBytes();
            call.getResponseHeaders().set("Content-Type", "application/json");
            call.sendResponseHeaders(200, ANSWER.length);
            call.getResponseBody().write(ANSWER);
        }
    }
}
