package io.thalweg.server;

import io.thalweg.directory.DirectoryMachine;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.BlockCache;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.raft.FormerRaftLog;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.BackgroundThreads;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The shards of which this node has replicas, and what they share: memory for the ledgers' blocks, threads for their files. */
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
     * Opens all shards below a directory.
     *
     * @throws IOException when a file is not what it should be; nothing stays open then
     */
    static ShardSet open(Path directory, Disk disk, Clock clock) throws IOException {
        OpenParts parts = new OpenParts();
        try {
            return open(directory, disk, clock, parts);
        } catch (IOException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    private static ShardSet open(Path directory, Disk disk, Clock clock, OpenParts parts) throws IOException {
        // Closed after the shards, whose apply threads hand work to them.
        BlockCache blocks = parts.opened("block cache", new BlockCache(NodeLimits.LEDGER_BLOCK_BYTES));
        ExecutorService ledgerWork = parts.opened(
                "ledger background",
                Executors.newFixedThreadPool(NodeLimits.LEDGER_THREADS, new BackgroundThreads("ledger-background-")));
        Path place = directory.resolve("0");
        LedgerMachine ledgers = new LedgerMachine(
                disk,
                place.resolve("ledgers"),
                LedgerOptions.DEFAULT,
                blocks,
                ledgerWork,
                NodeLimits.LEDGER_SESSIONS_MAX,
                Damage.Policy.FREEZE);
        DirectoryMachine machine = new DirectoryMachine(ledgers);
        FormerRaftLog former = new FormerRaftLog(place.resolve("raft"));
        Shard shard = parts.opened(
                "shard 0",
                Shard.openLone(ShardOptions.in(place), disk, clock, former.newest(), List.of(machine, ledgers)));
        former.remove();
        return new ShardSet(machine, List.of(new HostedShard(0, shard, ledgers)), parts);
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
