package io.thalweg.bench.node;

import io.thalweg.bench.load.HttpConnection;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** A running {@code ./thalweg local}: the nodes of a cluster, each in its own process. What they say is beside their data. */
public final class LocalNodes implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(10);
    private static final int LOOK_TIMEOUT_MS = 10_000;

    private static final Set<String> WHOLE = Set.of("primary", "secondary");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path launcher;
    private final Path data;
    private final ReadyProcess local;
    private final Map<String, ReadyProcess> startedAgain = new LinkedHashMap<>();
    private final Map<String, URI> urls = new LinkedHashMap<>();
    private final Map<String, ProcessHandle> processes = new LinkedHashMap<>();

    private LocalNodes(Path launcher, Path data, ReadyProcess local) {
        this.launcher = launcher;
        this.data = data;
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
        return new LocalNodes(launcher, data, ReadyProcess.start(command, log, START_TIMEOUT));
    }

    /** The id of some node. */
    public String first() {
        return urls.keySet().iterator().next();
    }

    /** A client of a node. */
    public NodeClient client(String id) throws IOException {
        return new NodeClient(url(id), apiKey());
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

    /** The key of the tenant that there is. */
    public String apiKey() {
        return local.ready().get("apiKey").asString();
    }

    private ProcessHandle process(String id) throws IOException {
        ProcessHandle process = processes.get(id);
        if (process == null) {
            throw new IOException("node " + id + " has no process");
        }
        return process;
    }

    /** {@code kill -9} of one. */
    public void kill(String id) throws IOException {
        boolean _ = process(id).destroyForcibly();
    }

    /** Starts one again that was killed, with what it has on disk, and waits until it serves. */
    public void startAgain(String id) throws IOException {
        process(id).onExit().join();
        Path own = data.resolve(id);
        ReadyProcess started = ReadyProcess.start(
                new ProcessBuilder(
                        launcher.toString(),
                        "node",
                        "--config",
                        own.resolve("node.conf").toString()),
                own.resolve("node.log"),
                START_TIMEOUT);
        startedAgain.put(id, started);
        processes.put(id, started.handle());
    }

    /** Sends a signal such as STOP or CONT to one. */
    public void signal(String id, String name) throws IOException, InterruptedException {
        ReadyProcess.signal(process(id).pid(), name);
    }

    /** In which terms the groups of shards are, as all nodes say. */
    public Terms terms() throws IOException {
        List<Map<String, Double>> said = new ArrayList<>();
        for (URI url : urls.values()) {
            said.add(NodeMeters.byShard(url, "thalweg_shard_term"));
        }
        return Terms.of(said);
    }

    /** Who leads a shard, as one of them sees it. */
    public Set<String> leaders(String asked) throws IOException {
        return cluster(asked)
                .orElseThrow(() -> new IOException("node " + asked + " does not say who leads"))
                .get("shards")
                .valueStream()
                .map(shard -> shard.path("leader").asString(""))
                .collect(Collectors.toSet());
    }

    /** Whether every node is well, as one of them sees it, and has a whole replica of each shard. */
    public boolean isWhole(String asked) throws IOException {
        return cluster(asked)
                .filter(cluster -> cluster.get("nodes")
                                .valueStream()
                                .allMatch(node -> node.get("status").asString().equals("healthy"))
                        && cluster.get("shards").valueStream().allMatch(this::isEverywhere))
                .isPresent();
    }

    /** Empty where it does not say. */
    private Optional<JsonNode> cluster(String asked) throws IOException {
        try (HttpConnection connection = new HttpConnection(url(asked), LOOK_TIMEOUT_MS)) {
            HttpConnection.Response answer = connection.exchange(connection.request(
                    "GET",
                    "/operator/cluster",
                    "Authorization: Bearer " + local.ready().get("operatorKey").asString() + "\r\n",
                    new byte[0]));
            return answer.status() == 200 ? Optional.of(JSON.readTree(answer.text())) : Optional.empty();
        }
    }

    private boolean isEverywhere(JsonNode shard) {
        List<String> roles = shard.get("replicas")
                .valueStream()
                .map(replica -> replica.get("role").asString())
                .toList();
        return roles.size() == urls.size() && roles.contains("primary") && WHOLE.containsAll(roles);
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

    /** Entries that the shards of all nodes have proposed so far. */
    public long entries() throws IOException {
        long all = 0;
        for (URI url : urls.values()) {
            all += NodeMeters.entries(url);
        }
        return all;
    }

    /** Where TigerBeetle's clients find the tenant's ledger: the addresses of all nodes, with commas. */
    public String ledgers() {
        return local.ready()
                .get("nodes")
                .valueStream()
                .map(node -> node.get("ledger").asString())
                .collect(Collectors.joining(","));
    }

    /** Asks {@code local} to end, which ends its nodes; kills what is left after a minute. */
    @Override
    public void close() throws IOException {
        try {
            for (ReadyProcess started : startedAgain.values()) {
                started.stop();
            }
            local.stop();
        } finally {
            processes.values().forEach(ProcessHandle::destroyForcibly);
        }
    }
}
