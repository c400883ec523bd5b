package io.thalweg.cli.node;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.DevProcess;
import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A real {@code ./thalweg slab}, ended by its process id. */
final class SlabProcess implements AutoCloseable {
    private final Path config;
    private final String apiKey;
    private @Nullable Api api;
    private ReadyProcess process;

    private SlabProcess(Path config, String apiKey) throws IOException {
        this.config = config;
        this.apiKey = apiKey;
        start();
    }

    /** Starts one with these lines of configuration beside those that a test needs; returns when it serves. */
    static SlabProcess start(Path directory, String name, String apiKey, String... lines) throws IOException {
        Path config = directory.resolve(name + ".conf");
        Files.writeString(
                config,
                "data = " + name + "\nslab.http = 127.0.0.1:0\nslab.beat = 1\nslab.domain = global/" + name + "\n"
                        + String.join("\n", lines) + "\n");
        return new SlabProcess(config, apiKey);
    }

    /** Starts it again. */
    void start() throws IOException {
        process = ReadyProcess.start(
                new ProcessBuilder(
                        DevProcess.REPOSITORY.resolve("thalweg").toString(), "slab", "--config", config.toString()),
                config.resolveSibling(config.getFileName() + ".log"),
                DevProcess.PATIENCE);
        api = null;
    }

    /** Who it is among slabs. */
    String id() {
        return process.ready().path("slab").asString();
    }

    String url() {
        return process.url().toString();
    }

    int port() {
        return URI.create(url()).getPort();
    }

    Path data() {
        return config.resolveSibling(String.valueOf(config.getFileName()).replace(".conf", ""));
    }

    /** Its API, one connection for all calls of one thread. */
    Api api() throws Exception {
        Api known = api;
        if (known == null) {
            known = Api.withToken(URI.create(url()), apiKey, SSLContext.getDefault());
            api = known;
        }
        return known;
    }

    /** kill -9. */
    void kill() throws IOException {
        process.kill();
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() throws IOException {
        process.stop();
    }
}
