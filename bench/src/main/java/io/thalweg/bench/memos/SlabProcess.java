package io.thalweg.bench.memos;

import io.thalweg.bench.load.Children;
import io.thalweg.bench.load.HttpConnection;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** A slab without shards that joins a node, in a process of its own. Not thread-safe. */
public final class SlabProcess implements AutoCloseable {
    private static final int TIMEOUT_MS = 30_000;
    private static final int STOP_SECONDS = 30;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final URI url;

    private SlabProcess(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    /** @param domain what fails with it */
    public static SlabProcess start(Path launcher, Path folder, URI join, String domain)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path file = folder.resolve("slab.conf");
        Files.writeString(
                file, "data = data\nslab.http = 127.0.0.1:0\nslab.domain = " + domain + "\nslab.join = " + join + "\n");
        Process process = Children.watched(new ProcessBuilder(launcher.toString(), "slab", "--config", file.toString())
                .redirectError(folder.resolve("slab.log").toFile())
                .start());
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("ready ")) {
                JsonNode ready = JSON.readTree(line.substring("ready ".length()));
                return new SlabProcess(process, URI.create(ready.get("http").asString()));
            }
        }
        throw new IOException("a slab did not become ready; see " + folder.resolve("slab.log"));
    }

    /** A number of its own. */
    public double metric(String name) throws IOException {
        return metric(url, name);
    }

    /** A number that a node or a slab says of itself. */
    public static double metric(URI url, String name) throws IOException {
        try (HttpConnection connection = new HttpConnection(url, TIMEOUT_MS)) {
            HttpConnection.Response response =
                    connection.exchange(connection.request("GET", "/metrics", "", new byte[0]));
            Matcher line =
                    Pattern.compile("(?m)^" + name + "(?:\\{[^}]*\\})? (\\S+)$").matcher(response.text());
            if (!line.find()) {
                throw new IOException(url + " says no " + name);
            }
            return Double.parseDouble(line.group(1));
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
