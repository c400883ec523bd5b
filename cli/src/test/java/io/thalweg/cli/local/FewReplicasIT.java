package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tigerbeetle.AccountBatch;
import com.tigerbeetle.Client;
import com.tigerbeetle.IdBatch;
import com.tigerbeetle.UInt128;
import io.thalweg.cli.ExamplesJar;
import io.thalweg.cli.api.Api;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Four nodes and two replicas of each shard: the fourth has none, and does all the same what it is asked. */
@Timeout(400)
class FewReplicasIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** Several times as long as nodes need to hear of each other. */
    private static final Duration WINDOW = Duration.ofSeconds(2);

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.ALWAYS).build();
    private String key = "";

    private HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + key);
    }

    private HttpResponse<String> send(String method, String url, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request = request(url).method(method, BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private JsonNode ask(String method, String url, String body, String... headers) throws Exception {
        HttpResponse<String> answer = send(method, url, body.getBytes(StandardCharsets.UTF_8), headers);
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, url, answer.body())
                .isLessThan(300);
        return answer.body().isEmpty() ? Api.JSON.createObjectNode() : Api.JSON.readTree(answer.body());
    }

    /** Logs in both shards, made and written at every node; each event is read at each node. */
    private void logsAreEverywhere(List<String> nodes) throws Exception {
        List<String> logs = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            logs.add(ask("POST", nodes.get(i) + "/logs", "{\"name\":\"log-" + i + "\"}")
                    .get("log_id")
                    .asString());
        }
        // Made at one node and written there at once, though others have not heard of it yet.
        for (int i = 0; i < 4; i++) {
            String log = ask("POST", nodes.getLast() + "/logs", "{\"name\":\"fresh-" + i + "\"}")
                    .get("log_id")
                    .asString();
            JsonNode _ = ask("POST", nodes.getLast() + "/logs/" + log + "/append", "first");
        }
        for (String log : logs) {
            for (int i = 0; i < nodes.size(); i++) {
                // A key that is no ASCII: its bytes pass as they are.
                JsonNode done = ask("POST", nodes.get(i) + "/logs/" + log + "/append", "e" + i, "Thalweg-Key", "k" + i);
                assertThat(done.get("sequence").asLong()).isEqualTo(i + 1L);
            }
            for (String node : nodes) {
                await().atMost(PATIENCE).untilAsserted(() -> {
                    JsonNode events = ask("GET", node + "/logs/" + log + "/events?limit=10", "")
                            .get("events");
                    assertThat(events.size())
                            .as("events of %s at %s", log, node)
                            .isEqualTo(nodes.size());
                });
            }
        }
        String last = nodes.getLast();
        HttpResponse<String> refused = send("GET", last + "/logs/" + logs.getFirst() + "/events?limit=x", new byte[0]);
        assertThat(refused.statusCode()).isEqualTo(400);
        for (String node : nodes) {
            assertThat(statusOf(node, "/logs/" + logs.getFirst() + "/events?limit=\"{|}"))
                    .as("what is no URI to the letter, at %s", node)
                    .isEqualTo(400);
        }
        tailsComeAsTheyAreWritten(nodes, logs);
        largeBodiesAreSentByTheClientItself(last, logs);
    }

    /** The status of a GET whose target passes as it is, which Java's client does not let through. */
    private int statusOf(String node, String target) throws IOException {
        URI uri = URI.create(node);
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.getOutputStream()
                    .write(("GET " + target + " HTTP/1.1\r\nHost: " + uri.getAuthority() + "\r\nAuthorization: Bearer "
                                    + key + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Integer.parseInt(answer.split(" ", 3)[1]);
        }
    }

    private void tailsComeAsTheyAreWritten(List<String> nodes, List<String> logs) throws Exception {
        for (String log : logs) {
            HttpResponse<InputStream> tail = http.send(
                    request(nodes.getLast() + "/logs/" + log + "/tail?from=1").build(), BodyHandlers.ofInputStream());
            assertThat(tail.statusCode()).isEqualTo(200);
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(tail.body(), StandardCharsets.UTF_8))) {
                for (int i = 0; i < nodes.size(); i++) {
                    comes(lines, "e" + i);
                }
                JsonNode _ = ask("POST", nodes.getFirst() + "/logs/" + log + "/append", "later");
                comes(lines, "later");
            }
        }
    }

    private static void comes(BufferedReader lines, String text) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.contains(text)) {
            line = lines.readLine();
        }
        assertThat(line).as("the line of " + text).isNotNull();
    }

    private void largeBodiesAreSentByTheClientItself(String node, List<String> logs) throws Exception {
        HttpClient stays = HttpClient.newHttpClient();
        for (String log : logs) {
            HttpResponse<String> answer = stays.send(
                    request(node + "/logs/" + log + "/append")
                            .header("Thalweg-Redirect", "true")
                            .POST(BodyPublishers.ofByteArray(new byte[300 << 10]))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(307);
            assertThat(answer.headers().firstValue("Location").orElseThrow())
                    .doesNotStartWith(node)
                    .endsWith("/logs/" + log + "/append");
        }
    }

    private void aViewIsDeployedAndAskedAnywhere(List<String> nodes) throws Exception {
        HttpResponse<String> deployed = send(
                "PUT",
                nodes.getLast() + "/views/words?class=io.thalweg.examples.WordCount&partitions=2",
                ExamplesJar.bytes());
        assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(201);
        List<String> logs = new ArrayList<>();
        for (String node : nodes) { // each may hear of the view's log a little later
            await().atMost(PATIENCE).until(() -> {
                for (JsonNode log : ask("GET", node + "/logs", "").get("logs")) {
                    if (log.get("log_name").asString().equals("lines")) {
                        return logs.add(log.get("log_id").asString());
                    }
                }
                return false;
            });
        }
        String lines = logs.getFirst();
        for (String node : nodes) {
            JsonNode _ = ask("POST", node + "/logs/" + lines + "/append", "river", "Thalweg-Key", "k");
        }
        for (String node : nodes) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                JsonNode found = ask(
                        "POST",
                        node + "/views/words/indexes/counts/select?consistency=linearizable",
                        "{\"path\":[[\"all\"]]}");
                assertThat(found.get("values").toString())
                        .as("at %s", node)
                        .contains("river")
                        .contains("4");
            });
        }
    }

    /** A component's view runs on each node with a replica, and parks on each by itself; what is decided about it is for all. */
    private void aParkedViewIsFreedFromAnywhere(List<String> nodes) throws Exception {
        String log = "/logs/"
                + ask("POST", nodes.getLast() + "/logs", "{\"name\":\"flights\"}")
                        .get("log_id")
                        .asString();
        String view = log + "/views/delays";
        JsonNode _ = ask(
                "POST", nodes.getLast() + log + "/append", "{\"origin\":\"SFO\"}", "Content-Type", "application/json");
        HttpResponse<String> deployed = send(
                "POST",
                nodes.getLast() + view,
                Files.readAllBytes(Path.of("..", "examples", "views", "delays-c.wasm")));
        assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(201);
        for (String node : nodes) {
            HttpResponse<String> asked = send("POST", node + view + "/query?after=1&timeout=100", new byte[0]);
            assertThat(asked.statusCode())
                    .as("it is there, if not yet everywhere: %s", asked.body())
                    .isIn(503, 504);
        }
        for (String node : nodes) { // and parks again
            await().atMost(PATIENCE).untilAsserted(() -> {
                HttpResponse<String> tried = send("POST", node + view + "/retry", new byte[0]);
                assertThat(tried.statusCode())
                        .as("at %s: %s", node, tried.body())
                        .isEqualTo(200);
            });
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            HttpResponse<String> skipped = send("POST", nodes.getLast() + view + "/skip?sequence=1", new byte[0]);
            assertThat(skipped.statusCode()).as(skipped.body()).isEqualTo(200);
        });
        for (String node : nodes) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                HttpResponse<String> asked = send("POST", node + view + "/query?after=1", new byte[0]);
                assertThat(asked.statusCode())
                        .as("at %s: %s", node, asked.body())
                        .isEqualTo(200);
            });
        }
    }

    private void theLedgerIsThereAtEveryAddress(LocalProcess local) throws Exception {
        int id = 0;
        for (String address : local.all("ledger")) {
            id++;
            try (Client client = new Client(UInt128.asBytes(0), new String[] {address})) {
                AccountBatch account = new AccountBatch(1);
                account.add();
                account.setId(id);
                account.setLedger(1);
                account.setCode(1);
                assertThat(client.createAccounts(account).getLength()).isZero();
            }
        }
        for (String address : local.all("ledger")) {
            try (Client client = new Client(UInt128.asBytes(0), new String[] {address})) {
                IdBatch all = new IdBatch(id);
                for (int i = 1; i <= id; i++) {
                    all.add(i);
                }
                assertThat(client.lookupAccounts(all).getLength())
                        .as("accounts at %s", address)
                        .isEqualTo(id);
            }
        }
    }

    /** A tenant of its own, whose key is sent from now on; returns where the operator finds it. */
    private String comeAs(LocalProcess local, String name, String limits) throws Exception {
        key = local.ready().get("operatorKey").asString();
        String tenants = local.all("http").getFirst() + "/operator/tenants";
        String tenant = tenants + "/"
                + ask("POST", tenants, "{\"name\":\"" + name + "\",\"limits\":" + limits + "}")
                        .get("tenant_id")
                        .asString();
        key = ask("POST", tenant + "/keys", "{\"name\":\"first\",\"role\":\"admin\"}")
                .get("api_key")
                .asString();
        return tenant;
    }

    /** In no shard is as much as the tenant may have; of those that a node has not it knows by the others. */
    private void storageIsCountedOverAllNodes(LocalProcess local, List<String> nodes) throws Exception {
        String tenant = comeAs(local, "small", "{}");
        Map<Integer, String> logs = new HashMap<>();
        for (int i = 0; logs.size() < 2; i++) {
            String log = ask("POST", nodes.getLast() + "/logs", "{\"name\":\"small-" + i + "\"}")
                    .get("log_id")
                    .asString();
            JsonNode partition = ask("GET", nodes.getLast() + "/logs/" + log, "")
                    .get("partitions")
                    .get(0);
            logs.put(partition.get("shard").asInt(), log);
        }
        for (String log : logs.values()) {
            for (int i = 0; i < 4; i++) {
                HttpResponse<String> stored =
                        send("POST", nodes.getLast() + "/logs/" + log + "/append", new byte[100_000]);
                assertThat(stored.statusCode()).as(stored.body()).isLessThan(300);
            }
        }
        String own = key;
        key = local.ready().get("operatorKey").asString();
        JsonNode _ = ask("PUT", tenant + "/limits", "{\"storage_bytes\":600000}");
        key = own;
        for (String node : nodes) {
            for (String log : logs.values()) {
                await().atMost(PATIENCE).untilAsserted(() -> {
                    HttpResponse<String> answer = send("POST", node + "/logs/" + log + "/append", new byte[] {1});
                    assertThat(answer.body()).as("%s at %s", log, node).contains("quota_exceeded");
                });
            }
        }
    }

    /** Once they have heard of each other, all nodes together let in what one would, however fast they are asked. */
    private void callsAreCountedOverAllNodes(LocalProcess local, List<String> nodes) throws Exception {
        String _ = comeAs(local, "slow", "{\"requests_per_second\":50,\"burst\":50}");
        AtomicInteger inARow = new AtomicInteger();
        await().atMost(PATIENCE).pollDelay(Duration.ZERO).ignoreExceptions().until(() -> {
            long sinceNs = System.nanoTime();
            int letIn = 0;
            int others = 0; // a leader that just ended, say
            for (int i = 0; System.nanoTime() - sinceNs < WINDOW.toNanos(); i++) {
                int status = send("GET", nodes.get(i % nodes.size()) + "/logs", new byte[0])
                        .statusCode();
                others += status == 200 || status == 429 ? 0 : 1;
                letIn += status == 200 ? 1 : 0;
            }
            double limit = 50 * (System.nanoTime() - sinceNs) / 1e9;
            // A call more at each, for what a bucket has at the window's ends.
            boolean holds = others == 0 && letIn > 0 && letIn <= 1.1 * limit + nodes.size();
            return inARow.updateAndGet(before -> holds ? before + 1 : 0) == 3;
        });
    }

    @Test
    void aNodeWithoutReplicasTakesEveryRequestAndNoNodeOutlivesTheirKilledParent() throws Exception {
        try (LocalProcess local =
                LocalProcess.start(directory.resolve("cluster"), "--nodes", "4", "--shards", "2", "--replicas", "2")) {
            key = local.apiKey();
            List<String> nodes = local.all("http");
            logsAreEverywhere(nodes);
            aViewIsDeployedAndAskedAnywhere(nodes);
            aParkedViewIsFreedFromAnywhere(nodes);
            theLedgerIsThereAtEveryAddress(local);
            storageIsCountedOverAllNodes(local, nodes);
            callsAreCountedOverAllNodes(local, nodes);

            local.killLocal();
            await().atMost(PATIENCE).until(() -> !local.anyAlive());
        } finally {
            http.close();
        }
    }
}
