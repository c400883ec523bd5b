package io.thalweg.cli;

import io.thalweg.cli.api.Api;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A real {@code ./thalweg dev} on free ports, ended by its process id. */
final class DevProcess implements AutoCloseable {
    static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

    private final Process process;
    private final String readyLine;

    private DevProcess(Process process, String readyLine) {
        this.process = process;
        this.readyLine = readyLine;
    }

    /** Starts a node in {@code directory}, whose data go to its {@code .thalweg}; returns when it serves. */
    static DevProcess start(Path directory, List<String> command) throws IOException {
        Path log = directory.resolve("dev.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(Redirect.appendTo(log.toFile()));
        builder.environment().put("THALWEG_HTTP", "127.0.0.1:0");
        builder.environment().put("THALWEG_LEDGER_PORT", "127.0.0.1:0");
        Process process = builder.start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        @Nullable String line = output.readLine();
        if (line == null || !line.startsWith("ready ")) {
            process.destroyForcibly();
            throw new IOException("no ready line but: " + line + "\n" + Files.readString(log));
        }
        return new DevProcess(process, line);
    }

    String readyLine() {
        return readyLine;
    }

    JsonNode ready() {
        return Api.JSON.readTree(readyLine.substring("ready ".length()));
    }

    long pid() {
        return process.pid();
    }

    /** Whether the process has ended by itself within that time. */
    boolean waitFor(long time, TimeUnit unit) throws InterruptedException {
        return process.waitFor(time, unit);
    }

    /** What it ended with. */
    int exitValue() {
        return process.exitValue();
    }

    /** kill -9. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    @Override
    public void close() {
        process.destroy();
        boolean stopped = process.onExit()
                .orTimeout(30, TimeUnit.SECONDS)
                .handle((_, late) -> late == null)
                .join();
        if (!stopped) {
            process.destroyForcibly();
            throw new AssertionError("the node did not stop within 30 seconds of SIGTERM");
        }
    }
}
