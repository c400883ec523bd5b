package io.thalweg.view.follow;

import io.thalweg.index.store.StoreDamage;
import io.thalweg.index.store.StoreException;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.EventId;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.view.QueryOutcome;
import io.thalweg.view.StateDigest;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.ViewAnswer;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.schedule.CallGuard;
import io.thalweg.view.schedule.ViewThreads;
import io.thalweg.view.state.SavedState;
import io.thalweg.view.state.SnapshotFile;
import io.thalweg.view.state.StateKeeper;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The worker's side of a {@link Follower}: its life cycle, {@link Phase}. Everything happens in {@link #slice}, by one worker at a time,
 * which looks at the {@link Wishes} of other threads and publishes a {@link Report}. {@link Guest} is the code, {@link Feeding} takes events
 * to it, {@link Saving} makes its state safe, {@link Recovery} remembers its failures.
 *
 * <p><b>Failures.</b> Whatever the code does wrong costs its instance: it is discarded, a new one restored from the newest commit, and
 * events are replayed. When the replay comes to the event that failed, the state before it is committed, so that the next tries start
 * right there; after {@code tries} failures without progress the view is parked, with a healthy instance that stands before the event
 * and answers queries. An error that the code returns parks it at once, or sends the event to the dead letters. Faults of the machine
 * (unreadable log, full disk) are no events' fault: the view waits and tries again by itself. Where its own state is damaged it begins
 * anew, from an older one or from the stream.
 *
 * <p><b>Wrong states.</b> What reflects an event that is to be skipped is not gone on from, nor what others have come to otherwise
 * ({@link WayBack}).
 *
 * <p><b>Never back in time.</b> After a failure the position falls back to the last commit; queries wait until the replay has come to
 * where it was.
 */
final class LifeCycle implements ViewThreads.Task {
    private static final Logger LOG = LoggerFactory.getLogger(LifeCycle.class);

    /** Replays longer than this after a failure are followed by a save, so that the next failure costs less. */
    private static final long LONG_REPLAY = 10_000;

    private final Follower.Identity id;
    private final SnapshotFile.Owner owner;
    private final Follower.Surroundings around;
    private final Wishes wishes;
    private final QueryLine queries;
    private final ViewThreads.Seat seat;
    private final Recovery recovery;
    private final Guest guest;
    private final Saving saving;
    private final Digests digests;
    private final Feeding feeding;
    private final WayBack wayBack;
    private Phase phase = new Phase.Starting();
    private @Nullable StateKeeper keeper;
    private @Nullable String loadProblem;
    private boolean lastSaveTried;
    private boolean askedTakeover;

    /** Whether a renewal has begun, and that one until the states that it is not to use are gone. */
    private boolean renews;

    private Wishes.@Nullable Renewal renewing;

    private volatile Report report; // written by the worker, read by anyone

    LifeCycle(
            Follower.Identity id, Wishes wishes, QueryLine queries, Follower.Surroundings around, ViewThreads threads) {
        VersionSpec spec = wishes.spec;
        this.id = id;
        this.owner = new SnapshotFile.Owner(id.view(), id.version(), spec.componentHash(), id.stream());
        this.around = around;
        this.wishes = wishes;
        this.queries = queries;
        this.seat = threads.seat(id.tenant(), this);
        this.recovery = new Recovery(around.tries());
        this.guest = new Guest(around.clock(), around.tenantComputeNs(), around.memory());
        this.saving = new Saving(guest, recovery, wishes, around.clock(), id.stream(), spec.snapshots(), seat::signal);
        this.digests = new Digests(id, around.compare());
        this.feeding = new Feeding(id, around, guest, recovery, saving, digests, seat::signal);
        this.wayBack = new WayBack(id, around.reader(), spec.skipped());
        feeding.restored(feeding.beginning(spec));
        this.report = current();
    }

    Report report() {
        return report;
    }

