package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A move waits while moves are held, whoever is started again meanwhile; a node that is lost with its disk is replaced by a new one, the shards
 * have all their replicas again, and there can be more of them. A client writes all the time.
 */
@Timeout(600)
class ReplaceIT {
    @TempDir
    private Path directory = Path.of("");

    private static void move(NodesByHand nodes, String from, String to) throws IOException {
        nodes.operate(
                "n1", "moves", "{\"kind\":\"move\",\"shard\":1,\"from\":\"%s\",\"to\":\"%s\"}".formatted(from, to));
    }

    /** A plan that is under way and held is cancelled at another node than the one that has it done: nothing is wanted elsewhere any more. */
    private static void takesAPlanBack(NodesByHand nodes) throws IOException, InterruptedException {
        String plan = nodes.operate("n1", "plans", "{\"action\":\"move\",\"shard\":1,\"from\":\"n3\",\"to\":\"n4\"}")
                .get("plan_id")
                .asString();
        JsonNode begun = nodes.operate("n1", "plans/" + plan + "/run", "{}");
        assertThat(begun.get("state").asString()).as("%s", begun).isEqualTo("running");
        assertThat(begun.at("/steps/0/state").asString()).isEqualTo("running");

        String data = nodes.place("n2").toString();
        assertThat(nodes.command("status", "--data", data, "--url", nodes.url("n1")))
                .startsWith("0")
                .containsPattern("SHARD +FROM +TO +BYTES\\R1 +n3 +n4 +[1-9]");
        String said = nodes.command("run", plan, "--cancel", "--data", data, "--url", nodes.url("n2"));
        assertThat(said).startsWith("0").containsPattern("1 +n3 +n4 .*planned");
        // Whoever leads the directory has decided that, and others hear of it.
        await().atMost(NodesByHand.PATIENCE).untilAsserted(() -> {
            String url = nodes.url("n1") + "/operator/cluster/plans/" + plan;
            JsonNode left = nodes.ask("GET", url, nodes.operatorKey("n1"), "");
            assertThat(left.get("state").asString()).as("%s", left).isEqualTo("planned");
            assertThat(left.get("done").asInt()).isZero();
            assertThat(nodes.cluster("n1").get("moves").size()).isZero();
        });
        nodes.awaitReplicas("n1", 1, "n1", "n2", "n3");
    }

    /** By configurations that list who is there now, one after the other. */
    private static void hasMoreShards(NodesByHand nodes, String cluster, String... ids) throws IOException {
        for (String id : ids) {
            nodes.kill(id);
            nodes.configure(
                    id,
                    "peer = %s%ncluster.id = %s%nshards = 2%n%s"
                            .formatted(nodes.peer(id), cluster, nodes.members(ids)));
            nodes.start(id);
            nodes.awaitReplicas(id, 0, ids);
        }
        nodes.awaitReplicas(ids[0], 2, ids[1], ids[2], ids[3]);
    }

    @Test
    void aMoveThatIsHeldGoesOnLaterAndANodeThatIsLostIsReplaced() throws Exception {
        try (NodesByHand nodes = new NodesByHand(directory, "n1", "n2", "n3", "n4", "n5")) {
            String cluster = UUID.randomUUID().toString();
            nodes.begin(cluster, 1, "n1", "n2", "n3");
            var _ = nodes.tenant("n1");
            String log = nodes.log("n1", "orders");
            ClusterWriter writer = nodes.writer(log, "n1", "n2", "n4", "n5");
            Thread writing = Thread.ofPlatform().name("writer").start(writer);
            try {
                nodes.come("n4", "n1", "n1", "n2", "n3");
                nodes.awaitReplicas("n1", 0, "n1", "n2", "n3", "n4");
                var _ = nodes.operate("n1", "hold", "{\"held\":true}");
                takesAPlanBack(nodes);
                move(nodes, "n3", "n4");
                nodes.kill("n3");
                nodes.start("n3");
                nodes.awaitReplicas("n3", 1, "n1", "n2", "n3");
                var _ = nodes.operate("n1", "hold", "{\"held\":false}");
                nodes.awaitReplicas("n1", 1, "n1", "n2", "n4");

                nodes.kill("n4");
                nodes.loseDisk("n4");
                nodes.act(
                        "n2",
                        "cluster.add",
                        "{\"id\":\"n5\",\"node\":\"%s\",\"http\":\"%s\"}".formatted(nodes.peer("n5"), nodes.url("n5")));
                nodes.come("n5", "n1", "n1", "n2", "n3", "n4");
                move(nodes, "n4", "n5");
                nodes.awaitReplicas("n5", 1, "n1", "n2", "n5");
                nodes.act("n1", "cluster.remove", "{\"node\":\"n4\"}");
                nodes.act("n2", "cluster.remove", "{\"node\":\"n4\"}");
                nodes.awaitReplicas("n1", 0, "n1", "n2", "n3", "n5");
                nodes.kill("n1");
                int before = writer.acknowledged().size();
                await().atMost(NodesByHand.PATIENCE)
                        .until(() -> writer.acknowledged().size() > before + 20);
                hasMoreShards(nodes, cluster, "n1", "n2", "n3", "n5");
            } finally {
                writer.stop();
                writing.join();
            }
            assertThat(nodes.events("n5", log)).containsAllEntriesOf(writer.acknowledged());
        }
    }
}
