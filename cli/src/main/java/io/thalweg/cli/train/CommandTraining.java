package io.thalweg.cli.train;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
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
            "log append orders EVENT",
            "log stats orders",
            "ledger list",
            "view list orders");

    private CommandTraining() {}

    /**
     * @param commands make the command line of each
     * @param data a folder for what is appended
     * @throws IllegalStateException when one is not understood, and would leave the cache without what commands load
     */
    static void run(CommandLines commands, Path data) throws IOException {
        String event = Files.writeString(Files.createDirectories(data).resolve("event"), "{}")
                .toString();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", CommandTraining::answer);
        server.start();
        try {
            String there = " --url http://127.0.0.1:" + server.getAddress().getPort() + " --api-key k";
            // What they print and whether they like the answers is all the same, but they have to get there.
            PrintWriter nowhere = new PrintWriter(new StringWriter());
            for (String words : COMMANDS) {
                String[] arguments = (words + there).split(" ");
                Collections.replaceAll(Arrays.asList(arguments), "EVENT", event);
                execute(commands, nowhere, arguments);
            }
            execute(commands, nowhere, "--help");
        } finally {
            server.stop(0);
        }
    }

    private static void execute(CommandLines commands, PrintWriter nowhere, String... words) {
        int status = commands.commandLine(nowhere, nowhere, words).execute(words);
        if (status == CommandLine.ExitCode.USAGE) {
            throw new IllegalStateException("not a command: " + String.join(" ", words));
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
