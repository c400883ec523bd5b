package io.thalweg.bench.node;

import io.thalweg.bench.load.Children;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A process of {@code ./thalweg} that says on one line of standard output when it serves: {@code ready} and an object (api.md §1). What it
 * says on standard error goes to a file. It is ended by its process id, at the latest when this process ends. Thread-safe.
 */
public final class ReadyProcess implements AutoCloseable {
    private static final String READY = "ready ";
    private static final Duration FAREWELL = Duration.ofMinutes(1);
    private static final int LOG_TAIL_LINES = 30;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Path log;
    private final String line;

    private ReadyProcess(Process process, Path log, String line) {
        this.process = process;
        this.log = log;
        this.line = line;
    }

    /**
     * Starts a process and waits until it serves.
     *
     * @param command what to start; its standard error is appended to {@code log}
     * @param patience how long it may take, after which it is killed
     * @throws IOException with the end of its log, when it ended or was late
     */
    public static ReadyProcess start(ProcessBuilder command, Path log, Duration patience) throws IOException {
        Process process = Children.watched(
                command.redirectError(Redirect.appendTo(log.toFile())).start());
        CompletableFuture<String> ready = new CompletableFuture<>();
        // Not a virtual thread: a pipe is read as a file is, which holds the carrier until the process ends.
        Thread.ofPlatform().daemon().name("ready-line").start(() -> read(process, ready));
        try {
            return new ReadyProcess(process, log, ready.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new IOException(
                    String.join(" ", command.command()) + " did not become ready; the end of " + log + ":\n"
                            + tail(log),
                    e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a process to be ready");
        }
    }

    /** Reads on to the end, so that the process never waits for a reader. */
    private static void read(Process process, CompletableFuture<String> ready) {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (@Nullable String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(READY)) {
                    ready.complete(line);
                }
            }
            ready.completeExceptionally(new IOException("it ended before its ready line"));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** The whole line. */
    public String line() {
        return line;
    }

    /** What the line says. */
    public JsonNode ready() {
        return JSON.readTree(line.substring(READY.length()));
    }

    /** Where its API is. */
    public URI url() {
        return URI.create(ready().path("http").asString());
    }

    public long pid() {
        return process.pid();
    }

    public ProcessHandle handle() {
        return process.toHandle();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** What it ended with. */
    public int exitValue() {
        return process.exitValue();
    }

    /** Whether it has ended within that time. */
    public boolean ended(Duration within) throws InterruptedIOException {
        try {
            return process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for process " + pid() + " to end");
        }
    }

    /** {@code kill -9}, and waits until the process is gone. */
    public void kill() throws InterruptedIOException {
        process.destroyForcibly();
        ended(FAREWELL);
    }

    /** Asks it to stop and waits; kills it after a minute and says so. */
    public void stop() throws IOException {
        process.destroy();
        if (!ended(FAREWELL)) {
            kill();
            throw new IOException("process " + pid() + " did not stop within a minute of SIGTERM; the end of " + log
                    + ":\n" + tail(log));
        }
    }

    /** Stops it. */
    @Override
    public void close() throws IOException {
        stop();
    }

    /** Sends a signal such as STOP or CONT to a process. */
    public static void signal(long pid, String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("kill -" + name + " " + pid + " ended with " + code);
        }
    }

    /** The last lines of its log. */
    public String logTail() {
        return tail(log);
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(unreadable: " + e + ")";
        }
    }
}
