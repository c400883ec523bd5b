package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.config.Membership;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.data.GroupData;
import io.thalweg.server.data.Recovery;
import io.thalweg.server.routing.HostedShard;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node of a cluster begins, and what it does not, by what is in its data directory. */
final class ClusterStartTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final UUID cluster = UUID.randomUUID();

    @TempDir
    private Path directory = Path.of("");

    private NodeOptions options(String id, int shards, String... nodes) throws IOException {
        List<ClusterNode> all = new ArrayList<>();
        for (String node : nodes) {
            all.add(new ClusterNode(
                    node, "127.0.0.1", GroupData.freePort(), URI.create("http://127.0.0.1:1"), Optional.empty()));
        }
        Path data = directory.resolve(id);
        if (!Files.exists(data.resolve("secrets"))) {
            NodeSecrets.makeShared(data.resolve("secrets"));
        }
        return NodeOptions.in(data)
                .withId(id)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withDataShards(shards)
                .withMembership(Membership.ALONE.withCluster(new ClusterNodes(cluster, all, Math.min(3, all.size()))));
    }

    private static List<Integer> numbers(Node node) {
        return node.shards().hosted().stream().map(HostedShard::number).toList();
    }

    @Test
    void aClusterOfOneWhoseDirectoryIsAGroupGetsMoreShardsAndMissesThoseThatAreGone() throws Exception {
        GroupData data = GroupData.begin(directory.resolve("n1"), cluster, "n1");
        data.with(0, shard -> GroupData.seed(shard, 0, "n1"));
        try (Node node = Node.start(options("n1", 2, "n1"))) {
            assertThat(numbers(node)).containsExactly(0, 1, 2);
            await().atMost(PATIENCE)
                    .until(() -> node.administration()
                            .directory()
                            .cluster()
                            .wanted(2)
                            .equals(List.of("n1")));
        }
        delete(data.data().resolve("shards").resolve("2"));
        assertThatThrownBy(() -> Node.start(options("n1", 2, "n1"))).hasMessageContaining("shard 2 is missing");
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void aNodeWhoseDirectoryWentAsideIsNotReadyAndBeginsNothingBeforeItIsTold() throws Exception {
        GroupData n1 = GroupData.begin(directory.resolve("n1"), cluster, "n1");
        n1.with(0, shard -> GroupData.seed(shard, 1, "n1", "n2", "n3"));
        GroupData n2 = n1.copy(directory.resolve("n2"), cluster, "n2");
        n1.with(0, shard -> GroupData.mark(shard, 1));
        Recovery.look(List.of(n1.data(), n2.data())).goOn();

        try (Node node = Node.start(options("n2", 1, "n1", "n2", "n3"))) {
            assertThat(node.notReady()).hasValue("the node has not heard yet what the directory says");
            assertThat(numbers(node)).containsExactly(0);
            assertThat(n2.data().resolve("shards").resolve("1")).doesNotExist();
        }
    }
}
