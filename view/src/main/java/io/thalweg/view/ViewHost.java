package io.thalweg.view;

import io.thalweg.log.Disk;
import io.thalweg.log.EventReader;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Runs all views of a node. Thread-safe; it never blocks a caller except in {@link #query}, and never slows a write.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ViewHost implements AutoCloseable {

    private ViewHost() {}

    /**
     * Starts a host without any view.
     *
     * @param events the reader of the shard that a stream lives in
     */
    public static ViewHost open(
            ViewHostOptions options,
            Disk disk,
            InstantSource clock,
            Function<StreamId, EventReader> events,
            DeadLetters deadLetters,
            Takeover takeover) {
        throw new UnsupportedOperationException("follows soon");
    }

    /**
     * Makes one view run as described: starts versions that are new, stops and deletes those that are gone, pauses, resumes, moves
     * queries to the active version in one step, and wakes a version parked at a sequence that is now skipped. Returns at once; the
     * same description again changes nothing.
     */
    public void apply(ViewSpec spec) {
        throw new UnsupportedOperationException("follows soon");
    }

    /** Stops a view and deletes its state; unknown views are ignored. Completes when nothing is left of it. */
    public CompletableFuture<Void> remove(ViewId view) {
        throw new UnsupportedOperationException("follows soon");
    }

    /** {@link #apply}s all of these, and removes everything else, also from the disk. To be called once at start with all that there is. */
    public void reconcile(Collection<ViewSpec> all) {
        throw new UnsupportedOperationException("follows soon");
    }

    /**
     * Asks the active version.
     *
     * @param after the answer must reflect this sequence; 0 for whatever the view knows now
     * @param deadline longest wait for {@code after} and for a turn
     * @throws io.thalweg.model.ThalwegException {@code NOT_FOUND}; {@code VIEW_PARKED} or {@code VIEW_PAUSED} when {@code after} cannot be
     *     reached; {@code VIEW_FAILED} when the view cannot run or its code trapped; {@code OVERLOADED} when too many queries wait
     */
    public QueryOutcome query(ViewId view, ViewQuery query, long after, Duration deadline) throws InterruptedException {
        throw new UnsupportedOperationException("follows soon");
    }

    /** Asks one version, active or not; otherwise like the shorter form. */
    public QueryOutcome query(ViewId view, int version, ViewQuery query, long after, Duration deadline)
            throws InterruptedException {
        throw new UnsupportedOperationException("follows soon");
    }

    /** All versions of a view, oldest first; empty when there is no such view. */
    public List<VersionStatus> status(ViewId view) {
        throw new UnsupportedOperationException("follows soon");
    }

    /** All versions of all views. */
    public List<VersionStatus> status() {
        throw new UnsupportedOperationException("follows soon");
    }

    /** Makes a parked or failed version try again; throws {@code NOT_FOUND} when there is none such. */
    public void retry(ViewId view, int version) {
        throw new UnsupportedOperationException("follows soon");
    }

    /** Makes the state durable now; completes with the sequence that it reflects. */
    public CompletableFuture<Long> snapshot(ViewId view, int version) {
        throw new UnsupportedOperationException("follows soon");
    }

    /** Wall-clock nanoseconds spent in the code of a tenant's views since the host started, removed ones included. */
    public long computeNs(TenantId tenant) {
        throw new UnsupportedOperationException("follows soon");
    }

    /** Stops all views in order, each with a snapshot; returns when their state is durable. */
    @Override
    public void close() {}
}
