package io.thalweg.view.follow;

import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.view.SnapshotPolicy;
import io.thalweg.view.StateDigest;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.schedule.CallGuard;
import io.thalweg.view.state.SavedState;
import io.thalweg.view.state.StateKeeper;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a follower's state safe: commits, which are what a lost instance is replaced from, and saves, which survive the process. Used
 * by the follower's worker, except that a save ends on another thread, which leaves the outcome for {@link #settle}.
 */
public final class Saving {
    private static final Logger LOG = LoggerFactory.getLogger(Saving.class);

    private record Outcome(
            long sequence,
            VersionStatus.@Nullable Snapshot snapshot,
            @Nullable String problem) {}

    /** The code gives its state no more; only an operator or another version can help. */
    static final class Unfit extends RuntimeException {
        private Unfit(String why, Throwable cause) {
            super(why, cause);
        }
    }

    private final Guest guest;
    private final Recovery recovery;
    private final Wishes wishes;
    private final Clock clock;
    private final StreamId stream;
    private final SaveSchedule schedule;
    private final Runnable wake;
    private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();
    private VersionStatus.@Nullable Snapshot last;
    private @Nullable String problem;

    /** @param wake called from any thread when there is an outcome to settle */
    Saving(
            Guest guest,
            Recovery recovery,
            Wishes wishes,
            Clock clock,
            StreamId stream,
            SnapshotPolicy policy,
            Runnable wake) {
        this.guest = guest;
        this.recovery = recovery;
        this.wishes = wishes;
        this.clock = clock;
        this.stream = stream;
        this.schedule = new SaveSchedule(policy, nowMs(clock));
        this.wake = wake;
    }

    public static long nowMs(Clock clock) {
        return Math.floorDiv(clock.wallNs(), 1_000_000L);
    }

    SaveSchedule schedule() {
        return schedule;
    }

    /** The newest durable state that this process took or loaded. */
    VersionStatus.@Nullable Snapshot last() {
        return last;
    }

    /** Why the last save failed; null when it did not. */
    @Nullable
    String problem() {
        return problem;
    }

    /** A stored state was found at the start. */
    void found(SavedState state) {
        if (last == null) {
            last = state.described();
        }
    }

    /** All that was stored is gone. */
    void forget() {
        last = null;
        schedule.forgotten();
    }

    /** Takes note of what a save came to. */
    void settle() {
        Outcome settled = outcome.getAndSet(null);
        if (settled == null) {
            return;
        }
        problem = settled.problem;
        if (settled.problem == null) {
            last = settled.snapshot;
        } else {
            wishes.failSaves(settled.problem);
        }
        schedule.finished(settled.problem == null, settled.sequence);
    }

    boolean isDue(long sequence) {
        return (!recovery.isBehind(sequence) && schedule.due(sequence, nowMs(clock)))
                || (wishes.wantSave() && !schedule.saving());
    }

    /** Saves if there is anything to save. */
    void save(Feeding feeding, StateKeeper keeper, VersionSpec spec, CallGuard guard) {
        if (!schedule.isNew(feeding.sequence())) {
            schedule.begun(nowMs(clock), false);
            Position saved = Position.of(stream, schedule.saved());
            wishes.saved(saved);
            return;
        }
        SavedState state = take(feeding, spec, guard);
        if (state == null) {
            return;
        }
        schedule.begun(nowMs(clock), true);
        CompletableFuture<VersionStatus.Snapshot> durable;
        try {
            durable = keeper.save(state);
        } catch (RuntimeException e) {
            schedule.finished(false, feeding.sequence());
            throw e;
        }
        long sequence = feeding.sequence();
        var _ = durable.whenComplete((snapshot, failure) -> {
            String why =
                    failure == null ? null : "snapshot at " + sequence + " was not stored: " + Recovery.text(failure);
            if (why != null) {
                LOG.warn("view on {}: {}", stream, why);
            }
            outcome.set(new Outcome(sequence, snapshot, why));
            wake.run();
        });
    }

    /** Makes the present state the one to go back to; false when the code could not give it, and its instance is gone. */
    boolean commit(Feeding feeding, StateKeeper keeper, VersionSpec spec, CallGuard guard) {
        SavedState state = take(feeding, spec, guard);
        if (state == null) {
            return false;
        }
        keeper.commit(state);
        return true;
    }

    /** Notes what the present state comes to; the instance is gone when the code could not give it. */
    void digest(Feeding feeding, StateKeeper keeper, VersionSpec spec, CallGuard guard, long basis, Digests digests) {
        SavedState state = take(feeding, spec, guard);
        if (state == null) {
            return;
        }
        long sequence = feeding.sequence();
        int life = digests.life();
        var _ = keeper.digest(state).whenComplete((value, failure) -> {
            if (failure == null) {
                digests.add(life, new StateDigest(sequence, basis, value));
            } else {
                LOG.warn("view on {}: what its state at {} comes to is not known", stream, sequence, failure);
            }
        });
    }

    private @Nullable SavedState take(Feeding feeding, VersionSpec spec, CallGuard guard) {
        try {
            byte[] bytes = guest.call(guard, spec.wholeStateNs(), ViewInstance::snapshot);
            recovery.couldSave();
            return feeding.state(nowMs(clock), bytes);
        } catch (Guest.Stumble e) {
            recovery.lost(feeding.sequence());
            String why = "code failed to give its state at " + feeding.sequence() + ": " + Recovery.text(e.what());
            if (recovery.couldNotSave()) {
                throw new Unfit(why, e.what());
            }
            LOG.warn("view on {}: {}", stream, why);
            guest.discard();
            return null;
        }
    }
}
