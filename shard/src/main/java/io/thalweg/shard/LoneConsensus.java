package io.thalweg.shard;

import io.thalweg.log.journal.JournalEntry;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The order of a shard with one replica: there is nobody to agree with, so its journal is its log. An entry is written, forced,
 * applied and answered.
 *
 * <h2>The way of an entry</h2>
 *
 * <pre>
 * propose   order thread   the entry gets its index and is written behind the one before
 * force     order thread   once for all that were proposed since the last; the entries are committed
 * apply     order thread, when no request waits to be ordered; else the apply thread, while the next are written and forced
 * answer    where it was applied
 * </pre>
 *
 * <p>So a request on an idle shard changes the thread twice: from its caller to the order thread, and back. On a busy one a
 * third change buys that both processors work. The order thread is the one that folds requests: {@link #propose} must come from
 * tasks of its executor, and forcing is another such task, which comes when the folding has taken all that waited. A large entry
 * is applied ahead, on the apply thread, while this one writes and forces it.
 *
 * <h2>Recovery</h2>
 *
 * <p>The newest whole snapshot, and then all that the journal has behind it. What was acknowledged was forced before, so it is
 * there. What was not acknowledged may be there: its caller was told that the outcome is unknown, and as nothing is ever
 * replaced, it is kept. The term stays that of the newest entry; a group that goes on from here begins in a later one.
 *
 * <h2>Who vouches for the last frames</h2>
 *
 * <p>Damage to the frames that were forced last looks like a torn write, which a start cuts off. A later frame tells the two apart,
 * since it says how far the file was forced when it was written. On an idle shard none comes, so {@link #housekeep} writes
 * one: an entry without requests.
 */
public final class LoneConsensus implements Consensus {
    /** Less is applied in the time that a thread takes to wake up. */
    private static final int AHEAD_BYTES_MIN = 64 << 10;

    private final LoneReplica replica;
    private final Executor orderThread;
    private final Executor applyThread;
    private final BooleanSupplier requestsWait;

    /**
     * An entry that the journal must have if no snapshot covers it, because a file beside it says so.
     *
     * @param file which says so
     * @param length bytes of the entry's body
     * @param checksum CRC-32C of the body
     */
    public record Known(Path file, long index, long term, int length, int checksum) {
        private boolean is(@Nullable JournalEntry entry) {
            return entry != null
                    && entry.index() == index
                    && entry.term() == term
                    && entry.body().remaining() == length
                    && entry.checksum() == checksum;
        }
    }

    /** What is to be done in the order of the log: one piece at a time, on whichever thread. */
    private sealed interface Step {
        record Apply(JournalEntry entry, CompletableFuture<ByteBuffer> replies) implements Step {}

        record TakeSnapshot(CompletableFuture<Long> index) implements Step {}

        record Rest(CompletableFuture<Void> reached) implements Step {}
    }

    // Of the order thread:
    private final long term;
    private long last;
    private List<Step.Apply> unforced = new ArrayList<>();

    private final Queue<Step> steps = new ConcurrentLinkedQueue<>();
    private final AtomicInteger wakeUps = new AtomicInteger();

    // Written by the order thread, read by housekeeping:
    private volatile long newest;
    private volatile long vouched = -1;

    /** What was the newest when housekeeping came before. */
    private long newestBefore;

    private volatile boolean closed;
    private volatile boolean failed;

    /** Nothing of its own comes into the order. */
    private volatile boolean quiet;

    /** Another consensus drives the replica: no more snapshots from here. */
    private volatile boolean over;

    /**
     * Opens the replica and applies what its journal has behind the snapshot.
     *
     * @param orderThread runs the tasks that propose, one at a time
     * @param applyThread runs one task at a time; another thread
     * @param requestsWait whether more will be proposed at once
     * @param known what the journal must not have lost
     */
    LoneConsensus(
            LoneReplica replica,
            Executor orderThread,
            Executor applyThread,
            BooleanSupplier requestsWait,
            Optional<Known> known) {
        this.replica = replica;
        this.orderThread = orderThread;
        this.applyThread = applyThread;
        this.requestsWait = requestsWait;
        try {
            Position at = recover(known);
            last = at.index();
            term = Math.max(1, at.term());
        } catch (IOException e) {
            throw abandoned(new UncheckedIOException(e));
        } catch (RuntimeException e) {
            throw abandoned(e);
        }
        newest = last;
        newestBefore = last;
    }

    private RuntimeException abandoned(RuntimeException reason) {
        try {
            replica.close();
        } catch (IOException | RuntimeException e) {
            reason.addSuppressed(e);
        }
        return reason;
    }

    private Position recover(Optional<Known> known) throws IOException {
        Position covered = replica.open();
        if (known.isPresent()) {
            require(known.get(), covered);
        }
        long index = covered.index();
        long newestTerm = covered.term();
        for (JournalEntry next = replica.storedBehind(index); next != null; next = replica.storedBehind(index)) {
            var _ = replica.apply(next);
            index = next.index();
            newestTerm = Math.max(newestTerm, next.term());
        }
        return new Position(Math.max(index, replica.storedIndex()), newestTerm);
    }

    private void require(Known known, Position covered) throws IOException {
        if (known.index() > covered.index() && !known.is(replica.storedBehind(known.index() - 1))) {
            throw new CorruptionException(
                    known.file(),
                    0,
                    "refers to entry " + known.index() + " of term " + known.term()
                            + ", which the journal has lost: it ends at entry " + replica.storedIndex());
        }
    }

    // --- the order thread

    @Override
    public CompletableFuture<ByteBuffer> propose(Entry entry) {
        if (closed || failed) {
            return CompletableFuture.failedFuture(
                    new ThalwegException(ErrorCode.UNAVAILABLE, "the shard takes no requests any more"));
        }
        CompletableFuture<ByteBuffer> replies = new CompletableFuture<>();
        try {
            write(entry, replies);
        } catch (IOException | RuntimeException e) {
            fail(e);
            replies.completeExceptionally(e);
        } catch (Error e) {
            fail(e);
            throw e;
        }
        return replies;
    }

    private void write(Entry entry, CompletableFuture<ByteBuffer> replies) throws IOException {
        long index = last + 1;
        if (entry.length() >= AHEAD_BYTES_MIN) {
            replica.applyAhead(index, term, entry);
        }
        unforced.add(new Step.Apply(replica.append(index, term, entry), replies));
        last = index;
        newest = index;
        if (unforced.size() == 1) {
            orderThread.execute(this::force);
        }
    }

    private void force() {
        List<Step.Apply> forced = unforced;
        unforced = new ArrayList<>();
        try {
            if (failed) {
                return;
            }
            replica.force();
        } catch (IOException | RuntimeException e) {
            fail(e);
            return;
        }
        steps.addAll(forced);
        wakeUp(requestsWait.getAsBoolean() || replica.isApplyingAhead());
    }

    // --- the apply thread, or the order thread in its place

    private void wakeUp(boolean elsewhere) {
        if (wakeUps.getAndIncrement() == 0) {
            if (elsewhere) {
                applyThread.execute(this::takeSteps);
            } else {
                takeSteps();
            }
        }
    }

    private void takeSteps() {
        int seen;
        do {
            seen = wakeUps.get();
            for (Step step = steps.poll(); step != null; step = steps.poll()) {
                try {
                    take(step);
                } catch (Error e) {
                    fail(e);
                    throw e;
                }
            }
        } while (!wakeUps.compareAndSet(seen, 0));
    }

    private void take(Step step) {
        switch (step) {
            case Step.Apply(JournalEntry entry, CompletableFuture<ByteBuffer> replies) -> {
                try {
                    replies.complete(replica.apply(entry));
                } catch (RuntimeException e) {
                    fail(e);
                    replies.completeExceptionally(e);
                }
            }
            case Step.TakeSnapshot(CompletableFuture<Long> index) -> {
                try {
                    if (over) {
                        throw new ThalwegException(ErrorCode.UNAVAILABLE, "the shard goes on as a group");
                    }
                    index.complete(replica.snapshot().index());
                } catch (IOException | RuntimeException e) {
                    index.completeExceptionally(e);
                }
            }
            case Step.Rest(CompletableFuture<Void> reached) -> reached.complete(null);
        }
    }

    private void fail(Throwable cause) {
        failed = true;
        replica.fail(cause);
    }

    // --- from any thread

    @Override
    public Standing standing() {
        return new Standing(closed || failed ? Role.STOPPED : Role.LEADER, Optional.empty(), term, newest);
    }

    @Override
    public CompletableFuture<Void> transfer(String member) {
        return CompletableFuture.failedFuture(
                new ThalwegException(ErrorCode.INVALID_REQUEST, "a lone shard has no member " + member));
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        CompletableFuture<Long> index = new CompletableFuture<>();
        steps.add(new Step.TakeSnapshot(index));
        wakeUp(true);
        return index;
    }

    /** {@inheritDoc} There is no other clock here. */
    @Override
    public long stampNs(Clock own) {
        return own.wallNs();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Writes an entry without requests if nothing was ordered since the last call and the newest entry is not such a one already.
     */
    @Override
    public void housekeep() {
        long now = newest;
        if (now == newestBefore && now != vouched && now >= 0) {
            orderThread.execute(() -> vouch(now));
        }
        newestBefore = now;
    }

    private void vouch(long behind) {
        if (last == behind && !quiet) {
            var _ = propose(Entry.of(0, 0, List.of(ByteBuffer.allocate(0)), 0));
            vouched = last;
        }
    }

    // --- when another consensus is to go on from here

    /** Brings nothing of its own into the order until {@link #resume}; completes when all that is in it is applied. */
    CompletableFuture<Void> rest() {
        quiet = true;
        CompletableFuture<Void> reached = new CompletableFuture<>();
        orderThread.execute(() -> rest(reached));
        return reached;
    }

    private void rest(CompletableFuture<Void> reached) {
        if (!unforced.isEmpty() && !failed) {
            orderThread.execute(() -> rest(reached));
            return;
        }
        steps.add(new Step.Rest(reached));
        wakeUp(true);
    }

    /** Goes on as before. */
    void resume() {
        quiet = false;
    }

    /** Takes no snapshot any more; completes when none is being captured. Nothing is proposed afterwards. */
    CompletableFuture<Void> end() {
        over = true;
        return rest();
    }

    @Override
    public void close() {
        closed = true;
    }
}
