package io.thalweg.bench.streams;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.bench.peer.NpmPackages;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A process of Node.js with {@code @durable-streams/server} on files, which flushes each append before it answers. */
public final class StreamsServer implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(1);

    private final ReadyProcess process;

    private StreamsServer(ReadyProcess process) {
        this.process = process;
    }

    /**
     * Starts a server.
     *
     * @param work where packages are kept from one run to the next
     * @param data an empty folder for its streams
     * @throws IOException also when there is no Node.js on the machine, or npm cannot fetch the package
     */
    public static StreamsServer start(Path work, Path data) throws IOException, InterruptedException {
        Path folder = NpmPackages.install(StreamsServer.class, List.of("server.mjs"), work.resolve("streams-peer"));
        ProcessBuilder command = new ProcessBuilder("node", "server.mjs", data.toString()).directory(folder.toFile());
        return new StreamsServer(ReadyProcess.start(command, folder.resolve("server.log"), START_TIMEOUT));
    }

    public URI url() {
        return process.url();
    }

    /** CPU time of the process so far. */
    public Duration cpu() {
        return process.handle().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    @Override
    public void close() throws IOException {
        process.close();
    }
}
