package io.thalweg.server.data;

import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.server.routing.Administration;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A directory without a node around it, and how much was ordered in it. */
public final class LoneDirectory implements AutoCloseable {
    private final BlockCache cache = new BlockCache(1 << 20);
    private final AtomicInteger ordered = new AtomicInteger();
    private final Shard shard;
    private final DirectoryClient client;
    private final Administration administration;

    public LoneDirectory(Path place) throws IOException {
        LedgerMachine ledgers = new LedgerMachine(
                new FileDisk(),
                place.resolve("ledgers"),
                LedgerOptions.DEFAULT,
                cache,
                Runnable::run,
                10,
                Damage.Policy.FREEZE);
        DirectoryMachine machine = new DirectoryMachine(ledgers);
        shard = Shard.openLone(
                ShardOptions.in(place), new FileDisk(), Clock.system(), Optional.empty(), List.of(machine, ledgers));
        client = new DirectoryClient(this::submit);
        administration = new Administration(client, machine, Administration.Others.NONE);
    }

    private CompletableFuture<Reply> submit(Request request) {
        ordered.incrementAndGet();
        return shard.submit(request);
    }

    public Shard shard() {
        return shard;
    }

    public DirectoryClient client() {
        return client;
    }

    public Administration administration() {
        return administration;
    }

    public ClusterState cluster() {
        return administration.directory().cluster();
    }

    /** How many commands the directory was given, whatever it said to them. */
    public int ordered() {
        return ordered.get();
    }

    public void change(ClusterChange change) throws InterruptedException {
        GroupData.run(shard, new DirectoryCommand.ChangeCluster(change));
    }

    @Override
    public void close() {
        shard.close();
        cache.close();
    }
}
