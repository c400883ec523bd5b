package io.thalweg.raft;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives a {@link Replica} as Ratis' state machine that keeps its own data.
 *
 * <p><b>Order.</b> Ratis calls {@link #write} and {@link #truncate} under the lock of its log, one at a time and in log
 * order, from whatever thread appends; {@link #flush} from its log worker, after the writes that it covers have completed;
 * {@link #applyTransaction}, {@link #notifyTermIndexUpdated} and {@link #takeSnapshot} from its updater thread.
 *
 * <p><b>Failure freezes.</b> If Ratis learnt of a failed write or flush, it would close its log, and closing writes what it
 * had buffered: references whose bodies were never forced, which at the next start could not be told from lost data. So it
 * does not learn: the future that it waits for is held back, its worker waits, nothing more is acknowledged, applied or
 * written, and the replica is told. {@link #releaseHeldStores} lets the threads go when the group is closed.
 */
final class ReplicaStateMachine extends BaseStateMachine {
    private static final Logger log = LoggerFactory.getLogger(ReplicaStateMachine.class);

    private final Replica replica;
    private final String name;
    private final RaftDirectory directory;
    private final RecentEntries recent;
    private final Consumer<Throwable> onFailure;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CompletableFuture<Consensus.Role> leading = new CompletableFuture<>();
    private final HeldFutures heldApplies = new HeldFutures();
    private final HeldFutures heldStores = new HeldFutures();
    private volatile Position covered;
    private volatile long writtenIndex;
    private volatile long flushedIndex;
    private volatile boolean closing;

    /**
     * @param covered what {@link Replica#open} returned
     * @param lastIndex the newest entry in the Raft log, which is durable; -1 when there is none
     * @param onFailure told once, from any thread, after the replica was told
     */
    ReplicaStateMachine(
            String name,
            Replica replica,
            Position covered,
            long lastIndex,
            RaftDirectory directory,
            RecentEntries recent,
            Consumer<Throwable> onFailure) {
        this.name = name;
        this.replica = replica;
        this.covered = covered;
        this.writtenIndex = lastIndex;
        this.flushedIndex = lastIndex;
        this.directory = directory;
        this.recent = recent;
        this.onFailure = onFailure;
        setLastAppliedTermIndex(TermIndex.valueOf(covered.term(), covered.index()));
    }

    // ---- proposing

    @Override
    public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
        if (!(request.getMessage() instanceof Proposal proposal)) {
            throw new IOException(name + " takes entries from this process only");
        }
        Entry entry = proposal.entry();
        return TransactionContext.newBuilder()
                .setStateMachine(this)
                .setClientRequest(request)
                .setLogData(EntryForm.logData(entry, replica.reference(entry)))
                .setStateMachineData(proposal.getContent())
                .setStateMachineContext(proposal)
                .build();
    }

    @Override
    public TransactionContext preAppendTransaction(TransactionContext transaction) {
        if (transaction.getStateMachineContext() instanceof Proposal proposal) {
            proposal.markOrdered();
        }
        return transaction;
    }

    // ---- storing

    /**
     * Does not make Ratis' log worker wait for the write: the flush that follows waits for all writes before it, and until then
     * the reference only stands in the worker's buffer.
     */
    @Override
    public CompletableFuture<?> write(LogEntryProto proto, @Nullable TransactionContext transaction) {
        if (failed()) {
            return heldStores.hold();
        }
        long index = proto.getIndex();
        long term = proto.getTerm();
        CompletableFuture<?> written;
        try {
            Entry entry = transaction != null && transaction.getStateMachineContext() instanceof Proposal proposal
                    ? proposal.entry()
                    : EntryForm.entry(proto);
            CompletableFuture<Void> stored = replica.write(index, term, entry);
            // While closing nobody may flush any more, yet Ratis will still write its buffer: see close of
            // RatisConsensus.
            written = closing ? stored.thenCompose(_ -> replica.flush(index)) : stored;
            recent.add(index, term, entry, written);
            writtenIndex = index;
        } catch (RuntimeException e) {
            written = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<?> stored = guarded(written, "storing entry " + index);
        return closing ? stored : CompletableFuture.allOf();
    }

    @Override
    public CompletableFuture<Void> flush(long index) {
        if (failed()) {
            return heldStores.hold();
        }
        long upTo = writtenIndex;
        CompletableFuture<Void> flushed;
        try {
            directory.forceIfChanged();
            flushed = upTo <= flushedIndex ? CompletableFuture.allOf() : replica.flush(index);
        } catch (IOException | RuntimeException e) {
            flushed = CompletableFuture.failedFuture(e);
        }
        return guarded(flushed.thenRun(() -> flushedIndex = Math.max(flushedIndex, index)), "flushing to " + index);
    }

    /** Ratis' documentation calls the argument the last index that stays; its log passes the first that goes. */
    @Override
    public CompletableFuture<Void> truncate(long firstDropped) {
        if (failed()) {
            return heldStores.hold();
        }
        CompletableFuture<Void> truncated;
        try {
            recent.truncate(firstDropped);
            writtenIndex = Math.min(writtenIndex, firstDropped - 1);
            flushedIndex = Math.min(flushedIndex, firstDropped - 1);
            truncated = replica.truncate(firstDropped - 1);
        } catch (RuntimeException e) {
            truncated = CompletableFuture.failedFuture(e);
        }
        return guarded(truncated, "truncating to " + (firstDropped - 1));
    }

    /** The body again, for a follower. */
    @Override
    public CompletableFuture<ByteString> read(LogEntryProto proto, @Nullable TransactionContext transaction) {
        long index = proto.getIndex();
        long term = proto.getTerm();
        try {
            Entry entry = recent.find(index, term);
            if (entry == null) {
                entry = replica.read(index, term, EntryForm.reference(proto));
            }
            return CompletableFuture.completedFuture(EntryForm.wrap(entry.body()));
        } catch (IOException | RuntimeException e) {
            if (e instanceof CorruptionException) {
                fail(e);
            }
            return CompletableFuture.failedFuture(new ReadBackException(index, e));
        }
    }

    // ---- applying

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        if (failed()) {
            return heldApplies.hold();
        }
        LogEntryProto proto = transaction.getLogEntry();
        try {
            ByteBuffer reply = replica.apply(proto.getIndex(), proto.getTerm(), EntryForm.reference(proto));
            updateLastAppliedTermIndex(proto.getTerm(), proto.getIndex());
            return CompletableFuture.completedFuture(
                    Message.valueOf(UnsafeByteOperations.unsafeWrap(reply), () -> "reply"));
        } catch (RuntimeException | Error e) {
            fail(new IllegalStateException("applying entry " + proto.getIndex() + " of " + name + " failed", e));
            return heldApplies.hold();
        }
    }

    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        if (failed()) {
            return;
        }
        try {
            replica.skip(index, term);
            updateLastAppliedTermIndex(term, index);
        } catch (RuntimeException | Error e) {
            fail(new IllegalStateException("skipping entry " + index + " of " + name + " failed", e));
        }
    }

    // ---- snapshots

    /** Returns -1 if it failed, for if it threw, Ratis would never answer a request for a snapshot again. */
    @Override
    public long takeSnapshot() {
        if (failed()) {
            return -1;
        }
        try {
            TermIndex applied = getLastAppliedTermIndex();
            if (applied.getIndex() > covered.index()) {
                Position taken = replica.snapshot();
                if (taken.index() > applied.getIndex() || taken.index() < covered.index()) {
                    throw new IllegalStateException("snapshot covers " + taken.index() + ", expected " + covered.index()
                            + " to " + applied.getIndex());
                }
                covered = taken;
            }
            return covered.index();
        } catch (IOException | RuntimeException e) {
            log.error("{}: taking a snapshot failed", name, e);
            return -1;
        }
    }

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        Position position = covered;
        return position.index() < 0 ? null : new Covered(TermIndex.valueOf(position.term(), position.index()));
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return new OwnStorage(this);
    }

    /** What another node needs is behind what the leader's log still has. */
    @Override
    @SuppressWarnings("NullAway") // null tells Ratis that there is no snapshot to be had
    public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(
            RoleInfoProto role, TermIndex firstInLeadersLog) {
        fail(new IllegalStateException(name + " is too far behind: its log ends before entry "
                + firstInLeadersLog.getIndex() + ", the first that the leader still has. Sending a snapshot to another"
                + " node is not built yet: stop this node, copy the shard's directory from a stopped member that is up"
                + " to date, and start it again"));
        return CompletableFuture.completedFuture(null);
    }

    // ---- events

    @Override
    public void notifyLeaderReady() {
        leading.complete(Consensus.Role.LEADER);
    }

    /** Ratis could not write its own log, or could not read a body back for a follower. */
    @Override
    public void notifyLogFailed(@Nullable Throwable cause, @Nullable LogEntryProto entry) {
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof ReadBackException) {
                log.warn("{}: {}", name, t.getMessage(), t);
                return;
            }
        }
        fail(new IOException("the raft log of " + name + " failed", cause));
    }

    /** Called by Ratis when the group's updater ends, be it that we closed it or that Ratis gave up. */
    @Override
    public void close() {
        if (!closing) {
            fail(new IllegalStateException("Ratis stopped " + name + " on its own; its log says why"));
        }
    }

    // ---- for RatisConsensus

    /** Completes when this node first leads and may take proposals; exceptionally when it fails before. */
    CompletableFuture<Consensus.Role> leading() {
        return leading;
    }

    /** From now on every write is forced at once. */
    void startClosing() {
        closing = true;
    }

    long writtenIndex() {
        return writtenIndex;
    }

    /** Up to here bodies are durable; an entry of this run behind it must not stay in the Raft log's file. */
    long flushedIndex() {
        return flushedIndex;
    }

    @Nullable
    Throwable failure() {
        return failure.get();
    }

    void fail(Throwable cause) {
        if (!failure.compareAndSet(null, cause)) {
            return;
        }
        log.error("{} halts: nothing more is acknowledged", name, cause);
        leading.completeExceptionally(cause);
        try {
            replica.fail(cause);
        } finally {
            onFailure.accept(cause);
        }
    }

    void releaseHeldApplies() {
        heldApplies.release(halted());
    }

    void releaseHeldStores() {
        heldStores.release(halted());
    }

    @Override
    public String toString() {
        return name;
    }

    private IOException halted() {
        return new IOException(name + " has halted", failure.get());
    }

    private boolean failed() {
        return failure.get() != null;
    }

    /** Passes success on; keeps a failure from Ratis. */
    private <T> CompletableFuture<T> guarded(CompletableFuture<? extends T> store, String what) {
        CompletableFuture<T> told = new CompletableFuture<>();
        CompletableFuture<?> _ = store.whenComplete((value, error) -> {
            if (error == null) {
                told.complete(value);
            } else {
                heldStores.hold(told);
                fail(new IOException(what + " of " + name + " failed", error));
            }
        });
        return told;
    }

    /** A snapshot as Ratis sees it: a position. It has no files to send. */
    private record Covered(TermIndex position) implements SnapshotInfo {
        @Override
        public TermIndex getTermIndex() {
            return position;
        }

        @Override
        public List<FileInfo> getFiles() {
            return List.of();
        }
    }

    /** The replica keeps its snapshots itself and drops old ones itself. */
    private record OwnStorage(ReplicaStateMachine machine) implements StateMachineStorage {
        @Override
        public void init(RaftStorage storage) {}

        @Override
        public @Nullable SnapshotInfo getLatestSnapshot() {
            return machine.getLatestSnapshot();
        }

        @Override
        public void format() {}

        @Override
        public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) {}
    }

    private static final class ReadBackException extends IOException {
        ReadBackException(long index, Throwable cause) {
            super("the body of entry " + index + " cannot be read back for a follower: " + cause.getMessage(), cause);
        }
    }
}
