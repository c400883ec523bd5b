package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.ledger.store.block.RestingBlocks;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.DivergedException;
import io.thalweg.shard.Shard;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * One bit turns on one node of three, in each kind of file that is not mended by the entry: the scrub finds it, and the group goes on and has three whole replicas
 * again. {@code DamageIT} has events.
 */
@Timeout(300)
final class RottenReplicaTest {
    /** More than a bar, which is what lies still. */
    private static final int BATCHES = 17;

    private static final int BATCH = 8_000;
    private static final int DATA = 1;

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();
    private String token = "";

    private JsonNode send(String method, String url, String bearer, String body) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .header("Authorization", "Bearer " + bearer)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, url, answer.body())
                .isBetween(200, 299);
        return Client.MAPPER.readTree(answer.body());
    }

    private void begin(Node node) throws Exception {
        String tenants = node.url() + "/operator/tenants";
        String tenant = send("POST", tenants, node.operatorKey(), "{\"name\":\"acme\",\"limits\":{}}")
                .get("tenant_id")
                .asString();
        String key = send(
                        "POST",
                        tenants + "/" + tenant + "/keys",
                        node.operatorKey(),
                        "{\"name\":\"first\",\"role\":\"admin\"}")
                .get("api_key")
                .asString();
        token = send("POST", node.url() + "/auth/token", "", "{\"api_key\":\"" + key + "\"}")
                .get("access_token")
                .asString();
        var _ = send("POST", node.url() + "/ledgers", token, "{\"name\":\"books\"}");
        var _ = send(
                "POST",
                node.url() + "/ledgers/books/accounts",
                token,
                "[{\"id\":1,\"ledger\":1,\"code\":1},{\"id\":2,\"ledger\":1,\"code\":1}]");
    }

    private void book(Node node, long first, int count) throws Exception {
        var _ = send(
                "POST",
                node.url() + "/ledgers/books/transfers",
                token,
                IntStream.range(0, count)
                        .mapToObj(i -> ("{\"id\":%d,\"debit_account_id\":1,\"credit_account_id\":2,\"amount\":1,"
                                        + "\"ledger\":1,\"code\":1}")
                                .formatted(first + i))
                        .collect(Collectors.joining(",", "[", "]")));
    }

    /** Has a node read all that lies still; returns in how many files it found something. */
    private long scrub(Node node) throws Exception {
        String actions = node.agentUrl().orElseThrow() + "api/unstable/action";
        String id = send("POST", actions, "", "{\"kind\":\"thalweg.io/node.scrub\"}")
                .get("id")
                .asString();
        await().atMost(ThreeNodes.PATIENCE)
                .until(() -> send("GET", actions + "/" + id, "", "")
                        .get("state")
                        .get("phase")
                        .asString()
                        .equals("DONE"));
        return send("GET", actions + "/" + id, "", "")
                .get("state")
                .get("payload")
                .asLong();
    }

    private static void flip(Path file, long at) throws Exception {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(at);
            int before = opened.read();
            opened.seek(at);
            opened.write(before ^ 1);
        }
    }

    private static HostedShard home(Node node) {
        return node.shards().hosted().stream()
                .filter(home -> home.number() == DATA)
                .findFirst()
                .orElseThrow();
    }

    private Path left(int i) {
        return directory.resolve("n" + (i + 1)).resolve("left");
    }

    /** @param times for which time on this node */
    private void awaitReplaced(ThreeNodes nodes, int i, int times) {
        await().atMost(ThreeNodes.PATIENCE)
                .untilAsserted(() -> assertThat(left(i).toFile().list((_, name) -> name.startsWith(DATA + "-damaged-")))
                        .hasSize(times));
        nodes.awaitWell(DATA);
    }

    private static void awaitAgreement(ThreeNodes nodes) {
        await().atMost(ThreeNodes.PATIENCE).untilAsserted(() -> {
            List<Shard> shards = IntStream.range(0, 3)
                    .mapToObj(i -> nodes.shard(i, DATA).orElseThrow())
                    .toList();
            assertThat(shards.stream().map(Shard::appliedIndex).distinct()).hasSize(1);
            assertThat(shards.stream()
                            .map(shard -> HexFormat.of().formatHex(shard.digest()))
                            .distinct())
                    .hasSize(1);
        });
    }

    @Test
    void whatRotsIsFoundAndTheGroupIsWholeAgain() throws Exception {
        try (ThreeNodes nodes = ThreeNodes.start(directory, DATA)) {
            Node first = nodes.node(0);
            begin(first);
            for (int batch = 0; batch < BATCHES; batch++) {
                book(first, 1 + (long) batch * BATCH, BATCH);
            }
            for (int i = 0; i < 3; i++) {
                Node node = nodes.node(i);
                await().atMost(ThreeNodes.PATIENCE)
                        .until(() -> !home(node).ledgers().resting().isEmpty());
                var _ = home(node).shard().snapshot().get(1, TimeUnit.MINUTES);
                assertThat(scrub(node)).as("while all is whole").isZero();
            }

            // A block of a ledger's transfers.
            RestingBlocks.Place block =
                    home(nodes.node(1)).ledgers().resting().getFirst().place();
            flip(block.file(), Files.size(block.file()) / 3);
            assertThat(scrub(nodes.node(1))).isPositive();
            awaitReplaced(nodes, 1, 1);
            book(first, 1_000_001, 10);

            // What no other replica has in this form, and a start needs.
            nodes.node(1).close();
            flip(directory.resolve("n2/shards/" + DATA + "/journal/MANIFEST"), 8);
            nodes.startAgain(1, DATA);
            awaitReplaced(nodes, 1, 2);

            // A snapshot.
            Path state = directory.resolve("n3/shards/" + DATA + "/state");
            try (Stream<Path> files = Files.list(state)) {
                Path newest = files.filter(file -> file.toString().endsWith(".state"))
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
                flip(newest, Files.size(newest) / 2);
            }
            assertThat(scrub(nodes.node(2))).isPositive();
            awaitReplaced(nodes, 2, 1);
            book(first, 1_000_011, 10);

            // A closed file of the group's own log, which another leader begins anew.
            int leads = IntStream.range(0, 3)
                    .filter(i -> nodes.shard(i, DATA).orElseThrow().role() == Consensus.Role.LEADER)
                    .findFirst()
                    .orElseThrow();
            nodes.shard(leads, DATA)
                    .orElseThrow()
                    .transferLeadership("n" + ((leads + 1) % 3 + 1))
                    .get(1, TimeUnit.MINUTES);
            book(first, 1_000_021, 10);
            Node last = nodes.node((leads + 2) % 3);
            Path closed = await().atMost(ThreeNodes.PATIENCE)
                    .until(
                            () -> home(last).shard().restingFiles().stream()
                                    .filter(file ->
                                            String.valueOf(file.getFileName()).startsWith("log_"))
                                    .findFirst(),
                            Optional::isPresent)
                    .orElseThrow();
            flip(closed, Files.size(closed) / 2);
            assertThat(scrub(last)).isEqualTo(1);
            await().atMost(ThreeNodes.PATIENCE).until(() -> !Files.exists(closed));
            book(first, 1_000_031, 10);
            nodes.awaitWell(DATA);
            awaitAgreement(nodes);

            // What has come to something else than the others: its files are of no more use.
            nodes.shard(0, DATA).orElseThrow().giveUp(new DivergedException(DATA, 7, "n2, n3"));
            awaitReplaced(nodes, 0, 1);
            book(first, 1_000_041, 10);
            awaitAgreement(nodes);
            for (int i = 0; i < 3; i++) {
                assertThat(scrub(nodes.node(i))).as("node %d in the end", i + 1).isZero();
            }
        }
    }
}
