package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.bench.load.Children;
import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.api.Api;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.data.ShardFolders;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;

/** Nodes that are configured and started one by one, as an operator does it: {@code DIR/ID/node.conf} each. All are ended by process id. */
final class NodesByHand implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Path LAUNCHER =
            Path.of("..", "thalweg").toAbsolutePath().normalize();

    private final Path directory;
    private final Map<String, int[]> ports = new LinkedHashMap<>();
    private final Map<String, ReadyProcess> processes = new HashMap<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private String key = "";
    private int writers;

    NodesByHand(Path directory, String... ids) throws IOException {
        this.directory = directory;
        List<int[]> free = FreePorts.take(ids.length, 4);
        for (int i = 0; i < ids.length; i++) {
            ports.put(ids[i], free.get(i));
            Files.createDirectories(place(ids[i]));
        }
    }

    Path place(String id) {
        return directory.resolve(id);
    }

    /** Writes a node's configuration. */
    void configure(String id, String more) throws IOException {
        Files.writeString(place(id).resolve("node.conf"), """
            data = .
            id = %s
            http = 127.0.0.1:%d
            agent = 127.0.0.1:%d
            slab.domain = global/%s
            slab.beat = 1
            ledgers.cache = 64MiB
            """.formatted(id, port(id, 0), port(id, 2), id) + more);
    }

    private int port(String id, int which) {
        int[] own = ports.get(id);
        assertThat(own).isNotNull();
        return own == null ? 0 : own[which];
    }

    String url(String id) {
        return "http://127.0.0.1:" + port(id, 0);
    }

    String peer(String id) {
        return "127.0.0.1:" + port(id, 1);
    }

    /** The lines that list nodes. */
    String members(String... ids) {
        StringBuilder lines = new StringBuilder();
        for (String id : ids) {
            lines.append("cluster.member.%s = %s %s%n".formatted(id, peer(id), url(id)));
        }
        return lines.toString();
    }

    /** Gives a node what the others share. */
    void copySecrets(String from, String to) throws IOException {
        Path secrets = Files.createDirectories(place(to).resolve("secrets"));
        try (var all = Files.list(place(from).resolve("secrets"))) {
            for (Path secret : all.toList()) {
                Files.copy(secret, secrets.resolve(secret.getFileName()));
            }
        }
    }

    /** Makes the first nodes of a cluster, with shards for data of which each has a replica, and starts them. */
    void begin(String cluster, int shards, String... ids) throws IOException {
        NodeSecrets.makeShared(directory.resolve("secrets"));
        for (String id : ids) {
            ShardFolders.find(place(id)).noteNew();
            Path secrets = Files.createDirectories(place(id).resolve("secrets"));
            for (String secret : NodeSecrets.SHARED) {
                SecretFiles.write(
                        secrets.resolve(secret),
                        SecretFiles.read(directory.resolve("secrets").resolve(secret)));
            }
            configure(
                    id,
                    "peer = %s%ncluster.id = %s%nshards = %d%n%s".formatted(peer(id), cluster, shards, members(ids)));
        }
        startTogether(ids);
        for (int shard = 0; shard <= shards; shard++) {
            awaitReplicas(ids[0], shard, ids);
        }
    }

    /** Makes a node a member, gives it what the others share, and starts it. */
    void come(String id, String asked, String... others) throws IOException, InterruptedException {
        operate(asked, "add", "{\"node_id\":\"%s\",\"peer\":\"%s\",\"http\":\"%s\"}".formatted(id, peer(id), url(id)));
        String cluster = cluster(asked).get("cluster_id").asString();
        configure(
                id,
                "peer = %s%ncluster.id = %s%ncluster.join = true%n%s%s"
                        .formatted(peer(id), cluster, members(others), members(id)));
        copySecrets(asked, id);
        start(id);
    }

    /** A log of the tenant's. */
    String log(String id, String name) {
        return eventually("POST", url(id) + "/logs", key, "{\"name\":\"" + name + "\"}")
                .get("log_id")
                .asString();
    }

    /** Someone who appends, and asks these nodes in turn. */
    ClusterWriter writer(String log, String... ids) {
        return new ClusterWriter(http, Stream.of(ids).map(this::url).toList(), key, log, writers++ % ids.length);
    }

    /** What {@code thalweg cluster} prints, both ways, behind how it ended. */
    String command(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "cluster"));
        command.addAll(List.of(arguments));
        Process process = Children.watched(
                new ProcessBuilder(command).redirectErrorStream(true).start());
        String said =
                inTime(process, () -> new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        return process.waitFor() + "\n" + said;
    }

    /** A disk is gone, and all that a node had. */
    void loseDisk(String id) throws IOException {
        try (Stream<Path> all = Files.walk(place(id))) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    /** Starts a node; returns when it serves. */
    void start(String id) throws IOException {
        processes.put(id, process(id));
    }

    private ReadyProcess process(String id) throws IOException {
        ProcessBuilder command = new ProcessBuilder(
                LAUNCHER.toString(),
                "node",
                "--config",
                place(id).resolve("node.conf").toString());
        return ReadyProcess.start(command, place(id).resolve("node.log"), PATIENCE);
    }

    /** Starts nodes that have nothing yet: none of them serves before all are there. */
    private void startTogether(String... ids) throws IOException {
        Map<String, FutureTask<ReadyProcess>> starts = new LinkedHashMap<>();
        for (String id : ids) {
            FutureTask<ReadyProcess> start = new FutureTask<>(() -> process(id));
            starts.put(id, start);
            Thread.ofPlatform().daemon().start(start);
        }
        IOException failure = null;
        for (Map.Entry<String, FutureTask<ReadyProcess>> start : starts.entrySet()) {
            try {
                processes.put(start.getKey(), start.getValue().get());
            } catch (ExecutionException | InterruptedException e) {
                failure = new IOException("node " + start.getKey() + " did not start", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** What comes of a process, which is ended when nothing does. */
    private static String inTime(Process process, Callable<String> said) throws IOException {
        FutureTask<String> task = new FutureTask<>(said);
        Thread.ofPlatform().daemon().start(task);
        try {
            return task.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            process.destroyForcibly();
            throw new IOException("a process said nothing in time", e);
        }
    }

    /** kill -9. */
    void kill(String id) throws IOException {
        ReadyProcess process = processes.remove(id);
        if (process != null) {
            process.kill();
        }
    }

    String operatorKey(String id) throws IOException {
        return Files.readString(place(id).resolve("secrets").resolve("operator.key"))
                .strip();
    }

    /** A tenant with a key, made on a node. */
    String tenant(String id) throws Exception {
        key = LocalTenant.prepare(directory.resolve("dev.env"), url(id), "", operatorKey(id), SSLContext.getDefault());
        return key;
    }

    HttpClient http() {
        return http;
    }

    HttpResponse<String> send(String method, String url, String as, String body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .timeout(Duration.ofSeconds(60))
                        .header("Authorization", "Bearer " + as)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    JsonNode ask(String method, String url, String as, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(method, url, as, body);
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, url, answer.body())
                .isLessThan(300);
        return Api.JSON.readTree(answer.body());
    }

    /** Repeats a call until it is not refused. */
    JsonNode eventually(String method, String url, String as, String body) {
        List<JsonNode> answers = new ArrayList<>();
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> answers.add(ask(method, url, as, body)));
        return answers.getFirst();
    }

    /** What is said to the operator's door of a node, until it is not refused. */
    JsonNode operate(String id, String path, String body) throws IOException {
        return eventually("POST", url(id) + "/operator/cluster/" + path, operatorKey(id), body);
    }

    /** Has a node's agent do something, and waits until it is done. */
    void act(String id, String kind, String args) throws IOException, InterruptedException {
        String actions = "http://127.0.0.1:" + port(id, 2) + "/api/unstable/action";
        String action = ask(
                        "POST", actions, "", "{\"kind\":\"agent.replicante.io/%s\",\"args\":%s}".formatted(kind, args))
                .get("id")
                .asString();
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode state = ask("GET", actions + "/" + action, "", "").get("state");
            assertThat(state.get("phase").asString()).as("%s", state).isEqualTo("DONE");
        });
    }

    JsonNode cluster(String id) throws IOException, InterruptedException {
        return ask("GET", url(id) + "/operator/cluster", operatorKey(id), "");
    }

    /** Until a shard's replicas are on these nodes, all of them whole. */
    void awaitReplicas(String asked, int shard, String... ids) {
        await().atMost(PATIENCE).ignoreExceptionsInstanceOf(IOException.class).untilAsserted(() -> {
            JsonNode cluster = cluster(asked);
            Set<String> whole = new TreeSet<>();
            for (JsonNode each : cluster.get("shards")) {
                if (each.get("shard").asInt() == shard) {
                    for (JsonNode replica : each.get("replicas")) {
                        String role = replica.get("role").asString();
                        if (role.equals("primary") || role.equals("secondary")) {
                            whole.add(replica.get("node_id").asString());
                        }
                    }
                }
            }
            assertThat(whole).as("%s", cluster).containsExactlyInAnyOrder(ids);
            // A member that comes follows before the group has settled on it; until then the one that goes is still
            // needed.
            for (String id : ids) {
                assertThat(place(id).resolve("shards/" + shard + "/joining")).doesNotExist();
            }
        });
    }

    /** Sequences of all that was acknowledged of a log, by payload, as a node tells it. */
    Map<String, Long> events(String id, String log) {
        Map<String, Long> events = new HashMap<>();
        long next = 1;
        while (true) {
            String here = url(id) + "/logs/" + log + "/events?consistency=linearizable&limit=1000&from=" + next;
            JsonNode page = eventually("GET", here, key, "");
            if (page.get("events").isEmpty()) {
                return events;
            }
            for (JsonNode event : page.get("events")) {
                long sequence = event.get("sequence").asLong();
                assertThat(events.put(event.get("payload").asString(), sequence))
                        .isNull();
                next = sequence + 1;
            }
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> all =
                processes.values().stream().map(ReadyProcess::handle).toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process -> process.onExit().join());
        http.close();
    }
}
