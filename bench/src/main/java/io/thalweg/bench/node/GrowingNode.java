package io.thalweg.bench.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** A node alone, {@code n1}, with a shard for data and a tenant, that gets a second node when it is told to. Each is a process. One thread. */
public final class GrowingNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final String HOST = "127.0.0.1";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path launcher;
    private final Path folder;
    private final String apiKey;
    private final String operatorKey;
    private final int[] ports;
    private final List<ReadyProcess> processes = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    private GrowingNode(Path launcher, Path folder, String apiKey, int[] ports) throws IOException {
        this.launcher = launcher;
        this.folder = folder;
        this.apiKey = apiKey;
        this.ports = ports;
        operatorKey =
                Files.readString(folder.resolve("n1/secrets/operator.key")).strip();
    }

    /**
     * Starts the first.
     *
     * @param folder empty; has a folder for each node
     */
    public static GrowingNode start(Path launcher, Path folder) throws IOException, InterruptedException {
        String apiKey;
        // Whoever runs it makes the tenant.
        try (NodeProcess dev = NodeProcess.start(launcher, folder.resolve("n1"))) {
            apiKey = dev.apiKey();
        }
        GrowingNode node = new GrowingNode(launcher, folder, apiKey, free(4));
        try {
            node.begin("n1", "shards = 1\n" + node.member("n1"));
            return node;
        } catch (IOException e) {
            node.close();
            throw e;
        }
    }

    private static int[] free(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().mapToInt(ServerSocket::getLocalPort).toArray();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    private String peer(String id) {
        return HOST + ":" + ports[id.equals("n1") ? 0 : 1];
    }

    private String address(String id) {
        return HOST + ":" + ports[id.equals("n1") ? 2 : 3];
    }

    private String member(String id) {
        return "cluster.member.%s = %s http://%s%n".formatted(id, peer(id), address(id));
    }

    private void begin(String id, String more) throws IOException {
        Path config = folder.resolve(id + ".conf");
        Files.writeString(
                config, "data = %s%nid = %s%nhttp = %s%npeer = %s%n%s".formatted(id, id, address(id), peer(id), more));
        processes.add(ReadyProcess.start(
                new ProcessBuilder(launcher.toString(), "node", "--config", config.toString()),
                folder.resolve(id + ".log"),
                PATIENCE));
    }

    /** Where the first takes requests. */
    public URI url() {
        return URI.create("http://" + address("n1"));
    }

    public String apiKey() {
        return apiKey;
    }

    /** Adds a second node, and waits until all shards have a replica there. */
    public void grow() throws IOException, InterruptedException {
        JsonNode _ = ask(
                "POST",
                "/operator/cluster/add",
                "{\"node_id\":\"n2\",\"peer\":\"%s\",\"http\":\"http://%s\"}".formatted(peer("n2"), address("n2")));
        Path secrets = Files.createDirectories(folder.resolve("n2/secrets"));
        try (Stream<Path> all = Files.list(folder.resolve("n1/secrets"))) {
            for (Path secret : all.toList()) {
                Files.copy(secret, secrets.resolve(secret.getFileName()));
            }
        }
        String cluster = ask("GET", "/operator/cluster", "").path("cluster_id").asString();
        begin("n2", "cluster.id = " + cluster + "\ncluster.join = true\n" + member("n1") + member("n2"));
        long sinceNs = System.nanoTime();
        while (!isWhole(ask("GET", "/operator/cluster", ""))) {
            if (System.nanoTime() - sinceNs > PATIENCE.toNanos()) {
                throw new IOException("the second node has not all shards after " + PATIENCE);
            }
            Thread.sleep(PAUSE);
        }
    }

    private static boolean isWhole(JsonNode cluster) {
        int shards = 0;
        for (JsonNode shard : cluster.path("shards")) {
            int whole = 0;
            for (JsonNode replica : shard.path("replicas")) {
                String role = replica.path("role").asString("");
                whole += role.equals("primary") || role.equals("secondary") ? 1 : 0;
            }
            if (whole < 2) {
                return false;
            }
            shards++;
        }
        return shards == 2;
    }

    private JsonNode ask(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(url().resolve(path))
                        .timeout(PATIENCE)
                        .header("Authorization", "Bearer " + operatorKey)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(method + " " + path + " answered " + answer.statusCode() + ": " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    @Override
    public void close() throws IOException {
        http.close();
        for (ReadyProcess process : processes.reversed()) {
            process.stop();
        }
    }
}
