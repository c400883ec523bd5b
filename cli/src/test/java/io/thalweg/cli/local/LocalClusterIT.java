package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tigerbeetle.AccountBatch;
import com.tigerbeetle.Client;
import com.tigerbeetle.IdBatch;
import com.tigerbeetle.TransferBatch;
import com.tigerbeetle.UInt128;
import io.thalweg.cli.NodeClientRelease;
import io.thalweg.cli.api.Api;
import io.thalweg.model.request.Operation;
import java.io.IOException;
import java.math.BigInteger;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What a cluster is for: real processes, real clients (those of the ledger in Java and in Node.js), {@code kill -9} of whoever leads, nothing that was acknowledged is lost, and stale questions to views are answered without a gap. Who is killed comes back as a
 * newer program, beside others that are not, as when a cluster is upgraded node by node.
 */
@Timeout(600)
class LocalClusterIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int PROGRESS = 20;
    private static final String RAISED = "all nodes know version " + Operation.VERSION_NEWEST;

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    /** Books transfers of 1 with the official client, which knows all nodes and is told nothing of what happens to them. */
    private static final class Booker implements Runnable {
        private final Client client;
        private final AtomicLong booked = new AtomicLong();
        private volatile boolean stopping;

        Booker(Client client) {
            this.client = client;
        }

        static AccountBatch accounts() {
            AccountBatch accounts = new AccountBatch(2);
            for (long id = 1; id <= 2; id++) {
                accounts.add();
                accounts.setId(id);
                accounts.setLedger(1);
                accounts.setCode(1);
            }
            return accounts;
        }

        @Override
        public void run() {
            for (long id = 1; !stopping; id++) {
                TransferBatch transfer = new TransferBatch(1);
                transfer.add();
                transfer.setId(id);
                transfer.setDebitAccountId(1);
                transfer.setCreditAccountId(2);
                transfer.setAmount(1);
                transfer.setLedger(1);
                transfer.setCode(1);
                assertThat(client.createTransfers(transfer).getLength())
                        .as("failures")
                        .isZero();
                booked.incrementAndGet();
            }
        }
    }

    private static BigInteger debits(Client client) throws Exception {
        AccountBatch found = client.lookupAccounts(new IdBatch(UInt128.asBytes(1)));
        assertThat(found.next()).isTrue();
        return found.getDebitsPosted();
    }

    private HttpResponse<String> send(String method, String url, String key, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .timeout(Duration.ofSeconds(60))
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /** Shards on a node with their roles; none while it does not answer. */
    private Map<String, String> roles(LocalProcess local, String id) {
        Map<String, String> roles = new HashMap<>();
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(local.agent(id).resolve("api/unstable/info/shards"))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    BodyHandlers.ofString());
            for (JsonNode shard : Api.JSON.readTree(answer.body()).get("shards")) {
                roles.put(
                        shard.get("id").asString(), shard.get("role").toString().replace("\"", ""));
            }
        } catch (IOException e) {
            // It is down.
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return roles;
    }

    private String leader(LocalProcess local, String shard) {
        List<String> found = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            found.clear();
            for (String id : local.all("id")) {
                if (roles(local, id).getOrDefault(shard, "").equals("Primary")) {
                    found.add(id);
                }
            }
            return found.size() == 1;
        });
        return found.getFirst();
    }

    /** Until each of those who count has counted on. */
    private static void awaitProgress(List<LongSupplier> counts) {
        long[] wanted =
                counts.stream().mapToLong(count -> count.getAsLong() + PROGRESS).toArray();
        await().atMost(PATIENCE).until(() -> {
            for (int i = 0; i < wanted.length; i++) {
                if (counts.get(i).getAsLong() < wanted[i]) {
                    return false;
                }
            }
            return true;
        });
    }

    /** What a node has of a log: payloads by sequence. */
    private Map<Long, String> events(String node, String key, String log) throws Exception {
        Map<Long, String> events = new HashMap<>();
        while (true) {
            HttpResponse<String> page = http.send(
                    HttpRequest.newBuilder(URI.create(
                                    node + "/logs/" + log + "/events?limit=1000&from=" + (events.size() + 1)))
                            .header("Authorization", "Bearer " + key)
                            .header("Accept", "application/x-ndjson")
                            .build(),
                    BodyHandlers.ofString());
            assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
            int before = events.size();
            page.body().lines().filter(line -> !line.isBlank()).forEach(line -> {
                JsonNode event = Api.JSON.readTree(line);
                events.put(event.get("sequence").asLong(), event.get("payload").asString());
            });
            if (events.size() == before) {
                return events;
            }
        }
    }

    private void assertAllThere(LocalProcess local, String log, Map<String, Long> acknowledged) throws Exception {
        for (String node : local.all("http")) {
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(events(node, local.apiKey(), log).values())
                                    .containsAll(acknowledged.keySet()));
            Map<Long, String> events = events(node, local.apiKey(), log);
            acknowledged.forEach((payload, sequence) -> assertThat(events.get(sequence))
                    .as("event %d at %s", sequence, node)
                    .isEqualTo(payload));
            Set<String> once = new HashSet<>(events.values());
            assertThat(events).as("no event is there twice at %s", node).hasSize(once.size());
        }
    }

    /** A log is there, a key opens and a revoked one does not, with the next request at whichever node. */
    private void assertAdministeredEverywhere(LocalProcess local) throws Exception {
        List<String> nodes = local.all("http");
        // Nodes hear of each other within a second of their start, and wait for those whom they have heard.
        await().atMost(PATIENCE).until(() -> {
            HttpResponse<String> log = send(
                    "POST", nodes.getFirst() + "/logs", local.apiKey(), "{\"name\":\"" + UUID.randomUUID() + "\"}");
            String path = "/logs/" + Api.JSON.readTree(log.body()).get("log_id").asString();
            return send("GET", nodes.get(1) + path, local.apiKey(), "").statusCode() == 200
                    && send("GET", nodes.get(2) + path, local.apiKey(), "").statusCode() == 200;
        });
        for (int i = 0; i < 12; i++) {
            String one = nodes.get(i % nodes.size());
            HttpResponse<String> log =
                    send("POST", one + "/logs", local.apiKey(), "{\"name\":\"everywhere-" + i + "\"}");
            assertThat(log.statusCode()).as(log.body()).isEqualTo(201);
            String path = "/logs/" + Api.JSON.readTree(log.body()).get("log_id").asString();
            HttpResponse<String> key = send("POST", one + "/keys", local.apiKey(), "{\"name\":\"k" + i + "\"}");
            assertThat(key.statusCode()).as(key.body()).isEqualTo(201);
            JsonNode made = Api.JSON.readTree(key.body());
            for (String other : nodes) {
                HttpResponse<String> found =
                        send("GET", other + path, made.get("api_key").asString(), "");
                assertThat(found.statusCode()).as(other + ": " + found.body()).isEqualTo(200);
            }
            HttpResponse<String> revoked =
                    send("DELETE", one + "/keys/" + made.get("api_key_id").asString(), local.apiKey(), "");
            assertThat(revoked.statusCode()).as(revoked.body()).isLessThan(300);
            for (String other : nodes) {
                assertThat(send("GET", other + path, made.get("api_key").asString(), "")
                                .statusCode())
                        .as(other)
                        .isEqualTo(401);
            }
        }
    }

    /** A view that answers at all nodes, and whoever asks them. */
    private StaleAsker counting(LocalProcess local, String log) throws Exception {
        String view = "/logs/" + log + "/views/count";
        deploy(local, view, 201);
        StaleAsker asker = new StaleAsker(http, local.all("http"), local.apiKey(), view);
        for (String node : local.all("http")) {
            await().atMost(PATIENCE).until(() -> asker.ask(node).startsWith("200 "));
        }
        return asker;
    }

    private void deploy(LocalProcess local, String view, int status) throws Exception {
        HttpResponse<String> deployed = http.send(
                HttpRequest.newBuilder(URI.create(local.all("http").get(1) + view))
                        .header("Authorization", "Bearer " + local.apiKey())
                        .header("Content-Type", "application/wasm")
                        .PUT(BodyPublishers.ofFile(Path.of("..", "examples", "views", "counter-c.wasm")))
                        .build(),
                BodyHandlers.ofString());
        assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(status);
    }

    private JsonNode view(LocalProcess local, String node, String log) throws Exception {
        return Api.JSON.readTree(send("GET", node + "/logs/" + log + "/views/count", local.apiKey(), "")
                .body());
    }

    /** Where the shard is led that the log is in, as any node tells who is asked how the view is. */
    private String leaderOfView(LocalProcess local, String log) {
        List<String> found = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            found.clear();
            JsonNode replicas = view(local, local.all("http").getFirst(), log).get("replicas");
            for (JsonNode replica : replicas) {
                if (replica.get("leads").asBoolean()) {
                    found.add(replica.get("node").asString());
                }
            }
            return found.size() == 1 && replicas.size() == 3;
        });
        return found.getFirst();
    }

    /** A version that was deployed a moment before its leader died took over, once, and all count the same. */
    private void assertTookOver(LocalProcess local, String log) throws Exception {
        for (String node : local.all("http")) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                JsonNode view = view(local, node, log);
                assertThat(view.get("active_version").asInt()).as(node).isEqualTo(2);
                assertThat(view.get("previous_version").asInt()).as(node).isEqualTo(1);
                assertThat(view.get("candidate_version").isNull()).as(node).isTrue();
                assertThat(view.get("state").asString()).as(node).isEqualTo("live");
            });
        }
        Set<String> answers = new HashSet<>();
        for (String node : local.all("http")) {
            answers.add(send(
                            "POST",
                            node + "/logs/" + log + "/views/count/query?consistency=linearizable",
                            local.apiKey(),
                            "")
                    .body());
        }
        assertThat(answers).hasSize(1);
    }

    /** In how many nodes' logs something stands. */
    private static long said(Path data, String words) throws IOException {
        long found = 0;
        for (String id : List.of("n1", "n2", "n3")) {
            found += Files.readString(data.resolve(id).resolve("node.log")).contains(words) ? 1 : 0;
        }
        return found;
    }

    @Test
    void whoeverLeadsIsKilledWritesGoOnAndNothingAcknowledgedIsLost() throws Exception {
        Path data = directory.resolve("cluster");
        Map<String, Long> acknowledged = new HashMap<>();
        long booked;
        String log;
        try (LocalProcess local =
                LocalProcess.startOlder(data, Operation.VERSION_NEWEST - 1, "--nodes", "3", "--shards", "2")) {
            HttpResponse<String> made =
                    send("POST", local.all("http").get(1) + "/logs", local.apiKey(), "{\"name\":\"orders\"}");
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            log = Api.JSON.readTree(made.body()).get("log_id").asString();
            assertAdministeredEverywhere(local);
            List<ClusterWriter> writers = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            List<LongSupplier> counts = new ArrayList<>();
            try (Client client =
                            new Client(UInt128.asBytes(0), local.all("ledger").toArray(new String[0]));
                    NodeBooker nodeBooker = NodeBooker.start(
                            NodeClientRelease.V0_16_66, local.all("ledger"), directory.resolve("booker.log"))) {
                assertThat(client.createAccounts(Booker.accounts()).getLength()).isZero();
                Booker booker = new Booker(client);
                threads.add(Thread.ofPlatform().name("booker").start(booker));
                counts.add(booker.booked::get);
                counts.add(nodeBooker::booked);
                for (int i = 0; i < 3; i++) {
                    ClusterWriter writer = new ClusterWriter(http, local.all("http"), local.apiKey(), log, i);
                    writers.add(writer);
                    threads.add(Thread.ofPlatform().name("writer-" + i).start(writer));
                    counts.add(() -> writer.acknowledged().size());
                }
                StaleAsker asker = counting(local, log);
                threads.add(Thread.ofPlatform().name("asker").start(asker));
                awaitProgress(counts);

                for (boolean ofView : new boolean[] {true, false}) {
                    String leader = ofView ? leaderOfView(local, log) : leader(local, "0");
                    String address = local.all("http").get(local.all("id").indexOf(leader));
                    asker.leave(address);
                    if (ofView) {
                        deploy(local, "/logs/" + log + "/views/count", 200);
                    }
                    long answers = asker.answers();
                    local.kill(leader);
                    awaitProgress(counts);
                    assertThat(asker.answers()).isGreaterThan(answers);
                    local.startAgain(leader);
                    await().atMost(PATIENCE)
                            .until(() -> roles(local, leader).size() == 3
                                    && roles(local, leader).values().stream()
                                            .allMatch(role -> role.equals("Primary") || role.equals("Secondary")));
                    await().atMost(PATIENCE).until(() -> asker.ask(address).startsWith("200 "));
                    asker.join(address);
                    awaitProgress(counts);
                }

                booker.stopping = true;
                writers.forEach(ClusterWriter::stop);
                asker.stop();
                for (Thread thread : threads) {
                    thread.join();
                }
                booked = booker.booked.get();
                assertThat(nodeBooker.end()).isPositive();
                assertThat(debits(client)).isEqualTo(BigInteger.valueOf(booked));
                assertThat(asker.failures())
                        .as("stale questions at nodes that live")
                        .isEmpty();
                assertTookOver(local, log);
            }
            writers.forEach(writer -> acknowledged.putAll(writer.acknowledged()));
            assertAllThere(local, log, acknowledged);
            assertThat(said(data, RAISED)).as("an older node is there").isZero();
            local.killAll();
        }

        try (LocalProcess again = LocalProcess.start(data, "--nodes", "3", "--shards", "2")) {
            assertAllThere(again, log, acknowledged);
            await().atMost(PATIENCE).until(() -> said(data, RAISED) > 0);
            try (Client client =
                    new Client(UInt128.asBytes(0), again.all("ledger").toArray(new String[0]))) {
                assertThat(debits(client)).isEqualTo(BigInteger.valueOf(booked));
            }
            again.stop();
            assertThat(again.anyAlive()).as("local ends what it started").isFalse();
        }
    }
}
