package io.thalweg.bench.node;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A running {@code ./thalweg dev}: what a user would start, in its own process. Its standard error goes to {@code node.log} beside
 * its data. Not thread-safe, but {@link #kill} may come from anywhere.
 */
public final class NodeProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(10);

    private final ReadyProcess process;
    private final long readyNs;

    private NodeProcess(ReadyProcess process, long readyNs) {
        this.process = process;
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
        return new NodeProcess(ReadyProcess.start(builder, log, START_TIMEOUT), System.nanoTime() - start);
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
        return process.url();
    }

    public String apiKey() {
        return process.ready().get("apiKey").asString();
    }

    /** Address of the ledger port, host and port; empty when the node has none. */
    public String ledger() {
        return process.ready().path("ledger").asString("");
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
        return process.handle().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Entries that its shards have proposed so far. */
    public long entries() throws IOException {
        return NodeMeters.entries(url());
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
        return new NodeClient(url(), apiKey());
    }

    /** {@code kill -9}, and waits until the process is gone. */
    public void kill() throws IOException {
        process.kill();
    }

    /** Asks the process to stop and waits; kills it after a minute and says so. */
    public void stop() throws IOException {
        process.stop();
    }

    public boolean alive() {
        return process.alive();
    }

    /** The last lines of the node's log. */
    public String logTail() {
        return process.logTail();
    }

    @Override
    public void close() {
        process.handle().destroyForcibly();
    }
}