    /** What the state came to. */
    List<StateDigest> digests() {
        return digests.kept();
    }

    /** There is something to do. */
    void signal() {
        seat.signal();
    }

    private void publish() {
        report = current();
    }

    private Report current() {
        long beganAt = wishes.spec.startSequence() - 1;
        long wakeAtMs = phase instanceof Phase.Failed failed
                ? failed.retryAtMs()
                : saving.schedule().dueAtMs(feeding.sequence());
        return new Report(
                phase,
                feeding.position(),
                feeding.processed(),
                Math.max(beganAt, saving.schedule().saved()),
                feeding.gaps(),
                recovery.trouble(),
                saving.last(),
                saving.problem() == null ? loadProblem : saving.problem(),
                guest.computeNs(),
                guest.memoryBytes(),
                guest.world(),
                wakeAtMs);
    }

    @Override
    public boolean slice(CallGuard guard) {
        if (!wishes.begun && wishes.stop.get() == null) {
            return false;
        }
        boolean more;
        try {
            more = turn(guard);
        } catch (StoreDamage e) {
            LOG.warn("{} met damage", id, e);
            rebuild("its index was damaged");
            more = true;
        } catch (Saving.Unfit e) {
            giveUp(String.valueOf(e.getMessage()), e.getCause());
            more = wishes.stop.get() != null;
        } catch (RuntimeException e) {
            machineFailed(e);
            more = wishes.stop.get() != null;
        }
        publish();
        return more;
    }

    void become(Phase next, String why) {
        if (!next.equals(phase)) {
            boolean bad = next instanceof Phase.Parked || next instanceof Phase.Failed;
            LOG.atLevel(bad ? Level.WARN : Level.DEBUG)
                    .log(
                            "{} at {} is {} now: {}",
                            id,
                            feeding.sequence(),
                            next.shown().text(),
                            why);
            phase = next;
        }
    }

    /** Not the code's fault: waits and tries again, with a new instance because this one may be in the middle of an event. */
    private void machineFailed(RuntimeException e) {
        LOG.warn("{} cannot go on at {}", id, feeding.sequence(), e);
        discard();
        long retryAtMs = Saving.nowMs(around.clock()) + recovery.retryDelayMs();
        fail(tellable(e), retryAtMs);
    }

    /** What the view's owner may know of a fault of the machine: no paths; those are in the node's log. */
    private static String tellable(RuntimeException e) {
        return switch (e) {
            case StoreException _ -> "its index cannot be read or written at the moment";
            case CorruptionException _ -> "an event of its stream cannot be read: it is damaged on disk";
            case UncheckedIOException _ -> "its state cannot be read or written at the moment";
            default -> Recovery.text(e);
        };
    }

    /** The code cannot run at all; only an operator or another version can help. */
    private void giveUp(String why, @Nullable Throwable cause) {
        LOG.warn("{} fails", id, cause);
        discard();
        fail(why, Phase.NEVER);
    }

    private void fail(String why, long retryAtMs) {
        Phase before = phase instanceof Phase.Failed failed ? failed.before() : phase;
        become(new Phase.Failed(why, retryAtMs, before), why);
        refuseAll(why);
    }

    /** Whatever the reason: what was shown once is not taken back. */
    private void discard() {
        recovery.lost(feeding.sequence());
        guest.discard();
        feeding.drop();
    }

    /** What was kept of this view is damaged, and nothing of it is used any more: it is computed again. */
    private void rebuild(String why) {
        LOG.warn("{} is computed again from its stream, because {}", id, why);
        discard();
        StateKeeper damaged = keeper;
        keeper = null;
        if (damaged != null) {
            damaged.release();
        }
        saving.forget();
        loadProblem = why + "; the view is computed again";
    }

