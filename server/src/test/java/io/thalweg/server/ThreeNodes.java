package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.certificate.PeerAuthority;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.log.journal.JournalOptions;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.Membership;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.PeerTls;
import io.thalweg.server.config.Tls;
import io.thalweg.server.data.GroupData;
import io.thalweg.server.data.ShardFolders;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The nodes of a cluster in this process, {@code n1} to {@code n3}, each with replicas of all shards. */
final class ThreeNodes implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(1);

    /** As everybody's configuration has them. */
    private final List<ClusterNode> members = new ArrayList<>();

    private final List<Node> nodes = new CopyOnWriteArrayList<>();
    private final UUID cluster = UUID.randomUUID();
    /** Of each, as if it had a process of its own. */
    private final List<Comebacks> comebacks =
            Stream.generate(() -> new Comebacks(System::nanoTime)).limit(3).toList();

    private final Path directory;

    /** Signs for each; null where they talk in the clear. */
    private final @Nullable PeerAuthority authority;

    private final HistorySettings history;
    private int segmentBytes = JournalOptions.SEGMENT_BYTES;

    private ThreeNodes(Path directory, @Nullable PeerAuthority authority, HistorySettings history) {
        this.directory = directory;
        this.authority = authority;
        this.history = history;
    }

    /** Starts them, and waits until all of them have all. */
    static ThreeNodes start(Path directory, int dataShards) throws IOException {
        return startKeeping(directory, dataShards, HistorySettings.DEFAULT);
    }

    /** The same, whose journals' files are complete with as many bytes. */
    static ThreeNodes startWithSegments(Path directory, int dataShards, int bytes) throws IOException {
        ThreeNodes three = new ThreeNodes(directory, null, HistorySettings.DEFAULT);
        three.segmentBytes = bytes;
        return start(three, directory, dataShards);
    }

    /** The same, which keep as much of what views in Java did. */
    static ThreeNodes startKeeping(Path directory, int dataShards, HistorySettings history) throws IOException {
        return start(new ThreeNodes(directory, null, history), directory, dataShards);
    }

    /** The same over mutual TLS, with certificates that are made out to the nodes; they have no agents. */
    static ThreeNodes startOverTls(Path directory, int dataShards) throws IOException {
        PeerAuthority ours = PeerAuthority.create("ours", Instant.now());
        return start(new ThreeNodes(directory, ours, HistorySettings.DEFAULT), directory, dataShards);
    }

    private static ThreeNodes start(ThreeNodes three, Path directory, int dataShards) throws IOException {
        NodeSecrets.makeShared(directory.resolve("secrets"));
        for (int i = 1; i <= 3; i++) {
            three.members.add(new ClusterNode(
                    "n" + i, "127.0.0.1", GroupData.freePort(), URI.create("http://127.0.0.1:" + i), Optional.empty()));
            Path secrets = Files.createDirectories(directory.resolve("n" + i).resolve("secrets"));
            for (String secret : NodeSecrets.SHARED) {
                Files.copy(directory.resolve("secrets").resolve(secret), secrets.resolve(secret));
            }
            ShardFolders.find(directory.resolve("n" + i)).noteNew();
        }
        // None begins before it has heard from all others.
        List<FutureTask<Node>> starts = Stream.of(0, 1, 2)
                .map(i -> new FutureTask<>(() -> three.open(i, dataShards)))
                .toList();
        starts.forEach(start -> Thread.ofPlatform().daemon().start(start));
        for (FutureTask<Node> start : starts) {
            three.nodes.add(started(start));
        }
        for (int number = 0; number <= dataShards; number++) {
            three.awaitWell(number);
        }
        return three;
    }

    private static Node started(FutureTask<Node> start) throws IOException {
        try {
            return start.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new IOException("a node did not start", e);
        }
    }

    private Node open(int i, int dataShards) throws IOException {
        return open(i, dataShards, members);
    }

    private Node open(int i, int dataShards, List<ClusterNode> configured) throws IOException {
        String id = members.get(i).id();
        return Node.start(
                NodeOptions.in(directory.resolve(id))
                        .withId(id)
                        .withHttp("127.0.0.1", 0)
                        .withCompiled(false)
                        .withDataShards(dataShards)
                        .withHistory(history)
                        .withSegmentBytes(segmentBytes)
                        .withMembership(
                                membership(id, new ClusterNodes(cluster, configured, Math.min(3, configured.size())))),
                comebacks.get(i));
    }

    /** Starts a node that knows the others, and is to join when one of them adds it. */
    Node startStranger(String id, int dataShards) throws IOException {
        Path secrets = Files.createDirectories(directory.resolve(id).resolve("secrets"));
        for (String secret : NodeSecrets.SHARED) {
            Files.copy(directory.resolve("secrets").resolve(secret), secrets.resolve(secret));
        }
        ClusterNode own = new ClusterNode(
                id, "127.0.0.1", GroupData.freePort(), URI.create("http://127.0.0.1:9"), Optional.empty());
        members.add(own);
        Node node = Node.start(NodeOptions.in(directory.resolve(id))
                .withId(id)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withDataShards(dataShards)
                .withMembership(new Membership(
                        Optional.of(new HostPort("127.0.0.1", 0)),
                        Optional.of(new ClusterNodes(cluster, members, 3)),
                        true,
                        Map.of(),
                        Optional.empty())));
        nodes.add(node);
        return node;
    }

    /** What an operator says who adds a node that was started. */
    ClusterChange comes(String id) {
        ClusterNode node = members.stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow();
        return new ClusterChange.PutNode(
                new NodeRecord(id, node.peer(), node.http().toString(), "", new TreeMap<>(), NodeRecord.State.JOINING));
    }

    private Membership membership(String id, ClusterNodes configured) throws IOException {
        PeerAuthority signs = authority;
        if (signs == null) {
            return Membership.ALONE.withCluster(configured).withAgent(new HostPort("127.0.0.1", 0));
        }
        PeerAuthority.Issued issued = signs.issue(id, List.of("127.0.0.1"), Instant.now());
        Path place = directory.resolve(id);
        PeerTls tls = new PeerTls(
                new Tls(
                        Files.writeString(place.resolve("peer.pem"), issued.certificate()),
                        Files.writeString(place.resolve("peer-key.pem"), issued.key())),
                Files.writeString(place.resolve("ca.pem"), signs.issued().certificate()),
                null);
        return new Membership(Optional.empty(), Optional.of(configured), false, Map.of(), Optional.of(tls));
    }

    Node node(int i) {
        return nodes.get(i);
    }

    /** Closes a node, if it is not closed yet, and starts it again. */
    void startAgain(int i, int dataShards) throws IOException {
        nodes.get(i).close();
        nodes.set(i, open(i, dataShards));
    }

    /** A node that is closed has nothing any more but what it shares with the others. */
    void loseDisk(int i) throws IOException {
        Path place = directory.resolve(members.get(i).id());
        try (Stream<Path> all = Files.walk(place)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!each.startsWith(place.resolve("secrets")) && !each.equals(place)) {
                    Files.delete(each);
                }
            }
        }
    }

    /** To be run: starts a node that is closed, for as long as it waits for others. */
    FutureTask<Node> start(int i, int dataShards) {
        return new FutureTask<>(() -> {
            Node node = open(i, dataShards);
            nodes.set(i, node);
            return node;
        });
    }

    /** The same with a configuration that has only the first nodes, as of before others came. */
    FutureTask<Node> startKnowing(int known, int i, int dataShards) {
        return new FutureTask<>(() -> open(i, dataShards, members.subList(0, known)));
    }

    /** Starts a node that is closed again, at another address, of which the others know nothing. Returns that address. */
    String startElsewhere(int i, int dataShards) throws IOException {
        List<ClusterNode> configured = new ArrayList<>(members);
        configured.set(i, elsewhere(i));
        nodes.set(i, open(i, dataShards, configured));
        return configured.get(i).peer();
    }

    /** Has all configurations give all nodes other addresses from now on. */
    void moveAll() throws IOException {
        for (int i = 0; i < 3; i++) {
            members.set(i, elsewhere(i));
        }
    }

    private ClusterNode elsewhere(int i) throws IOException {
        ClusterNode before = members.get(i);
        return new ClusterNode(before.id(), before.peerHost(), GroupData.freePort(), before.http(), before.agent());
    }

    Optional<Shard> shard(int i, int number) {
        return nodes.get(i).shards().hosted().stream()
                .filter(home -> home.number() == number)
                .map(HostedShard::shard)
                .findFirst();
    }

    /** Until each has a replica that leads or follows. */
    void awaitWell(int number) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            List<Consensus.Role> roles = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                assertThat(shard(i, number)).hasValueSatisfying(shard -> {
                    assertThat(shard.failure()).isEmpty();
                    roles.add(shard.role());
                });
            }
            assertThat(roles)
                    .containsExactlyInAnyOrder(Consensus.Role.LEADER, Consensus.Role.FOLLOWER, Consensus.Role.FOLLOWER);
        });
    }

    /** All at once: whoever is last alone waits for a majority, to which he has something to report. */
    @Override
    public void close() {
        closeAll();
    }

    /** The same before they start again. */
    void closeAll() {
        CompletableFuture.allOf(nodes.stream()
                        .map(node -> CompletableFuture.runAsync(
                                node::close, task -> Thread.ofPlatform().start(task)))
                        .toArray(CompletableFuture<?>[]::new))
                .join();
    }
}
