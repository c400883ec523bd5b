package io.thalweg.cli;

import io.thalweg.cli.api.Api;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A real {@code ./thalweg slab}, ended by its process id. */
final class SlabProcess implements AutoCloseable {
    private final Path config;
    private final String apiKey;
    private @Nullable Api api;
    private Process process;
    private JsonNode ready;

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
        Path log = config.resolveSibling(config.getFileName() + ".log");
        process = new ProcessBuilder(
                        DevProcess.REPOSITORY.resolve("thalweg").toString(), "slab", "--config", config.toString())
                .redirectError(Redirect.appendTo(log.toFile()))
                .start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        @Nullable String line = output.readLine();
        if (line == null || !line.startsWith("ready ")) {
            process.destroyForcibly();
            throw new IOException("no ready line but: " + line + "\n" + Files.readString(log));
        }
        api = null;
        ready = Api.JSON.readTree(line.substring("ready ".length()));
    }

    /** Who it is among slabs. */
    String id() {
        return ready.path("slab").asString();
    }

    String url() {
        return ready.path("http").asString();
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
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** Sends a signal such as STOP or CONT. */
    static void signal(long pid, String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    }

    long pid() {
        return process.pid();
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
            throw new AssertionError("the slab did not stop within 30 seconds of SIGTERM");
        }
    }
}