    private boolean turn(CallGuard guard) {
        saving.settle();
        Wishes.Stop stopping = wishes.stop.get();
        if (stopping != null) {
            return end(stopping, guard);
        }
        long mark = queries.mark(); // who comes later may count on wishes that are not seen below
        VersionSpec wanted = takeWishes();
        if (keeper != null && keeper.isDamaged()) {
            rebuild("its index was damaged");
        }
        if (!guest.isAlive()) {
            if (phase instanceof Phase.Failed failed) {
                refuseAll(failed.why());
                return false;
            }
            if (saving.schedule().saving()) {
                return false; // wakes us; what it writes is the state to restore
            }
            start(wanted, guard);
            Wishes.Renewal renewal = renewing;
            if (renewal != null && guest.isAlive()) {
                renewing = null;
                var _ = keeper().flush().whenComplete((_, failure) -> {
                    if (failure == null) {
                        renewal.gone().run();
                    } else {
                        LOG.warn("{}: the state that is not used any more may be there again", id, failure);
                    }
                });
            }
            return true;
        }
        answer(guard);
        boolean more = guest.isAlive() && process(wanted, guard);
        publish();
        if (guest.isAlive()) {
            answer(guard);
        }
        if (guest.isAlive()) {
            keep(guard, more);
        }
        if (!guest.isAlive()) {
            return true;
        }
        refuseUnreachable(mark);
        return more || queries.hasNext(answerable());
    }

    /** What the rest of this turn goes by. */
    private VersionSpec takeWishes() {
        VersionSpec wanted = wishes.spec;
        EventId blocked = report.blockedAt();
        if (wishes.retry) {
            wishes.retry = false;
            if (phase instanceof Phase.Failed || blocked != null) {
                recovery.forgive();
                become(phase.freed(), "somebody wants it tried again");
            }
        } else if (phase instanceof Phase.Failed failed && Saving.nowMs(around.clock()) >= failed.retryAtMs()) {
            become(failed.before(), "it is time to try again");
        } else if (blocked != null && wanted.skipped().contains(blocked)) {
            become(phase.freed(), "the event is to be skipped");
        }
        if (wanted.paused() && (phase instanceof Phase.Following || phase instanceof Phase.Parked)) {
            become(new Phase.Paused(phase), "somebody wants it to pause");
        } else if (!wanted.paused() && phase instanceof Phase.Paused(Phase held)) {
            become(held, "the pause is over");
        }
        if (wayBack.isNeeded(wanted.skipped(), feeding)) {
            goBack("it reflects what is skipped now");
        }
        Wishes.Renewal renewal = wishes.renewal.get();
        if (renewal != null && !renews) {
            wayBack.isBefore(renewal.sequence());
            renews = true;
            renewing = renewal;
            goBack("other replicas have come to something else");
        }
        return wanted;
    }

    private void goBack(String why) {
        LOG.warn("{}: its state at {} is not used any more, because {}", id, feeding.sequence(), why);
        digests.forget();
        discard();
    }

    // ---------------------------------------------------------------- starting and ending

    private void start(VersionSpec wanted, CallGuard guard) {
        ViewProgram code;
        try {
            code = guest.program(wanted.program());
        } catch (ThalwegException e) {
            if (e.code() != ErrorCode.INVALID_COMPONENT) {
                throw e; // its bytes may come later
            }
            giveUp("code cannot be loaded: " + e.getMessage(), e);
            return;
        }
        StateKeeper states = keeper;
        if (states == null) {
            states = around.keepers().keeper(owner, code.usesIndex(), wanted.limits());
            keeper = states;
        }
        Iterator<SavedState> candidates = states.load();
        List<SavedState> wrong = new ArrayList<>();
        Throwable last = null;
        while (candidates.hasNext()) {
            SavedState candidate = candidates.next();
            if (wayBack.isWrong(candidate, wanted)) {
                wrong.add(candidate);
                saving.forget();
            } else if (wrong.isEmpty()
                    || wayBack.leadsOnFrom(candidate.position().of(id.stream()))) {
                last = begin(code, wanted, states, candidate, guard);
                if (last == null) {
                    wrong.forEach(states::forget);
                    return;
                }
            }
        }
        if (wayBack.leadsOnFrom(wanted.startSequence() - 1)) {
            wrong.forEach(states::forget);
        } else if (last == null) {
            for (SavedState candidate : wrong) {
                last = begin(code, wanted, states, candidate, guard);
                if (last == null) {
                    loadProblem =
                            "its state is not as it should be, and its stream has no more what it could be made of";
                    LOG.error("{}: {}", id, loadProblem);
                    return;
                }
            }
        }
        if (last != null && code.usesIndex()) {
            // The index holds one state only, and to drop it is an operator's choice.
            giveUp(String.valueOf(loadProblem), last);
            return;
        }
        try {
            guest.start(code, wanted, states.index(), null, guard);
        } catch (Guest.Stumble e) {
            giveUp("code does not start: " + Recovery.text(e.what()), e.what());
            return;
        }
        started(feeding.beginning(wanted), states, false);
    }

