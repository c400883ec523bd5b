package io.thalweg.cli.local;

import io.thalweg.cli.terminal.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process of this program's, started once and ended by its process id. What it says goes to {@code KIND.log} beside its configuration; when
 * it ends by itself, that is told and nothing else. Its standard input is ours to hold open: when this process ends, however it does, it stops
 * in order. Thread-safe.
 */
final class ChildProcess implements AutoCloseable {
    /** How long it may take to stop in order, before it is killed. */
    private static final int FAREWELL_SECONDS = 30;

    private final String kind;
    private final String id;
    private final Path config;
    private final Process process;
    private final CompletableFuture<String> ready = new CompletableFuture<>();

    private ChildProcess(String kind, String id, Path config, Process process) {
        this.kind = kind;
        this.id = id;
        this.config = config;
        this.process = process;
    }

    /**
     * Starts {@code thalweg KIND --config CONFIG}; does not wait.
     *
     * @param kind the command
     * @param id its name for people
     */
    static ChildProcess start(Path launcher, String kind, String id, Path config) throws IOException {
        Path file = config.toAbsolutePath();
        ProcessBuilder builder = new ProcessBuilder(
                        launcher.toString(), kind, "--while-input-lasts", "--config", file.toString())
                .redirectError(Redirect.appendTo(log(kind, file).toFile()));
        ChildProcess child = new ChildProcess(kind, id, file, builder.start());
        // Not a virtual thread: a pipe is read as a file is, which holds the carrier until the process ends.
        Thread.ofPlatform().daemon().name("ready-" + id).start(child::readLines);
        return child;
    }

    private static Path log(String kind, Path config) {
        return config.resolveSibling(kind + ".log");
    }

    private void readLines() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (@Nullable String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("ready ")) {
                    ready.complete(line);
                }
            }
            ready.completeExceptionally(
                    new Failure(this + " ended before it was ready; " + log(kind, config) + " says why"));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** Completes when its doors are open, or with a {@link Failure} when it ended before. */
    CompletableFuture<String> ready() {
        return ready;
    }

    /** Calls back when the process has ended, however it did. */
    void onEnd(Runnable told) {
        var _ = process.onExit().thenRun(told);
    }

    /** What to say when it has ended. */
    String obituary() {
        return this + " has ended with code " + process.exitValue() + "; start it again with: thalweg " + kind
                + " --config " + config;
    }

    /** What to say when it does not do what is waited for. */
    Failure late(long seconds) {
        return new Failure(this + " does not serve after " + seconds + " s; " + log(kind, config) + " may say why");
    }

    long pid() {
        return process.pid();
    }

    /** Asks it to stop; does not wait. */
    void stop() {
        process.destroy();
    }

    /** Stops it and waits; kills it when it takes too long. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                int _ = process.waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return kind + " " + id;
    }
}
