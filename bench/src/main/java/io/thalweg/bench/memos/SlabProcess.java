package io.thalweg.bench.memos;

import io.thalweg.bench.node.NodeMeters;
import io.thalweg.bench.node.ReadyProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A slab without shards that joins a node, in a process of its own. Not thread-safe. */
public final class SlabProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

    private final ReadyProcess process;

    private SlabProcess(ReadyProcess process) {
        this.process = process;
    }

    /** @param domain what fails with it */
    public static SlabProcess start(Path launcher, Path folder, URI join, String domain) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve("slab.conf");
        Files.writeString(
                file, "data = data\nslab.http = 127.0.0.1:0\nslab.domain = " + domain + "\nslab.join = " + join + "\n");
        return new SlabProcess(ReadyProcess.start(
                new ProcessBuilder(launcher.toString(), "slab", "--config", file.toString()),
                folder.resolve("slab.log"),
                START_TIMEOUT));
    }

    public URI url() {
        return process.url();
    }

    /** Sends a signal, such as STOP and CONT. */
    public void signal(String name) throws IOException, InterruptedException {
        ReadyProcess.signal(process.pid(), name);
    }

    /** A number of its own. */
    public double metric(String name) throws IOException {
        return metric(process.url(), name);
    }

    /** A number that a node or a slab says of itself. */
    public static double metric(URI url, String name) throws IOException {
        return NodeMeters.sum(url, name);
    }

    @Override
    public void close() throws IOException {
        process.stop();
    }
}