    /** Begins with a stored state; what was wrong with it, or null. */
    private @Nullable Throwable begin(
            ViewProgram code, VersionSpec wanted, StateKeeper states, SavedState from, CallGuard guard) {
        try {
            guest.start(code, wanted, states.index(), from, guard);
        } catch (Guest.Stumble e) {
            loadProblem = "state at " + from.position().token() + " could not be restored: " + Recovery.text(e.what());
            LOG.warn("{}: {}", id, loadProblem);
            return e.what();
        }
        started(from, states, true);
        return null;
    }

    private void started(SavedState from, StateKeeper states, boolean saved) {
        wayBack.isDone();
        feeding.restored(from);
        loadProblem = states.problem() == null ? loadProblem : states.problem();
        if (saved) {
            saving.found(from);
        }
        saving.schedule().restored(feeding.sequence());
        if (recovery.target() - feeding.sequence() > LONG_REPLAY) {
            saving.schedule().soon();
        }
        if (phase instanceof Phase.Starting) {
            become(new Phase.Following(feeding.arrival().isReached()), "its state is there");
        }
    }

    private boolean end(Wishes.Stop stopping, CallGuard guard) {
        StateKeeper states = keeper;
        if (saving.schedule().saving()) {
            return false;
        }
        if (!stopping.delete()
                && states != null
                && guest.isAlive()
                && saving.schedule().isNew(feeding.sequence())
                && !lastSaveTried) {
            lastSaveTried = true;
            try {
                saving.save(feeding, states, wishes.spec, guard);
            } catch (RuntimeException e) {
                LOG.warn("{} ends without a last snapshot", id, e);
            }
            if (saving.schedule().saving()) {
                return false;
            }
        }
        become(new Phase.Ended(), "it is told to end");
        discard();
        publish();
        seat.close();
        try {
            if (states != null && stopping.delete()) {
                states.delete();
            }
            if (states != null) {
                states.release();
            }
            guest.close();
        } catch (RuntimeException e) {
            LOG.warn("{} could not end in order", id, e);
        }
        queries.refuseBeyond(-1, queries.mark(), ErrorCode.UNAVAILABLE, Follower.ENDED);
        wishes.failSaves(Follower.ENDED);
        stopping.done().complete(null);
        return false;
    }

    // ---------------------------------------------------------------- events and states

    private long sliceEnd() {
        return around.clock().monotonicNs() + around.sliceNs();
    }

    private boolean process(VersionSpec wanted, CallGuard guard) {
        boolean follows = phase instanceof Phase.Following;
        Feeding.Orders orders =
                new Feeding.Orders(wanted, keeper(), guard, follows ? Phase.NEVER : recovery.target(), sliceEnd());
        Feeding.Step step = feeding.run(orders);
        if (step instanceof Feeding.Step.Stuck(EventId at, String why)) {
            park(at, why);
        }
        if (feeding.arrival().isReached()) {
            arrived();
        }
        return step instanceof Feeding.Step.More;
    }

