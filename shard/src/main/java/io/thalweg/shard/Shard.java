package io.thalweg.shard;

import io.thalweg.log.Disk;
import io.thalweg.log.EventReader;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * One shard on this node: the way in for requests, the way out for events. Thread-safe; no method but {@link #open} and
 * {@link #close} blocks.
 */
public final class Shard implements AutoCloseable {

    private Shard() {}

    /**
     * Opens storage and starts the consensus.
     *
     * @param consensus makes the consensus that drives the given replica; the shard closes it
     * @param machines parts of the state beside the streams, which every shard has
     */
    public static Shard open(
            ShardOptions options,
            Disk disk,
            Clock clock,
            Function<Replica, Consensus> consensus,
            List<Machine> machines) {
        return pending();
    }

    /**
     * Has a request ordered, made durable and applied. Completes with {@code Refused} when nothing changed ({@code OVERLOADED}
     * and {@code NOT_LEADER} included); completes exceptionally with a {@link io.thalweg.model.ThalwegException} of code
     * {@code UNAVAILABLE} when it is not known whether the request took or will take effect.
     */
    public CompletableFuture<Reply> submit(Request request) {
        return pending();
    }

    /** Completes when everything that was acknowledged before the call is applied here: a linearizable read follows it. */
    public CompletableFuture<Void> barrier() {
        return pending();
    }

    /** Reads applied events. */
    public EventReader events() {
        return pending();
    }

    /** A stream as of the newest applied entry; empty when there is none (any more). */
    public Optional<StreamStats> stats(StreamId stream) {
        return pending();
    }

    /** Streams of a tenant, sorted. */
    public List<StreamId> streams(TenantId tenant) {
        return pending();
    }

    /** Bytes of all kept event records of a tenant. */
    public long storedBytes(TenantId tenant) {
        return pending();
    }

    public Consensus.Role role() {
        return pending();
    }

    /** Why the shard halted; empty while it is well. */
    public Optional<Throwable> failure() {
        return pending();
    }

    /** Index of the newest applied entry. */
    public long appliedIndex() {
        return pending();
    }

    /** Takes a snapshot now; completes with the index that it covers. */
    public CompletableFuture<Long> snapshot() {
        return pending();
    }

    /** Takes a last snapshot if the shard is well, stops the consensus and closes all files. */
    @Override
    public void close() {
        pending();
    }

    @SuppressWarnings("TypeParameterUnusedInFormals")
    private static <T> T pending() {
        throw new UnsupportedOperationException("comes next");
    }
}
