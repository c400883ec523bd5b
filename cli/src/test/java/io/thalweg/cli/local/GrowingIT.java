package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One node becomes three while a client writes and another reads; what it had is whole, also when it is killed in the middle. */
@Timeout(600)
class GrowingIT {
    @TempDir
    private Path directory = Path.of("");

    private static void configure(NodesByHand nodes, int shards) throws IOException {
        nodes.configure("n1", "peer = " + nodes.peer("n1") + "\nshards = " + shards + "\n" + nodes.members("n1"));
    }

    @Test
    void aNodeAloneBecomesThreeAndNothingIsLost() throws Exception {
        try (NodesByHand nodes = new NodesByHand(directory, "n1", "n2", "n3")) {
            configure(nodes, 2);
            nodes.start("n1");
            String key = nodes.tenant("n1");
            assertThat(directory.resolve("n1/shards/1/raft")).doesNotExist();
            String log = nodes.log("n1", "orders");
            ClusterWriter writer = nodes.writer(log, "n1", "n2", "n3");
            Thread writing = Thread.ofPlatform().name("writer").start(writer);
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger reads = new AtomicInteger();
            AtomicReference<String> refused = new AtomicReference<>("");
            Thread reading = Thread.ofPlatform().name("reader").start(() -> {
                try {
                    for (; !over.get(); Thread.sleep(5)) {
                        HttpResponse<String> page =
                                nodes.send("GET", nodes.url("n1") + "/logs/" + log + "/events?limit=1", key, "");
                        reads.incrementAndGet();
                        if (page.statusCode() != 200) {
                            refused.set(page.statusCode() + " " + page.body());
                        }
                    }
                } catch (IOException | InterruptedException e) {
                    refused.set(e.toString());
                }
            });
            try {
                await().until(() -> writer.acknowledged().size() > 50);
                nodes.come("n2", "n1", "n1");
                joinByToken(nodes, "n3");
                for (int shard = 0; shard <= 2; shard++) {
                    nodes.awaitReplicas("n3", shard, "n1", "n2", "n3");
                }
                over.set(true);
                reading.join();
                assertThat(refused.get()).as("reads while it became a cluster").isEmpty();
                assertThat(reads.get()).isPositive();
                nodes.kill("n1");
                int before = writer.acknowledged().size();
                await().atMost(NodesByHand.PATIENCE)
                        .until(() -> writer.acknowledged().size() > before + 20);
            } finally {
                over.set(true);
                writer.stop();
                writing.join();
                reading.join();
            }
            assertThat(nodes.events("n2", log)).containsAllEntriesOf(writer.acknowledged());
            nodes.start("n1");
            await().atMost(NodesByHand.PATIENCE)
                    .ignoreExceptions()
                    .untilAsserted(
                            () -> assertThat(nodes.events("n1", log)).containsAllEntriesOf(writer.acknowledged()));
            nodes.awaitReplicas("n1", 1, "n1", "n2", "n3");
        }
    }

    private void joinByToken(NodesByHand nodes, String id) throws Exception {
        String data = nodes.place("n1").toString();
        List<String> said = new ArrayList<>();
        // The cluster has a version as soon as its nodes have heard of each other.
        await().atMost(NodesByHand.PATIENCE).untilAsserted(() -> {
            String made = nodes.command("token", id, "--data", data, "--url", nodes.url("n1"));
            assertThat(made).startsWith("0");
            said.add(made.lines()
                    .filter(line -> line.startsWith("tjn_"))
                    .findFirst()
                    .orElseThrow());
        });
        String token = said.getFirst();
        nodes.configure(id, "peer = " + nodes.peer(id) + "\n");
        String config = nodes.place(id).resolve("node.conf").toString();
        assertThat(nodes.command("join", config, "tjn_wrong", "--to", nodes.url("n2")))
                .startsWith("1");
        Path file = Files.writeString(nodes.place(id).resolve("token"), token);
        assertThat(nodes.command("join", config, "--token-file", file.toString(), "--to", nodes.url("n2")))
                .startsWith("0");
        assertThat(nodes.send(
                                "POST",
                                nodes.url("n1") + "/cluster/join",
                                "",
                                "{\"token\":\"%s\",\"node_id\":\"%s\",\"peer\":\"h:1\",\"http\":\"http://h\"}"
                                        .formatted(token, id))
                        .statusCode())
                .as("a token is good for once")
                .isEqualTo(403);
        nodes.start(id);
    }

    @Test
    void aNodeThatIsKilledWhileItsShardsBecomeGroupsHasAllOfThem() throws Exception {
        long seed = Long.getLong("thalweg.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        try (NodesByHand nodes = new NodesByHand(directory, "n1", "n2")) {
            configure(nodes, 8);
            nodes.start("n1");
            String key = nodes.tenant("n1");
            Map<String, String> logs = new HashMap<>();
            for (int i = 0; i < 8; i++) {
                String log = nodes.log("n1", "log" + i);
                logs.put(log, "event" + i);
                nodes.eventually("POST", nodes.url("n1") + "/logs/" + log + "/append", key, "\"event" + i + "\"");
            }
            nodes.operate(
                    "n1",
                    "add",
                    "{\"node_id\":\"n2\",\"peer\":\"%s\",\"http\":\"%s\"}"
                            .formatted(nodes.peer("n2"), nodes.url("n2")));
            int lives = 3;
            for (int life = 0; life < lives; life++) {
                Thread.sleep(random.nextInt(50, 900));
                nodes.kill("n1");
                nodes.start("n1");
                for (String log : logs.keySet()) {
                    await().atMost(NodesByHand.PATIENCE)
                            .ignoreExceptions()
                            .untilAsserted(() -> assertThat(nodes.events("n1", log))
                                    .as("seed %d", seed)
                                    .hasSize(1));
                }
            }
            for (int shard = 0; shard <= 8; shard++) {
                Path mark = directory.resolve("n1/shards/" + shard + "/raft/group");
                await().atMost(NodesByHand.PATIENCE).until(() -> mark.toFile().exists());
            }
        }
    }
}
