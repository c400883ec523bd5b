package io.thalweg.server;

import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.BlockCache;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.raft.FormerRaftLog;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.BackgroundThreads;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * The shards of which this node has replicas, and what they share: memory, which does not grow with their number, and threads for the
 * ledgers' files. Each lives in a folder named by its number.
 */
final class ShardSet implements AutoCloseable {
    private final DirectoryMachine directory;
    private final List<HostedShard> shards;
    private final OpenParts parts;

    private ShardSet(DirectoryMachine directory, List<HostedShard> shards, OpenParts parts) {
        this.directory = directory;
        this.shards = shards;
        this.parts = parts;
    }

    /**
     * Opens the directory's shard and those for data: as many as are asked for, and all that are there.
     *
     * @throws IOException when a file is not what it should be, or a shard is missing; nothing stays open then
     */
    static ShardSet open(NodeOptions options, Disk disk, Clock clock) throws IOException, InterruptedException {
        OpenParts parts = new OpenParts();
        try {
            return new Opening(options, disk, clock, parts).open();
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    /** Shards that are being opened, and what they share. */
    private static final class Opening {
        private final Path directory;
        private final Disk disk;
        private final Clock clock;
        private final OpenParts parts;
        private final int found;
        private final int count;
        private final BlockCache blocks;
        private final ExecutorService ledgerWork;

        Opening(NodeOptions options, Disk disk, Clock clock, OpenParts parts) throws IOException {
            directory = options.data().resolve("shards");
            this.disk = disk;
            this.clock = clock;
            this.parts = parts;
            found = dataShards(directory);
            count = 1 + Math.max(found, options.dataShards());
            // Closed after the shards, whose apply threads hand work to them.
            blocks = parts.opened("block cache", new BlockCache(NodeLimits.LEDGER_BLOCK_BYTES));
            ledgerWork = parts.opened(
                    "ledger background",
                    Executors.newFixedThreadPool(
                            NodeLimits.LEDGER_THREADS, new BackgroundThreads("ledger-background-")));
        }

        /** How many shards for data there are on disk, by the highest number. */
        private static int dataShards(Path directory) throws IOException {
            if (!Files.isDirectory(directory)) {
                return 0;
            }
            try (Stream<Path> folders = Files.list(directory)) {
                return folders.map(folder -> String.valueOf(folder.getFileName()))
                        .filter(name -> name.matches("[0-9]{1,4}"))
                        .mapToInt(Integer::parseInt)
                        .max()
                        .orElse(0);
            }
        }

        ShardSet open() throws IOException, InterruptedException {
            LedgerMachine ledgers = ledgers(0);
            DirectoryMachine machine = new DirectoryMachine(ledgers);
            List<HostedShard> all = new ArrayList<>();
            all.add(open(0, ledgers, machine));
            // What the directory says counts once all of its journal is applied.
            Await.reply(all.getFirst().shard().barrier());
            requireThere(machine.current().dataShards());
            for (int number = 1; number < count; number++) {
                LedgerMachine own = ledgers(number);
                all.add(open(number, own, new PlacementMachine(own)));
            }
            return new ShardSet(machine, List.copyOf(all), parts);
        }

        /** A shard that the directory has placed things on is never begun anew. */
        private void requireThere(int placed) throws IOException {
            for (int number = 1; number <= placed; number++) {
                if (number > found || !Files.isDirectory(place(number))) {
                    throw new IOException("shard " + number
                            + " is missing: the directory has placed logs and ledgers in " + place(number)
                            + "; bring that folder back, as it was at the same time as " + place(0));
                }
            }
        }

        private HostedShard open(int number, LedgerMachine ledgers, Machine first) throws IOException {
            ShardOptions usual = ShardOptions.in(place(number));
            ShardOptions share = usual.withQueueBytesMax(usual.queueBytesMax() / count)
                    .withIndexCacheBytes(usual.indexCacheBytes() / count);
            FormerRaftLog former = new FormerRaftLog(place(number).resolve("raft"));
            Shard shard = parts.opened(
                    "shard " + number, Shard.openLone(share, disk, clock, former.newest(), List.of(first, ledgers)));
            former.remove();
            return new HostedShard(number, shard, ledgers);
        }

        private Path place(int number) {
            return directory.resolve(Integer.toString(number));
        }

        private LedgerMachine ledgers(int number) {
            return new LedgerMachine(
                    disk,
                    place(number).resolve("ledgers"),
                    LedgerOptions.DEFAULT,
                    blocks,
                    ledgerWork,
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

    @Override
    public void close() {
        parts.close();
    }
}
