package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.config.Membership;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.data.GroupData;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A replica that has halted comes back by itself, the directory's among them, and as a copy where its bytes are wrong. Three nodes in this process. */
@Timeout(300)
final class ComebackTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final List<ClusterNode> members = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final UUID cluster = UUID.randomUUID();
    private final Comebacks comebacks = new Comebacks(System::nanoTime);

    @TempDir
    private Path directory = Path.of("");

    @BeforeEach
    void begin() throws Exception {
        NodeSecrets.makeShared(directory.resolve("secrets"));
        for (int i = 1; i <= 3; i++) {
            members.add(new ClusterNode(
                    "n" + i, "127.0.0.1", GroupData.freePort(), URI.create("http://127.0.0.1:" + i), Optional.empty()));
            Path secrets = directory.resolve("n" + i).resolve("secrets");
            Files.createDirectories(secrets);
            for (String secret : NodeSecrets.SHARED) {
                Files.copy(directory.resolve("secrets").resolve(secret), secrets.resolve(secret));
            }
        }
        for (ClusterNode member : members) {
            nodes.add(start(member.id()));
        }
        awaitWell(0);
        awaitWell(1);
    }

    @AfterEach
    void end() {
        nodes.forEach(Node::close);
    }

    private Node start(String id) throws IOException {
        return Node.start(
                NodeOptions.in(directory.resolve(id))
                        .withId(id)
                        .withHttp("127.0.0.1", 0)
                        .withCompiled(false)
                        .withDataShards(1)
                        .withMembership(Membership.ALONE.withCluster(new ClusterNodes(cluster, members, 3))),
                comebacks);
    }

    private static Optional<Shard> shard(Node node, int number) {
        return node.shards().hosted().stream()
                .filter(home -> home.number() == number)
                .map(HostedShard::shard)
                .findFirst();
    }

    /** Each has a replica that leads or follows, and has all that the others have. */
    private void awaitWell(int number) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            List<Consensus.Role> roles = new ArrayList<>();
            for (Node node : nodes) {
                assertThat(shard(node, number)).hasValueSatisfying(shard -> {
                    assertThat(shard.failure()).isEmpty();
                    roles.add(shard.role());
                });
                assertThat(node.notReady()).isEmpty();
            }
            assertThat(roles)
                    .containsExactlyInAnyOrder(Consensus.Role.LEADER, Consensus.Role.FOLLOWER, Consensus.Role.FOLLOWER);
        });
    }

    private void awaitAgain() throws Exception {
        Node last = nodes.removeLast();
        await().atMost(PATIENCE).until(last::beginsAgain);
        last.awaitClose();
        nodes.add(start("n3"));
    }

    private static void flip(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[8] ^= 1;
        Files.write(file, bytes);
    }

    private List<String> aside() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve("n3").resolve("left"))) {
            return all.map(each -> String.valueOf(each.getFileName()))
                    .map(name -> name.replaceAll("[0-9]{8,}", "T"))
                    .toList();
        }
    }

    @Test
    void whatHaltsComesBackWithoutARestartByHand() throws Exception {
        Shard data = shard(nodes.getLast(), 1).orElseThrow();
        data.giveUp(new IllegalStateException("a bug of a test"));
        await().atMost(PATIENCE)
                .until(() ->
                        shard(nodes.getLast(), 1).filter(now -> now != data).isPresent());
        awaitWell(1);
        assertThat(directory.resolve("n3").resolve("left")).doesNotExist();

        // The start finds it again.
        Shard known = shard(nodes.getLast(), 0).orElseThrow();
        var _ = known.snapshot().get(1, TimeUnit.MINUTES);
        Path manifest = directory
                .resolve("n3")
                .resolve("shards")
                .resolve("0")
                .resolve("journal")
                .resolve("MANIFEST");
        flip(manifest);
        known.giveUp(new CorruptionException(manifest, 0, "a byte that a test has turned"));
        awaitAgain();
        awaitWell(0);
        awaitWell(1);
        assertThat(aside()).containsExactly("0-damaged-T");
    }
}
