package io.thalweg.server;

import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.model.LedgerId;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.server.data.DirectoryLock;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ShardRepair;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.thread.BackgroundThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Repairs frozen ledgers of a stopped node: {@link ShardRepair} with the machines of a {@link ShardSet}. Takes the lock of the data
 * directory, so that no node runs beside.
 */
public final class LedgerRepair {
    private LedgerRepair() {}

    /**
     * Repairs every ledger that is frozen, and those that the operator names.
     *
     * @param data directory of the node, which must not run
     * @param named ledgers to make again although nothing is known to be wrong with them
     * @param backup a copy of the data directory to go on from; null to begin with the journal's first entry
     * @param progress told in words how far it is
     * @return whether there was anything to repair
     * @throws IOException when it cannot be done; nothing has changed then
     */
    public static boolean run(Path data, Set<LedgerId> named, @Nullable Path backup, Consumer<String> progress)
            throws IOException {
        boolean repaired = false;
        for (int number = 0; number == 0 || Files.isDirectory(shard(data, number)); number++) {
            repaired |= run(data, number, named, backup, progress);
        }
        return repaired;
    }

    private static boolean run(
            Path data, int number, Set<LedgerId> named, @Nullable Path backup, Consumer<String> progress)
            throws IOException {
        Path shard = shard(data, number);
        if (!Files.isDirectory(shard.resolve("state"))) {
            throw new IOException(data + " is no node's data directory: it has no folder " + shard.resolve("state"));
        }
        Path from = backup == null ? null : shard(backup, number);
        if (from != null && !Files.isDirectory(from.resolve("state"))) {
            throw new IOException(
                    backup + " is no copy of a data directory: it has no folder " + from.resolve("state"));
        }
        FileDisk disk = new FileDisk();
        try (DirectoryLock _ = DirectoryLock.take(data);
                BlockCache cache = new BlockCache(NodeLimits.REPAIR_BLOCK_BYTES);
                ExecutorService background =
                        Executors.newSingleThreadExecutor(new BackgroundThreads("ledger-repair-"))) {
            return new ShardRepair(
                            ShardOptions.in(shard),
                            disk,
                            folder -> {
                                LedgerMachine ledgers = new LedgerMachine(
                                        disk,
                                        folder.resolve("ledgers"),
                                        LedgerOptions.DEFAULT,
                                        cache,
                                        background,
                                        NodeLimits.LEDGER_SESSIONS_MAX,
                                        Damage.Policy.FREEZE);
                                ledgers.condemn(folder.equals(shard) ? named : Set.of());
                                return List.of(
                                        number == 0 ? new DirectoryMachine(ledgers) : new PlacementMachine(ledgers),
                                        ledgers);
                            },
                            progress)
                    .run(from);
        }
    }

    private static Path shard(Path data, int number) {
        return data.resolve("shards").resolve(Integer.toString(number));
    }
}
