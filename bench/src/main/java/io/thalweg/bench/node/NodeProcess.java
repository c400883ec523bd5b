package io.thalweg.bench.node;

import io.thalweg.bench.load.Children;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A running {@code ./thalweg dev}: what a user would start, in its own process. Its standard error goes to {@code node.log} beside
 * its data. Not thread-safe, but {@link #kill} may come from anywhere.
 */
public final class NodeProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration START_TIMEOUT = Duration.ofMinutes(10);
    private static final int LOG_TAIL_LINES = 30;

    private final Process process;
    private final Path log;
    private final URI url;
    private final String apiKey;
    private final String ledger;
    private final long readyNs;

    private NodeProcess(Process process, Path log, JsonNode ready, long readyNs) {
        this.process = process;
        this.log = log;
        this.url = URI.create(ready.get("http").asString());
        this.apiKey = ready.get("apiKey").asString();
        this.ledger = ready.path("ledger").asString("");
        this.readyNs = readyNs;
    }

    /**
     * Starts a node and waits for its ready line.
     *
     * @param launcher the {@code thalweg} script, see {@link #launcher()}
     * @param data its data directory; made when missing
     * @param jvm options for its JVM, such as {@code -Xmx2g}
     */
    public static NodeProcess start(Path launcher, Path data, String... jvm) throws IOException, InterruptedException {
        return start(launcher, data, Map.of(), jvm);
    }

    /** The same with more variables in its environment. */
    public static NodeProcess start(Path launcher, Path data, Map<String, String> environment, String... jvm)
            throws IOException, InterruptedException {
        Files.createDirectories(data);
        Path log = data.resolveSibling(data.getFileName() + ".log");
        ProcessBuilder builder = new ProcessBuilder(
                launcher.toString(),
                "dev",
                "--data",
                data.toString(),
                "--http",
                "127.0.0.1:0",
                "--ledger",
                "127.0.0.1:0");
        builder.environment().putAll(environment);
        if (jvm.length > 0) {
            builder.environment().put("THALWEG_JAVA_OPTS", String.join(" ", jvm));
        }
        long start = System.nanoTime();
        Process process = Children.watched(builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start());
        CompletableFuture<JsonNode> ready = new CompletableFuture<>();
        Thread.ofVirtual().name("ready-line").start(() -> await(process, ready));
        try {
            JsonNode line = ready.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            return new NodeProcess(process, log, line, System.nanoTime() - start);
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new IOException("the node did not become ready; the end of " + log + ":\n" + tail(log), e);
        }
    }

    private static void await(Process process, CompletableFuture<JsonNode> ready) {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("ready ")) {
                    ready.complete(JSON.readTree(line.substring("ready ".length())));
                }
            }
            ready.completeExceptionally(new IOException("it ended before its ready line"));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** The {@code thalweg} script: named by the system property {@code thalweg.launcher}, else found upwards from here. */
    public static Path launcher() {
        String named = System.getProperty("thalweg.launcher");
        if (named != null) {
            return Path.of(named);
        }
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isExecutable(folder.resolve("thalweg")) && Files.exists(folder.resolve("mvnw"))) {
                return folder.resolve("thalweg");
            }
        }
        throw new IllegalStateException("found no thalweg script in "
                + Path.of("").toAbsolutePath() + " or above; name it with -Dthalweg.launcher");
    }

    public URI url() {
        return url;
    }

    public String apiKey() {
        return apiKey;
    }

    /** Address of the ledger port, host and port; empty when the node has none. */
    public String ledger() {
        return ledger;
    }

    /** From the start of the process to its ready line. */
    public long readyNs() {
        return readyNs;
    }

    public long pid() {
        return process.pid();
    }

    /** CPU time of the whole process so far. */
    public Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Resident memory in bytes; 0 where the system does not tell. */
    public long residentBytes() throws IOException {
        Path status = Path.of("/proc/" + pid() + "/status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(0);
        }
    }

    public NodeClient client() throws IOException {
        return new NodeClient(url, apiKey);
    }

    /** {@code kill -9}, and waits until the process is gone. */
    public void kill() throws IOException {
        process.destroyForcibly();
        await(1, TimeUnit.MINUTES);
    }

    /** Asks the process to stop and waits; kills it after a minute and says so. */
    public void stop() throws IOException {
        process.destroy();
        if (!await(1, TimeUnit.MINUTES)) {
            kill();
            throw new IOException(
                    "the node did not stop within a minute of SIGTERM; the end of " + log + ":\n" + tail(log));
        }
    }

    private boolean await(long time, TimeUnit unit) throws IOException {
        try {
            return process.waitFor(time, unit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for process " + pid() + " to end");
        }
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** The last lines of the node's log. */
    public String logTail() {
        return tail(log);
    }

    private static String tail(Path log) {
        try {
            List<String> lines = new ArrayList<>(Files.readAllLines(log));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(unreadable: " + e + ")";
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
