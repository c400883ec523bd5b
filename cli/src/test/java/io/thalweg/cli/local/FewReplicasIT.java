package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tigerbeetle.AccountBatch;
import com.tigerbeetle.Client;
import com.tigerbeetle.IdBatch;
import com.tigerbeetle.UInt128;
import io.thalweg.cli.ExamplesJar;
import io.thalweg.cli.api.Api;
import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.OtherIndex;
import io.thalweg.view.java.OtherQuery;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
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
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Five nodes and two replicas of each shard: the fifth has none, and does all the same what it is asked. */
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
                        .contains(String.valueOf(nodes.size()));
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

    /** Counts nights. */
    public static final class Hotel implements View {
        static final Index<Map<String, Long>> NIGHTS = Index.of("nights", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.index(NIGHTS);
            view.log(
                    "nights",
                    Codec.text(),
                    (step, _) ->
                            step.index(NIGHTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1));
            view.query(Query.at(
                    "price",
                    Schema.of(String.class),
                    Schema.of(Long.class),
                    guest -> guest,
                    (at, guest) -> at.index(NIGHTS).at(Maps.key(guest)).orElse(0L) > 2 ? 80L : 100L));
        }
    }

    /** Makes bills from what the hotel knows, which is in another shard. */
    public static final class Office implements View {
        private static final Index<Map<String, Long>> BILLS = Index.of("bills", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.index(BILLS);
            Other hotel = view.other("hotel");
            OtherIndex<Map<String, Long>> nights = hotel.index(Hotel.NIGHTS);
            OtherQuery<String, Long> price = hotel.query("price", Schema.of(String.class), Schema.of(Long.class));
            view.log("leavings", Codec.text(), (step, guest) -> {
                long count = step.index(nights, guest).at(Maps.key(guest)).orElse(0L);
                Long each = step.ask(price, guest);
                step.index(BILLS).at(Maps.key(step.key())).set(each == null ? 0 : count * each);
            });
            view.query(Query.at("bill", Schema.of(String.class), Schema.of(Long.class), guest -> guest, (at, guest) -> {
                Long each = at.ask(price, guest);
                return each == null
                        ? 0
                        : each * at.index(nights, guest).at(Maps.key(guest)).orElse(0L);
            }));
        }
    }

    private static byte[] jarOf(Class<?>... classes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes)) {
            for (Class<?> each : classes) {
                String name = each.getName().replace('.', '/') + ".class";
                jar.putNextEntry(new ZipEntry(name));
                try (InputStream its =
                        Objects.requireNonNull(each.getClassLoader().getResourceAsStream(name))) {
                    jar.write(its.readAllBytes());
                }
            }
        }
        return bytes.toByteArray();
    }

    private String make(String node, String log, String rest) throws Exception {
        return ask("POST", node + "/logs", "{\"name\":\"" + log + "\"" + rest + "}")
                .get("log_id")
                .asString();
    }

    /** A view reads another whose shard has other replicas, wherever it runs, and whichever of its own replicas is asked. */
    private void aViewReadsAnotherInAnotherShard(List<String> nodes) throws Exception {
        String node = nodes.getLast();
        String nights = make(node, "nights", "");
        String elsewhere = null;
        for (int i = 0; elsewhere == null; i++) {
            assertThat(i).as("logs, none of them in another shard").isLessThan(20);
            String log = make(node, "spare-" + i, "");
            String both = "{\"log\":\"" + nights + "\",\"key\":\"k\",\"payload\":\"n\"}\n{\"log\":\"" + log
                    + "\",\"payload\":\"n\"}\n";
            if (send("POST", node + "/append", both.getBytes(StandardCharsets.UTF_8))
                            .statusCode()
                    == 409) {
                elsewhere = log;
            }
        }
        String leavings = make(node, "leavings", ",\"with\":\"" + elsewhere + "\"");
        byte[] jar = jarOf(Hotel.class, Office.class);
        for (Class<?> view : List.of(Hotel.class, Office.class)) {
            String name = view.getSimpleName().toLowerCase(Locale.ROOT);
            HttpResponse<String> deployed = send(
                    "PUT", node + "/views/" + name + "?class=" + view.getName().replace("$", "%24"), jar);
            assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(201);
        }
        for (int i = 0; i < 3; i++) {
            JsonNode _ = ask("POST", node + "/logs/" + nights + "/append", "one", "Thalweg-Key", "ann");
        }
        String bill = "/views/office/indexes/bills/select?consistency=linearizable";
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> { // what is read of the other view may be a moment old
                            JsonNode _ =
                                    ask("POST", node + "/logs/" + leavings + "/append", "ann", "Thalweg-Key", "b1");
                            assertThat(send(
                                                    "POST",
                                                    node + bill,
                                                    "{\"path\":[[\"key\",\"b1\"]]}".getBytes(StandardCharsets.UTF_8))
                                            .body())
                                    .contains("[240]");
                        });
        for (String each : nodes) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                HttpResponse<String> asked = send(
                        "POST",
                        each + "/views/office/queries/bill?consistency=stale",
                        "{\"argument\":\"ann\"}".getBytes(StandardCharsets.UTF_8));
                assertThat(asked.body()).as("at %s", each).isEqualTo("240");
            });
        }
    }

    /** A log of which no node has all partitions is counted at any. */
    private void aWideLogIsCounted(List<String> nodes) throws Exception {
        String log = make(nodes.getLast(), "wide", ",\"partitions\":8");
        Set<Integer> shards = new HashSet<>();
        for (JsonNode partition :
                ask("GET", nodes.getLast() + "/logs/" + log, "").get("partitions")) {
            shards.add(partition.get("shard").asInt());
            JsonNode _ = ask(
                    "POST",
                    nodes.getLast() + "/logs/" + log + "/append?partition="
                            + partition.get("partition").asInt(),
                    "one");
        }
        assertThat(shards).as("of which no node has both").contains(1, 3);
        // A replica may be a moment behind.
        for (String node : nodes) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                JsonNode stats = ask("GET", node + "/logs/" + log + "/stats", "");
                assertThat(stats.get("event_count").asInt())
                        .as("%s at %s", stats, node)
                        .isEqualTo(8);
                assertThat(stats.get("partitions").size()).isEqualTo(8);
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

    /** One node leads both shards until a plan has another lead one of them; it is made and run where there is a replica of neither. */
    private void whoLeadsIsPlanned(List<String> nodes, String operator) {
        key = operator;
        String plans = nodes.getLast() + "/operator/cluster/plans";
        // An election may come between, and what leads is heard of a moment later.
        await().atMost(PATIENCE).untilAsserted(() -> {
            for (int shard = 1; shard <= 2; shard++) {
                JsonNode _ = ask(
                        "POST",
                        nodes.getFirst() + "/operator/cluster/transfer",
                        "{\"shard\":" + shard + ",\"node\":\"n2\"}");
            }
            JsonNode plan = ask("POST", plans, "{\"action\":\"leaders\"}");
            assertThat(plan.get("steps").size()).as("%s", plan).isEqualTo(1);
            assertThat(plan.get("steps").get(0).get("from").asString()).isEqualTo("n2");
            JsonNode _ = ask("POST", plans + "/" + plan.get("plan_id").asString() + "/run", "{}");
            JsonNode next = ask("POST", plans, "{\"action\":\"leaders\"}");
            assertThat(next.get("steps").size()).as("%s", next).isZero();
        });
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
                LocalProcess.start(directory.resolve("cluster"), "--nodes", "5", "--shards", "3", "--replicas", "2")) {
            key = local.apiKey();
            List<String> nodes = local.all("http");
            aWideLogIsCounted(nodes); // while each shard has as much as the others, so that it is in all of them
            logsAreEverywhere(nodes);
            aViewIsDeployedAndAskedAnywhere(nodes);
            aParkedViewIsFreedFromAnywhere(nodes);
            aViewReadsAnotherInAnotherShard(nodes);
            theLedgerIsThereAtEveryAddress(local);
            storageIsCountedOverAllNodes(local, nodes);
            callsAreCountedOverAllNodes(local, nodes);
            whoLeadsIsPlanned(nodes, local.ready().get("operatorKey").asString());

            local.killLocal();
            await().atMost(PATIENCE).until(() -> !local.anyAlive());
        } finally {
            http.close();
        }
    }
}
