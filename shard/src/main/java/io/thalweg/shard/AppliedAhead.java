package io.thalweg.shard;

import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * An entry that is applied while the disk still writes it. What it changes is shown to nobody before the consensus applies the
 * entry: the apply thread then takes the replies, and whoever comes first has done the work, it or an executor.
 */
final class AppliedAhead implements Runnable {
    private final long index;
    private final long term;
    private final FutureTask<ByteBuffer> work;
    private final CompletableFuture<Void> settled = new CompletableFuture<>();

    AppliedAhead(long index, long term, Callable<ByteBuffer> work) {
        this.index = index;
        this.term = term;
        this.work = new FutureTask<>(work);
    }

    @Override
    public void run() {
        work.run();
    }

    /** The replies to the entry's requests, which must be the one that was applied ahead. Waits for them. */
    ByteBuffer replies(long appliedIndex, long appliedTerm) {
        if (index != appliedIndex || term != appliedTerm) {
            throw new IllegalStateException("entry " + appliedIndex + " of term " + appliedTerm
                    + " comes where the consensus had promised entry " + index + " of term " + term);
        }
        await();
        return switch (work.state()) {
            case SUCCESS -> work.resultNow();
            default ->
                throw work.exceptionNow() instanceof RuntimeException cause
                        ? cause
                        : new IllegalStateException("applying entry " + index + " failed", work.exceptionNow());
        };
    }

    /** Returns when nothing works on the entry any more. */
    void await() {
        work.run();
        boolean interrupted = false;
        while (!work.isDone()) {
            try {
                var _ = work.get();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Completes when the entry is applied, or never will be. */
    CompletableFuture<Void> settled() {
        return settled;
    }
}
