package io.thalweg.testkit;

import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
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
                Entry entry = committed.entry();
                if (entry == null) {
                    replica.skip(committed.index(), committed.term());
                } else {
                    replica.write(committed.index(), committed.term(), entry).join();
                    replica.flush(committed.index()).join();
                    replica.apply(committed.index(), committed.term(), replica.reference(entry));
                }
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
    public Role role() {
        return Role.FOLLOWER;
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        try {
            return CompletableFuture.completedFuture(replica.snapshot().index());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void close() {}
}
