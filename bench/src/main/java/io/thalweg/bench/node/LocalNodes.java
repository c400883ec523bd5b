package io.thalweg.bench.node;

import io.thalweg.bench.load.Children;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** A running {@code ./thalweg local}: the nodes of a cluster, each in its own process. What they say is beside their data. */
public final class LocalNodes implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process local;
    private final String apiKey;
    private final Map<String, URI> urls = new LinkedHashMap<>();
    private final Map<String, ProcessHandle> processes = new LinkedHashMap<>();

    private LocalNodes(Process local, JsonNode ready) {
        this.local = local;
        this.apiKey = ready.get("apiKey").asString();
        for (JsonNode node : ready.get("nodes")) {
            String id = node.get("id").asString();
            urls.put(id, URI.create(node.get("http").asString()));
            ProcessHandle.of(node.get("pid").asLong()).ifPresent(process -> processes.put(id, process));
        }
    }

    /**
     * Starts nodes and waits until all serve.
     *
     * @param launcher the {@code thalweg} script
     * @param data where theirs goes; made when missing
     * @param shards for data
     */
    public static LocalNodes start(Path launcher, Path data, int nodes, int shards) throws IOException {
        Files.createDirectories(data);
        Path log = data.resolveSibling(data.getFileName() + ".log");
        Process process = Children.watched(new ProcessBuilder(
                        launcher.toString(),
                        "local",
                        "--data",
                        data.toString(),
                        "--nodes",
                        Integer.toString(nodes),
                        "--shards",
                        Integer.toString(shards))
                .redirectError(log.toFile())
                .start());
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        if (line == null || !line.startsWith("ready ")) {
            process.destroy();
            throw new IOException("the nodes did not become ready; see " + log);
        }
        return new LocalNodes(process, JSON.readTree(line.substring("ready ".length())));
    }

    /** The id of some node. */
    public String first() {
        return urls.keySet().iterator().next();
    }

    /** A client of a node. */
    public NodeClient client(String id) throws IOException {
        URI url = urls.get(id);
        if (url == null) {
            throw new IOException("no node " + id + "; there are " + urls.keySet());
        }
        return new NodeClient(url, apiKey);
    }

    /** CPU time of all nodes so far. */
    public Duration cpu() {
        return processes.values().stream()
                .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Asks {@code local} to end, which ends its nodes; kills what is left after a minute. */
    @Override
    public void close() throws IOException {
        local.destroy();
        try {
            var _ = local.onExit().get(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
            throw new IOException("the nodes did not stop within a minute of SIGTERM", e);
        } finally {
            local.destroyForcibly();
            processes.values().forEach(ProcessHandle::destroyForcibly);
        }
    }
}
