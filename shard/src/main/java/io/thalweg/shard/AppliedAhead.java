package io.thalweg.shard;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * An entry that is applied while the disk still writes it. What it changes is shown to nobody before the consensus applies the
 * entry: the apply thread then takes the replies, and whoever comes first has done the work, it or an executor.
 */
final class AppliedAhead implements Runnable {
    private final long index;
    private final long term;
    private final Supplier<ByteBuffer> work;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<ByteBuffer> replies = new CompletableFuture<>();
    private final CompletableFuture<Void> settled = new CompletableFuture<>();

    AppliedAhead(long index, long term, Supplier<ByteBuffer> work) {
        this.index = index;
        this.term = term;
        this.work = work;
    }

    @Override
    public void run() {
        if (begun.compareAndSet(false, true)) {
            try {
                replies.complete(work.get());
            } catch (RuntimeException | Error e) {
                replies.completeExceptionally(e);
            }
        }
    }

    /** The replies to the entry's requests, which must be the one that was applied ahead. Waits for them. */
    ByteBuffer replies(long appliedIndex, long appliedTerm) {
        if (index != appliedIndex || term != appliedTerm) {
            throw new IllegalStateException("entry " + appliedIndex + " of term " + appliedTerm
                    + " comes where the consensus had promised entry " + index + " of term " + term);
        }
        run();
        try {
            return replies.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default ->
                    throw new IllegalStateException("applying entry " + index + " failed", e.getCause());
            }
        }
    }

    /** Returns when nothing works on the entry any more. */
    void await() {
        run();
        var _ = replies.exceptionally(_ -> ByteBuffer.allocate(0)).join();
    }

    /** Whether the replies are there. */
    boolean isDone() {
        return replies.isDone();
    }

    /** Completes when the entry is applied, or never will be. */
    CompletableFuture<Void> settled() {
        return settled;
    }
}
