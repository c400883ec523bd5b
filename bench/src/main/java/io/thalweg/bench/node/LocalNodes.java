package io.thalweg.bench.node;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A running {@code ./thalweg local}: the nodes of a cluster, each in its own process. What they say is beside their data. */
public final class LocalNodes implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(10);

    private final ReadyProcess local;
    private final Map<String, URI> urls = new LinkedHashMap<>();
    private final Map<String, ProcessHandle> processes = new LinkedHashMap<>();

    private LocalNodes(ReadyProcess local) {
        this.local = local;
        for (JsonNode node : local.ready().get("nodes")) {
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
        ProcessBuilder command = new ProcessBuilder(
                launcher.toString(),
                "local",
                "--data",
                data.toString(),
                "--nodes",
                Integer.toString(nodes),
                "--shards",
                Integer.toString(shards));
        return new LocalNodes(ReadyProcess.start(command, log, START_TIMEOUT));
    }

    /** The id of some node. */
    public String first() {
        return urls.keySet().iterator().next();
    }

    /** A client of a node. */
    public NodeClient client(String id) throws IOException {
        return new NodeClient(url(id), local.ready().get("apiKey").asString());
    }

    /** The ids of the nodes. */
    public List<String> ids() {
        return List.copyOf(urls.keySet());
    }

    /** Where a node takes requests. */
    public URI url(String id) throws IOException {
        URI url = urls.get(id);
        if (url == null) {
            throw new IOException("no node " + id + "; there are " + urls.keySet());
        }
        return url;
    }

    /** {@code kill -9} of one. */
    public void kill(String id) throws IOException {
        ProcessHandle process = processes.get(id);
        if (process == null) {
            throw new IOException("node " + id + " has no process");
        }
        boolean _ = process.destroyForcibly();
    }

    /** Those of the nodes. */
    public Collection<ProcessHandle> processes() {
        return List.copyOf(processes.values());
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
        try {
            local.stop();
        } finally {
            processes.values().forEach(ProcessHandle::destroyForcibly);
        }
    }
}
