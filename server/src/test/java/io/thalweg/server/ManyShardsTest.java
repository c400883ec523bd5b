package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Tenant;
import io.thalweg.model.LogId;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node with several shards: the directory says where things are, and nobody at the door notices. */
class ManyShardsTest {
    @TempDir
    Path data;

    private TestNode start(int dataShards) throws Exception {
        return new TestNode(NodeOptions.in(data).withHttp("127.0.0.1", 0).withDataShards(dataShards));
    }

    private static Directory directory(TestNode node) {
        return node.node().administration().directory();
    }

    private static Tenant tenant(TestNode node) {
        return directory(node).tenant(DevNode.TENANT).orElseThrow();
    }

    @Test
    void whatWasInOneShardStaysAndWhatComesGoesToTheNewOnes() throws Exception {
        List<UUID> logs = new ArrayList<>();
        try (TestNode node = start(0)) {
            logs.add(create(node, "first"));
            append(node, logs.getFirst(), "a");
        }
        try (TestNode node = start(2)) {
            for (int i = 0; i < 4; i++) {
                logs.add(create(node, "later-" + i));
            }
            Client client = node.client();
            assertThat(client.post("/ledgers", "{\"name\":\"books\"}").status()).isEqualTo(201);
            for (UUID log : logs) {
                append(node, log, "b");
            }
            assertThat(directory(node).pending()).isEmpty();
            assertPlaces(node, logs);
            assertThat(client.delete("/logs/" + logs.get(1)).status()).isEqualTo(204);
            assertThat(node.node().shards().numbered(1).streams(tenant(node).id()))
                    .as("a deleted log's stream is gone when the caller is told so")
                    .noneMatch(stream -> stream.log().value().equals(logs.get(1)));
        }
        // Those that are there are opened, whether they are asked for or not.
        try (TestNode node = start(0)) {
            assertThat(node.node().shards().hosted()).hasSize(3);
            assertThat(events(node, logs.getFirst())).isEqualTo(2);
            assertThat(events(node, logs.getLast())).isEqualTo(1);
            UUID after = create(node, "after");
            append(node, after, "c");
            assertThat(log(node, after).shard(0)).isPositive();
            assertThat(node.client().get("/ledgers/books").status()).isEqualTo(200);
        }
    }

    private static void assertPlaces(TestNode node, List<UUID> logs) {
        int[] placed = new int[3];
        for (UUID log : logs) {
            placed[log(node, log).shard(0)]++;
        }
        NamedLedger books = tenant(node).ledger("books").orElseThrow();
        placed[books.shard()]++;
        assertThat(placed[0]).as("the log from before").isEqualTo(1);
        assertThat(placed[1] + placed[2]).isEqualTo(5);
        assertThat(Math.abs(placed[1] - placed[2])).isEqualTo(1);
        assertThat(tenant(node).ledger(DevNode.LEDGER).orElseThrow().shard()).isZero();
    }

    @Test
    void aShardThatIsMissingIsSaidAndNotBegunAnew() throws Exception {
        try (TestNode node = start(2)) {
            append(node, create(node, "kept"), "a");
        }
        Files.move(data.resolve("shards/2"), data.resolve("elsewhere"));
        assertThatThrownBy(() -> start(2)).isInstanceOf(IOException.class).hasMessageContaining("shard 2 is missing");
        assertThat(data.resolve("shards/2")).doesNotExist();
        Files.move(data.resolve("elsewhere"), data.resolve("shards/2"));
        try (TestNode node = start(0)) {
            assertThat(tenant(node).logs()).anyMatch(log -> log.name().equals("kept"));
        }
    }

    private static Log log(TestNode node, UUID id) {
        return tenant(node).log(new LogId(id)).orElseThrow();
    }

    private static UUID create(TestNode node, String name) {
        return UUID.fromString(node.client().createLog(name));
    }

    private static void append(TestNode node, UUID log, String payload) {
        Client.Answer answer = node.client().post("/logs/" + log + "/append", payload);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private static int events(TestNode node, UUID log) {
        return node.client()
                .get("/logs/" + log + "/stats")
                .json()
                .get("event_count")
                .asInt();
    }
}
