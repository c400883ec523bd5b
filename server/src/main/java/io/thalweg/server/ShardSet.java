package io.thalweg.server;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.forward.Forwarding;
import io.thalweg.cluster.forward.PeerWire;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.TrialDisk;
import io.thalweg.raft.FormerRaftLog;
import io.thalweg.raft.RatisNode;
import io.thalweg.raft.ShardGroup;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.data.ShardFolders;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.BackgroundThreads;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.StateVerifier;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.machine.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The shards of which this node has replicas, and what they share: memory, which does not grow with their number, and threads for the
 * ledgers' files. Each lives in a folder named by its number.
 */
final class ShardSet implements AutoCloseable {
    private final DirectoryMachine directory;
    private final List<HostedShard> shards;
    private final int dataShards;
    private final OpenParts parts;

    private ShardSet(DirectoryMachine directory, List<HostedShard> shards, int dataShards, OpenParts parts) {
        this.directory = directory;
        this.shards = shards;
        this.dataShards = dataShards;
        this.parts = parts;
    }

    /**
     * Opens the directory's shard and those for data. A node alone opens as many as are asked for, and all that are there, each a lone
     * shard; a node of a cluster those of which it holds replicas, each a group, and does not wait until the others are there.
     *
     * @param peers the other nodes; there are none for a node alone
     * @throws IOException when a file is not what it should be, or a shard is missing; nothing stays open then
     */
    static ShardSet open(NodeOptions options, TrialDisk disk, Clock clock, Optional<Peers> peers)
            throws IOException, InterruptedException {
        OpenParts parts = new OpenParts();
        try {
            return new Opening(options, disk, clock, peers, parts).open();
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    /** Runs what it is given when a leader may have been found meanwhile. */
    private static final Executor LATER = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);

    /** How this node takes part in groups. */
    private record Grouping(ClusterNodes cluster, String self, RatisNode ratis, PeerWire road) {
        boolean holds(int shard) {
            return cluster.holders(shard).stream().anyMatch(node -> node.id().equals(self));
        }

        ShardGroup group(int shard, Path place) {
            return new ShardGroup(
                    shard,
                    cluster.holders(shard).stream().map(ClusterNode::member).toList(),
                    place.resolve("raft"));
        }
    }

    /** Shards that are being opened, and what they share. */
    private static final class Opening {
        private final TrialDisk disk;
        private final Clock clock;
        private final Optional<Grouping> grouping;
        private final OpenParts parts;
        private final ShardFolders folders;
        private final int count;
        private final BlockCache blocks;
        private final ExecutorService ledgerWork;

        Opening(NodeOptions options, TrialDisk disk, Clock clock, Optional<Peers> peers, OpenParts parts)
                throws IOException {
            this.disk = disk;
            this.clock = clock;
            this.parts = parts;
            folders = ShardFolders.find(options.data());
            count = 1 + Math.max(folders.highest(), options.dataShards());
            // Closed after the shards, whose apply threads hand work to them.
            ExecutorService readers = parts.opened(
                    "ledger readers",
                    Executors.newFixedThreadPool(
                            NodeLimits.LEDGER_READERS,
                            Thread.ofPlatform()
                                    .daemon()
                                    .name("ledger-reader-", 0)
                                    .factory()));
            blocks = parts.opened("block cache", new BlockCache(options.ledgerCacheBytes(), readers));
            ledgerWork = parts.opened(
                    "ledger background",
                    Executors.newFixedThreadPool(
                            NodeLimits.LEDGER_THREADS, new BackgroundThreads("ledger-background-")));
            grouping = peers.map(others -> new Grouping(others.nodes(), options.id(), others.ratis(), others.road()));
        }

        ShardSet open() throws IOException, InterruptedException {
            LedgerMachine ledgers = ledgers(disk, ledgerWork, 0);
            DirectoryMachine machine = new DirectoryMachine(ledgers);
            if (grouping.isPresent()) {
                return openGroups(grouping.get(), machine, ledgers);
            }
            disk.proveWith(() -> {
                folders.requireThere(machine.current().dataShards());
                for (int number = 1; number <= folders.highest(); number++) {
                    rehearse(number);
                }
            });
            List<HostedShard> all = new ArrayList<>();
            all.add(open(0, ledgers, machine));
            // What the directory says counts once all of its journal is applied.
            Await.reply(all.getFirst().shard().barrier());
            folders.requireThere(machine.current().dataShards());
            for (int number = 1; number < count; number++) {
                LedgerMachine own = ledgers(disk, ledgerWork, number);
                all.add(open(number, own, new PlacementMachine(own)));
            }
            return new ShardSet(machine, List.copyOf(all), count - 1, parts);
        }

        /** What is in a group's journal is proved by the others of the group, and what the directory says comes with it. */
        private ShardSet openGroups(Grouping with, DirectoryMachine machine, LedgerMachine ledgers) throws IOException {
            List<HostedShard> all = new ArrayList<>();
            all.add(open(0, ledgers, machine));
            for (int number = 1; number < count; number++) {
                if (with.holds(number)) {
                    LedgerMachine own = ledgers(disk, ledgerWork, number);
                    all.add(open(number, own, new PlacementMachine(own)));
                }
            }
            return new ShardSet(machine, List.copyOf(all), count - 1, parts);
        }

        /**
         * Starts one of the other shards without effect, for what it refuses it has to refuse before the first one's start has
         * changed anything. All together on one trial would keep in memory what the first one writes until the last one is open.
         */
        private void rehearse(int number) throws IOException {
            try (TrialDisk rehearsal = disk.rehearsal()) {
                LedgerMachine own = ledgers(rehearsal, Runnable::run, number);
                try {
                    StateVerifier.rehearse(
                            ShardOptions.in(folders.place(number)), rehearsal, List.of(new PlacementMachine(own), own));
                } finally {
                    own.close();
                }
            }
        }

        private HostedShard open(int number, LedgerMachine ledgers, Machine first) throws IOException {
            ShardOptions usual = ShardOptions.in(folders.place(number));
            ShardOptions share = usual.withQueueBytesMax(usual.queueBytesMax() / count)
                    .withIndexCacheBytes(usual.indexCacheBytes() / count);
            return grouping.isPresent()
                    ? openGroup(grouping.get(), share, number, ledgers, first)
                    : openLone(share, number, ledgers, first);
        }

        private HostedShard openGroup(
                Grouping with, ShardOptions share, int number, LedgerMachine ledgers, Machine first) {
            CompletableFuture<Forwarding> group = new CompletableFuture<>();
            Shard shard = parts.opened(
                    "shard " + number,
                    Shard.open(
                            share,
                            disk,
                            clock,
                            replica -> {
                                Forwarding made = Forwarding.over(
                                        number,
                                        with.self,
                                        replica,
                                        with.ratis.shard(with.group(number, folders.place(number))),
                                        with.road,
                                        LATER,
                                        clock);
                                group.complete(made);
                                return made;
                            },
                            List.of(first, ledgers)));
            return new HostedShard(number, shard, ledgers, Optional.of(group.join()));
        }

        private HostedShard openLone(ShardOptions share, int number, LedgerMachine ledgers, Machine first)
                throws IOException {
            FormerRaftLog former = new FormerRaftLog(folders.place(number).resolve("raft"));
            Shard shard;
            try {
                shard = parts.opened(
                        "shard " + number,
                        Shard.openLone(share, disk, clock, former.newest(), List.of(first, ledgers)));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            former.remove();
            return new HostedShard(number, shard, ledgers, Optional.empty());
        }

        private LedgerMachine ledgers(Disk disk, Executor background, int number) {
            return new LedgerMachine(
                    disk,
                    folders.place(number).resolve("ledgers"),
                    LedgerOptions.DEFAULT,
                    blocks,
                    background,
                    NodeLimits.LEDGER_SESSIONS_MAX,
                    Damage.Policy.FREEZE);
        }
    }

    /** The directory, which is a part of shard 0. */
    DirectoryMachine directory() {
        return directory;
    }

    /** All of them; the first is the directory's. */
    List<HostedShard> all() {
        return shards;
    }

    /** How many shards for data there are, on this node and on others. */
    int dataShards() {
        return dataShards;
    }

    @Override
    public void close() {
        parts.close();
    }
}
