package io.thalweg.view.follow;

import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.view.DeadLetters;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.Takeover;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewQuery;
import io.thalweg.view.schedule.ViewThreads;
import io.thalweg.view.state.SnapshotFile;
import io.thalweg.view.state.StateKeeper;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * One version of a view that runs, as its host sees it: takes orders and questions from any thread, and tells how the version is doing.
 * The work is done by its {@link LifeCycle}, on the host's workers; {@link Wishes} and a line of queries lead there, a {@link Report} back.
 */
public final class Follower {
    static final String ENDED = "view is being stopped";

    /** Who it is, for everyone else. */
    public record Identity(TenantId tenant, ViewId view, int version, StreamId stream) {
        @Override
        public String toString() {
            return "view " + view + " version " + version;
        }
    }

    /**
     * What a follower needs of its host.
     *
     * @param compare time in the stream from one place to the next at which the state is looked at
     */
    public record Surroundings(
            Clock clock,
            EventReader reader,
            DeadLetters deadLetters,
            Takeover takeover,
            KeeperFactory keepers,
            LongAdder tenantComputeNs,
            Supplier<MemoryGrant> memory,
            long sliceNs,
            Duration compare,
            int tries,
            int maxQueuedQueries) {}

    /** Makes the place of a version's state, once its code is known. */
    @FunctionalInterface
    public interface KeeperFactory {
        StateKeeper keeper(SnapshotFile.Owner owner, boolean usesIndex, ViewLimits limits);
    }

    public final Identity id;
    private final Surroundings around;
    private final Wishes wishes;
    private final QueryLine queries;
    private final LifeCycle life;
    private final RateMeter rate = new RateMeter();

    public Follower(Identity id, VersionSpec spec, boolean active, Surroundings around, ViewThreads threads) {
        this.id = id;
        this.around = around;
        this.wishes = new Wishes(spec, active);
        this.queries = new QueryLine(around.maxQueuedQueries());
        this.life = new LifeCycle(id, wishes, queries, around, threads);
    }

    /** Turns begin; until then everything else is only noted. */
    public void begin() {
        wishes.begun = true;
        life.signal();
    }

    /** There may be new events, or something else changed outside. */
    public void signal() {
        life.signal();
    }

    public void update(VersionSpec spec, boolean active) {
        wishes.spec = spec;
        wishes.active = active;
        life.signal();
    }

    /** False when there is nothing to retry. */
    public boolean retry() {
        Report seen = life.report();
        if (seen.blockedAt() == null && !(seen.phase() instanceof Phase.Failed)) {
            return false;
        }
        wishes.retry = true;
        life.signal();
        return true;
    }

    /**
     * Makes the state again, from one that does not reflect {@code sequence} or from the stream. That is done once.
     *
     * @param gone run when nothing is left of the one that was, for good, on any thread
     * @return false if it was done before, or is under way
     */
    public boolean renew(long sequence, Runnable gone) {
        boolean first = wishes.renewal.compareAndSet(null, new Wishes.Renewal(sequence, gone));
        if (first) {
            life.signal();
        }
        return first;
    }

    public CompletableFuture<Position> save() {
        CompletableFuture<Position> wish = wishes.save();
        life.signal();
        if (life.report().phase() instanceof Phase.Ended) {
            wishes.failSaves(ENDED);
        }
        return wish;
    }

    public CompletableFuture<Void> stop(boolean delete) {
        Wishes.Stop wish = new Wishes.Stop(delete, new CompletableFuture<>());
        Wishes.Stop earlier = wishes.stop.compareAndExchange(null, wish);
        if (earlier != null) {
            return earlier.done();
        }
        life.signal();
        return wish.done();
    }

    /** @param after streams that the view does not follow say nothing to it */
    public QueryLine.Pending ask(ViewQuery query, Position after) {
        QueryLine.Pending pending = queries.enter(query, after.of(id.stream()));
        life.signal();
        if (life.report().phase() instanceof Phase.Ended) {
            queries.refuse(pending, ErrorCode.UNAVAILABLE, ENDED);
        }
        return pending;
    }

    public void leave(QueryLine.Pending pending) {
        queries.leave(pending);
    }

    public Position position() {
        return life.report().position();
    }

    /** The oldest sequence that this view would still need if the process ended now. */
    public long needsFrom() {
        return life.report().durable() + 1;
    }

    /** Called often by the watchdog's thread: wakes the worker for what is due by time. */
    public void tick(long nowMs, long nowNs) {
        Report seen = life.report();
        rate.sample(seen.processed(), nowNs);
        if (nowMs >= seen.wakeAtMs()) {
            life.signal();
        }
    }

    public VersionStatus status() {
        Report seen = life.report();
        return new VersionStatus(
                id.tenant(),
                id.view(),
                id.version(),
                wishes.active,
                id.stream(),
                seen.phase().shown(),
                seen.position(),
                Position.of(id.stream(), around.reader().head(id.stream())),
                seen.gaps(),
                rate.perSecond(),
                seen.reason(),
                seen.blockedAt(),
                seen.lastSnapshot(),
                seen.problem(),
                seen.computeNs(),
                seen.memoryBytes(),
                seen.world(),
                life.digests());
    }
}