    private void park(EventId at, String why) {
        Phase.Following before = new Phase.Following(feeding.arrival().isReached());
        become(
                phase instanceof Phase.Paused
                        ? new Phase.Paused(new Phase.Parked(at, why, before))
                        : new Phase.Parked(at, why, before),
                why);
        recovery.settleFor(feeding.sequence());
    }

    private void arrived() {
        if (phase instanceof Phase.Following(boolean caughtUp) && !caughtUp) {
            become(new Phase.Following(true), "it has caught up");
        }
        if (!askedTakeover && !wishes.active && wishes.spec.takesOver()) {
            askedTakeover = true;
            try {
                around.takeover().caughtUp(id.view(), id.version());
            } catch (RuntimeException e) {
                LOG.warn("{} could not take over", id, e);
            }
        }
    }

    /** Saves what is due; commits when there is a lot to commit and nothing else to do. */
    private void keep(CallGuard guard, boolean busy) {
        if (saving.isDue(feeding.sequence())) {
            saving.save(feeding, keeper(), wishes.spec, guard);
        } else if (!busy && keeper().wantsCommit(true)) {
            saving.commit(feeding, keeper(), wishes.spec, guard);
        }
    }

    private StateKeeper keeper() {
        StateKeeper states = keeper;
        if (states == null) {
            throw new IllegalStateException(id + " has no place for its state");
        }
        return states;
    }

    // ---------------------------------------------------------------- queries

    /** Up to where the state may be shown: nothing while it is behind what was shown before. */
    private long answerable() {
        return !guest.isAlive() || recovery.isBehind(feeding.sequence()) ? -1 : feeding.sequence();
    }

    private void answer(CallGuard guard) {
        long deadlineNs = sliceEnd();
        while (guest.isAlive()) {
            QueryLine.Pending pending = queries.next(answerable());
            if (pending == null) {
                return;
            }
            answer(pending, guard);
            if (around.clock().monotonicNs() >= deadlineNs) {
                return;
            }
        }
    }

    private void answer(QueryLine.Pending pending, CallGuard guard) {
        ViewAnswer answer;
        try {
            answer = guest.call(guard, wishes.spec.eventNs(), running -> running.query(pending.query));
        } catch (Guest.Stumble e) {
            LOG.debug("{}: a query failed", id, e.what());
            queries.refuse(pending, ErrorCode.VIEW_FAILED, "query failed: " + Recovery.text(e.what()));
            discard();
            return;
        } catch (StoreDamage e) {
            queries.putBack(pending); // it is answered when the index is there again
            throw e;
        } catch (RuntimeException e) {
            queries.refuse(pending, ErrorCode.VIEW_FAILED, "query failed: " + tellable(e));
            throw e;
        }
        queries.answer(pending, new QueryOutcome.Answered(answer, feeding.position(), feeding.gaps(), id.version()));
    }

    /** Nobody shall wait for what will not come. */
    private void refuseUnreachable(long mark) {
        if (recovery.isBehind(feeding.sequence())) {
            return;
        }
        long sequence = feeding.sequence();
        switch (phase) {
            case Phase.Parked parked ->
                queries.refuseBeyond(
                        sequence,
                        mark,
                        ErrorCode.VIEW_PARKED,
                        "view is parked at sequence " + parked.at().sequence() + ": " + parked.why());
            case Phase.Paused _ ->
                queries.refuseBeyond(sequence, mark, ErrorCode.VIEW_PAUSED, "view is paused at sequence " + sequence);
            case Phase.Starting _, Phase.Following _, Phase.Failed _, Phase.Ended _ -> {}
        }
    }

    private void refuseAll(String why) {
        queries.refuseBeyond(-1, queries.mark(), ErrorCode.VIEW_FAILED, "view cannot run: " + why);
        wishes.failSaves("view cannot run: " + why);
    }
}
