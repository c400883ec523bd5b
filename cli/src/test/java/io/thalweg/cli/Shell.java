package io.thalweg.cli;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One bash that lives as long as a page's commands, so that variables set by one are there for the next. */
final class Shell implements AutoCloseable {
    private static final String END = "<<end of command>> ";

    /** What a command printed, on both streams, and its exit status. */
    record Printed(List<String> lines, int status) {}

    private final Process bash;
    private final BufferedWriter commands;
    private final BufferedReader output;

    Shell(Path directory, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "--norc", "--noprofile")
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        bash = builder.start();
        commands = bash.outputWriter(StandardCharsets.UTF_8);
        output = bash.inputReader(StandardCharsets.UTF_8);
    }

    /** Runs a command and waits for its end, not without end: what never comes true ends the shell, with what was printed until then. */
    Printed run(String command) throws IOException {
        CompletableFuture<Void> late = CompletableFuture.runAsync(
                bash::destroyForcibly,
                CompletableFuture.delayedExecutor(DevProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS));
        try {
            return printed(command);
        } finally {
            late.cancel(false);
        }
    }

    private Printed printed(String command) throws IOException {
        // The empty line ends an output that has no line feed of its own; read() takes it away again.
        commands.write(command + "\nstatus=$?; echo; echo \"" + END + "$status\"\n");
        commands.flush();
        return read();
    }

    private Printed read() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(END)) {
                if (!lines.isEmpty() && lines.getLast().isEmpty()) {
                    lines.removeLast();
                }
                return new Printed(lines, Integer.parseInt(line.substring(END.length())));
            }
            lines.add(line);
        }
        throw new IOException("the shell ended; it printed: " + lines);
    }

    @Override
    public void close() {
        bash.destroy();
    }
}
