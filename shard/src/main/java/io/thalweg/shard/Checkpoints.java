package io.thalweg.shard;

import io.thalweg.log.EventIndex;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * When a replica takes snapshots, and how they come to count: the state is captured on the apply thread, which is quick, and made
 * durable on another, one at a time. A failure halts the shard.
 */
final class Checkpoints implements CopyOut.Hold {
    private final ShardOptions options;
    private final Snapshots files;
    private final Executor executor;
    private final Consumer<Throwable> onFailure;

    private volatile boolean wanted;

    /** Whether somebody waits for the end of what is held. */
    private volatile boolean awaited;

    /** Copies that are being sent; guarded by this, as is the beginning of a snapshot. */
    private int held;

    // Written by the apply thread, read by any.
    private volatile long bytesSince;
    private volatile int entriesSince;
    private volatile CompletableFuture<Void> persisted = CompletableFuture.completedFuture(null);

    // Written where snapshots are made durable, read by any.
    private volatile Position covered = Position.NONE;
    private volatile long newestBytes;

    /** @param executor where they are made durable; it blocks on files, and nobody interrupts it */
    Checkpoints(ShardOptions options, Snapshots files, Executor executor, Consumer<Throwable> onFailure) {
        this.options = options;
        this.files = files;
        this.executor = executor;
        this.onFailure = onFailure;
    }

    /** The replica starts from a snapshot that covers this much. */
    void startAt(Position position) {
        covered = position;
    }

    /** What the newest durable snapshot covers. */
    Position covered() {
        return covered;
    }

    /** An entry of so many bytes was applied. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // the apply thread is the only writer
    void applied(int bytes) {
        bytesSince += bytes;
        entriesSince++;
    }

    /** Whether enough was applied since the newest snapshot to pay for another. */
    @Override
    public boolean isDue() {
        // A snapshot is worth taking when what it saves to replay is large in comparison with what it writes.
        return bytesSince >= Math.max(options.snapshotBytes(), 4 * newestBytes)
                || (entriesSince >= options.snapshotEntries() && bytesSince >= newestBytes);
    }

    /** The next {@link #take} begins one. */
    void want() {
        wanted = true;
    }

    boolean isWanted() {
        return wanted;
    }

    /** Completes when the snapshot that is being made is durable, or with its failure; completed when there is none. */
    CompletableFuture<Void> persisted() {
        return persisted;
    }

    /**
     * Takes no snapshot until {@link #release}.
     *
     * @return what the newest durable one covers
     */
    synchronized Position hold() throws IOException {
        if (!persisted.isDone() || covered.index() < 0) {
            throw new CopyOut.LaterException("there is no snapshot to copy at the moment");
        }
        held++;
        return covered;
    }

    @Override
    public synchronized void release() {
        held--;
        notifyAll();
    }

    @Override
    public boolean isInTheWay() {
        return awaited;
    }

    /**
     * Returns when no snapshot is being made durable and no copy is being sent. The caller sees to it that neither begins meanwhile.
     *
     * @throws IOException when the snapshot failed, or the thread was interrupted
     */
    void awaitRest() throws IOException {
        awaited = true;
        try {
            persisted.get();
            synchronized (this) {
                while (held > 0) {
                    wait();
                }
            }
        } catch (ExecutionException e) {
            throw new IOException("the snapshot that was being made failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a snapshot was being made or sent");
        } finally {
            awaited = false;
        }
    }

    synchronized boolean isHeld() {
        return held > 0;
    }

    /** Begins a snapshot as of the newest applied entry if one is wanted; returns what the newest durable one covers. */
    synchronized Position take(Position applied, EventIndex index, ShardState state) throws IOException {
        if (!wanted || held > 0 || !persisted.isDone()) {
            return covered;
        }
        if (applied.equals(covered)) {
            wanted = false;
            return applied;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        EventIndex.Checkpoint checkpoint = index.checkpoint(applied.index());
        ShardState.Captured captured = state.capture();
        bytesSince = 0;
        entriesSince = 0;
        wanted = false;
        persisted = done;
        executor.execute(() -> persist(applied, checkpoint, captured, done));
        return covered;
    }

    /** Makes a captured snapshot count: first what it refers to, then the file, then what only older ones needed goes. */
    private void persist(
            Position position,
            EventIndex.Checkpoint index,
            ShardState.Captured captured,
            CompletableFuture<Void> done) {
        try {
            index.persist();
            captured.persist();
            newestBytes = files.store(position, captured.pieces());
            covered = position;
            captured.published();
            done.complete(null);
        } catch (IOException | RuntimeException e) {
            onFailure.accept(e);
            done.completeExceptionally(e);
        }
    }
}
