package io.thalweg.testkit;

import io.thalweg.ports.clock.Clock;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Feeds a replica that never saw anything what a {@link Quorum} committed, from the first entry to the last, and nothing else.
 * The state that comes out is what every other replica's must equal. Meant for executors that run at once.
 */
public final class ReplayConsensus implements Consensus {
    private final Replica replica;

    public ReplayConsensus(Replica replica, List<Quorum.Committed> entries) {
        this.replica = replica;
        try {
            replica.open();
            for (Quorum.Committed committed : entries) {
                replica.apply(committed.index(), committed.term(), committed.entry());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public CompletableFuture<ByteBuffer> propose(Entry entry) {
        throw new UnsupportedOperationException("a replay takes no new entries");
    }

    @Override
    public Standing standing() {
        return new Standing(Role.FOLLOWER, Optional.empty(), 0, -1);
    }

    @Override
    public CompletableFuture<Void> transfer(String member) {
        throw new UnsupportedOperationException("a replay has no members");
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        try {
            return CompletableFuture.completedFuture(replica.snapshot().index());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** {@inheritDoc} Nothing is proposed here. */
    @Override
    public long stampNs(Clock own) {
        return own.wallNs();
    }

    @Override
    public void housekeep() {}

    @Override
    public void close() {}
}
