package io.thalweg.shard;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * The port to whatever orders a shard's entries and makes them durable. A lone shard needs no more than its journal, which {@link
 * LoneConsensus} makes an order of; that of a group drives one {@link Replica} on each node, and durable means on a quorum.
 */
public interface Consensus extends AutoCloseable {

    /** What this node is in its group at the moment. */
    enum Role {
        LEADER,
        FOLLOWER,
        CANDIDATE,
        STOPPED
    }

    /**
     * Proposes one entry. The future completes with the replies of applying it once the entry is durable on a quorum
     * and applied on this node, or exceptionally; an exception leaves open whether the entry will be applied, unless it is a
     * {@link io.thalweg.model.ThalwegException} with {@code NOT_LEADER}. Entries proposed by one thread are ordered as proposed.
     */
    CompletableFuture<ByteBuffer> propose(Entry entry);

    Role role();

    /** Takes a snapshot now and lets the consensus drop what it covers; completes with the snapshot's index. */
    CompletableFuture<Long> snapshot();

    /** Called every half second or so by the shard's background work, from one thread at a time; must not block. */
    default void housekeep() {}

    @Override
    void close();
}
