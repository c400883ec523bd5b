package io.thalweg.server.data;

import static org.awaitility.Awaitility.await;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.raft.RatisNode;
import io.thalweg.raft.RatisOptions;
import io.thalweg.raft.ShardGroup;
import io.thalweg.raft.peer.Member;
import io.thalweg.server.routing.Await;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The data directory of a node of a cluster, made without the node. Each shard is a group in which {@code n1} alone votes, so that it can be gone on with in
 * a copy of the directory, too, whosever that is.
 */
public final class GroupData {
    private static final String VOTER = "n1";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Path data;

    private GroupData(Path data) {
        this.data = data;
    }

    /** A directory that is empty. */
    public static GroupData begin(Path data, UUID cluster, String node) throws IOException {
        Files.createDirectories(data);
        var _ = Identity.of(data, Optional.of(cluster), node);
        return new GroupData(data);
    }

    /** A directory that was made before. */
    static GroupData of(Path data) {
        return new GroupData(data);
    }

    /** All that is here now, for another node. */
    public GroupData copy(Path target, UUID cluster, String node) throws IOException {
        GroupData copy = begin(target, cluster, node);
        copyAll(data.resolve("shards"), target.resolve("shards"));
        return copy;
    }

    static void copyAll(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Path there = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(there);
                } else {
                    Files.copy(each, there);
                }
            }
        }
    }

    public Path data() {
        return data;
    }

    ShardFolders folders() throws IOException {
        return ShardFolders.find(data);
    }

    /** What is done with a shard while it is led here. */
    @FunctionalInterface
    public interface Step {
        void take(Shard shard) throws Exception;
    }

    /** Begins a shard, or goes on with it. */
    public void with(int number, Step step) throws Exception {
        ShardFolders folders = folders();
        Path place = folders.place(number);
        Files.createDirectories(place);
        folders.noteBegun(number);
        try (RatisNode ratis = open();
                BlockCache cache = new BlockCache(1 << 20)) {
            LedgerMachine ledgers = new LedgerMachine(
                    new FileDisk(),
                    place.resolve("ledgers"),
                    LedgerOptions.DEFAULT,
                    cache,
                    Runnable::run,
                    10,
                    Damage.Policy.STEP_ASIDE);
            ShardGroup group = new ShardGroup(number, List.of(ratis(1)), folders.raft(number));
            try (Shard shard = Shard.open(
                    ShardOptions.in(place),
                    new FileDisk(),
                    Clock.system(),
                    ratis.shard(group),
                    List.of(
                            number == Bounds.DIRECTORY_SHARD
                                    ? new DirectoryMachine(ledgers)
                                    : new PlacementMachine(ledgers),
                            ledgers))) {
                await().atMost(PATIENCE).until(() -> shard.role() == Consensus.Role.LEADER);
                step.take(shard);
            }
        }
    }

    private static Member ratis(int port) {
        return new Member(VOTER, "127.0.0.1", port);
    }

    private static RatisNode open() throws IOException {
        return RatisNode.open(
                RatisOptions.listening(ratis(freePort())).withElection(Duration.ofMillis(50), Duration.ofMillis(100)));
    }

    /** A port that was free a moment ago. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Orders so many markers. */
    public static void mark(Shard shard, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            Await.reply(shard.barrier());
        }
    }

    /** Has the directory know nodes, in this order, all of them well, and shards for data that are wanted on all of them. */
    public static void seed(Shard directory, int shards, String... nodes) throws InterruptedException {
        SortedMap<Integer, List<String>> placement = new TreeMap<>();
        for (int shard = 1; shard <= shards; shard++) {
            placement.put(shard, List.of(nodes));
        }
        if (shards > 0) {
            run(directory, new DirectoryCommand.OpenShards(shards));
        }
        run(
                directory,
                new DirectoryCommand.ChangeCluster(new ClusterChange.Seed(
                        Stream.of(nodes).map(GroupData::record).toList(), placement)));
    }

    private static NodeRecord record(String id) {
        String number = id.substring(1);
        return new NodeRecord(
                id,
                "127.0.0.1:" + number,
                "http://127.0.0.1:" + number,
                "",
                Collections.emptySortedMap(),
                State.HEALTHY);
    }

    /** Has the directory do something, as the operator. */
    public static void run(Shard directory, DirectoryCommand command) throws InterruptedException {
        var _ = Await.reply(
                new DirectoryClient(directory::submit).submit(Reconciler.NOBODY, Actor.operator(), command));
    }
}
