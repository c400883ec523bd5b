package io.thalweg.view;

import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.ports.disk.CorruptionException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one version of a view: brings an instance to the newest saved state, feeds it the stream's events, answers queries in
 * between, saves, and copes with code that fails. Everything happens in {@link #slice}, by one worker at a time; other threads
 * leave wishes in volatile fields and queues, and signal the seat.
 *
 * <p><b>Failures.</b> Whatever the code does wrong costs its instance: it is discarded, a new one restored from the newest commit, and
 * events are replayed. When the replay comes to the event that failed, the state before it is committed, so that the next tries start
 * right there; after {@code tries} failures without progress the view is parked, with a healthy instance that stands before the event
 * and answers queries. An error that the code returns parks it at once, or sends the event to the dead letters. Faults of the machine
 * (unreadable log, full disk) are no events' fault: the view waits and tries again by itself.
 *
 * <p><b>Never back in time.</b> After a failure the position falls back to the last commit; queries wait until the replay has come to
 * where it was.
 */
@SuppressWarnings({"NonAtomicVolatileUpdate", "ReferenceEquality"}) // one writer each: the worker
final class Follower implements SliceScheduler.Task {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final int BATCH_EVENTS = 8_192;
    private static final int BATCH_BYTES = 1 << 20;

    /** Events that a version may lack and still take over. */
    private static final long SMALL_LAG = 1_000;

    /** What init, restore and snapshot may take at least: they handle all of the state, not one event. */
    private static final long WHOLE_STATE_NS = 60_000_000_000L;

    private static final long NEVER = Long.MAX_VALUE;
    private static final String ENDED = "view is being stopped";
    private static final long RETRY_MS_FIRST = 500;
    private static final long RETRY_MS_MAX = 60_000;

    /** Replays longer than this after a failure are followed by a save, so that the next failure costs less. */
    private static final long LONG_REPLAY = 10_000;

    /** What a follower needs of its host. */
    record Surroundings(
            InstantSource clock,
            EventReader reader,
            DeadLetters deadLetters,
            Takeover takeover,
            KeeperFactory keepers,
            LongAdder tenantComputeNs,
            long sliceNs,
            int tries,
            int maxQueuedQueries) {}

    /** Makes the place of a version's state, once its code is known. */
    @FunctionalInterface
    interface KeeperFactory {
        StateKeeper keeper(SnapshotFile.Owner owner, boolean usesIndex, ViewLimits limits);
    }

    private record Stop(boolean delete, CompletableFuture<Void> done) {}

    final TenantId tenant;
    final ViewId view;
    final StreamId stream;
    final int version;
    private final SnapshotFile.Owner owner;
    private final Surroundings around;
    private final SliceScheduler.Seat seat;
    private final QueryLine queries;
    private final RateMeter rate = new RateMeter();
    private final FeedLoop feed;
    private final SaveSchedule saves;

    // Wishes of other threads.
    private volatile VersionSpec spec;
    private volatile boolean active;
    private volatile boolean retryWanted;
    private volatile boolean begun;
    private final AtomicReference<@Nullable Stop> stop = new AtomicReference<>();
    private final ConcurrentLinkedQueue<CompletableFuture<Long>> saveWishes = new ConcurrentLinkedQueue<>();

    // The worker's own.
    private @Nullable ViewProgram program;
    private @Nullable StateKeeper keeper;
    private @Nullable ViewInstance instance;
    private @Nullable EventBatch batch;
    private long deadLettered;
    private long failing; // sequence at which the code failed last, or 0
    private String failure = ""; // how it failed there
    private int attempts; // failures at it, without progress
    private long recoverTo; // where the state was before it was lost
    private boolean failed;
    private long retryDelayMs = RETRY_MS_FIRST;
    private int saveFailures;
    private boolean lastSaveTried;
    private boolean askedTakeover;
    private long headToReach = -1; // reaching it counts as having caught up, if little came since
    private long[] sorted = {}; // skipped sequences
    private @Nullable Set<Long> sortedOf;
    private @Nullable CompletableFuture<?> letter; // on its way, for the event at position + 1
    private long letterSequence;

    // Written by the worker or its saves, read by anyone.
    private volatile ViewState state = ViewState.STARTING;
    private volatile long position;
    private volatile long processed;
    private volatile @Nullable String reason;
    private volatile long blockedAt;
    private volatile boolean caughtUp;
    private volatile boolean ended;
    private volatile long retryAtMs = NEVER;
    private volatile VersionStatus.@Nullable Snapshot lastSnapshot;
    private volatile @Nullable String saveProblem;
    private volatile @Nullable String loadProblem;
    private volatile @Nullable String world;
    private volatile long memoryBytes;
    private volatile long computeNs;

    Follower(
            TenantId tenant,
            ViewId view,
            StreamId stream,
            VersionSpec spec,
            boolean active,
            Surroundings around,
            SliceScheduler scheduler) {
        this.tenant = tenant;
        this.view = view;
        this.stream = stream;
        this.version = spec.version();
        this.spec = spec;
        this.active = active;
        this.owner = new SnapshotFile.Owner(view, version, spec.componentHash());
        this.around = around;
        this.queries = new QueryLine(around.maxQueuedQueries());
        this.position = spec.startSequence() - 1;
        this.feed = new FeedLoop(around.sliceNs());
        this.saves = new SaveSchedule(spec.snapshots(), around.clock().millis());
        this.seat = scheduler.seat(tenant, this);
    }

    // ---------------------------------------------------------------- from other threads

    /** Turns begin; until then everything else is only noted. */
    void begin() {
        begun = true;
        seat.signal();
    }

    /** There may be new events. */
    void signal() {
        seat.signal();
    }

    void update(VersionSpec spec, boolean active) {
        this.spec = spec;
        this.active = active;
        seat.signal();
    }

    /** False when there is nothing to retry. */
    boolean retry() {
        if (blockedAt == 0 && state != ViewState.FAILED) {
            return false;
        }
        retryWanted = true;
        seat.signal();
        return true;
    }

    CompletableFuture<Long> save() {
        CompletableFuture<Long> wish = new CompletableFuture<>();
        saveWishes.add(wish);
        seat.signal();
        if (ended) {
            failSaveWishes(ENDED);
        }
        return wish;
    }

    CompletableFuture<Void> stop(boolean delete) {
        Stop wish = new Stop(delete, new CompletableFuture<>());
        Stop earlier = stop.compareAndExchange(null, wish);
        if (earlier != null) {
            return earlier.done();
        }
        seat.signal();
        return wish.done();
    }

    QueryLine.Pending ask(ViewQuery query, long after) {
        QueryLine.Pending pending = queries.enter(query, after);
        seat.signal();
        if (ended) {
            queries.refuse(pending, ErrorCode.UNAVAILABLE, ENDED);
        }
        return pending;
    }

    void leave(QueryLine.Pending pending) {
        queries.leave(pending);
    }

    long position() {
        return position;
    }

    /** Called often by the watchdog's thread: wakes the worker for what is due by time. */
    void tick(long nowMs, long nowNs) {
        rate.sample(processed, nowNs);
        if (nowMs >= retryAtMs || saves.dueByTime(position, nowMs)) {
            seat.signal();
        }
    }

    VersionStatus status() {
        return new VersionStatus(
                tenant,
                view,
                version,
                active,
                stream,
                state,
                position,
                around.reader().head(stream),
                rate.perSecond(),
                reason,
                blockedAt,
                lastSnapshot,
                saveProblem != null ? saveProblem : loadProblem,
                computeNs,
                memoryBytes,
                world);
    }

    // ---------------------------------------------------------------- the worker's turn

    @Override
    public boolean slice(CallGuard guard) {
        if (!begun && stop.get() == null) {
            return false;
        }
        boolean more;
        try {
            more = turn(guard);
        } catch (RuntimeException e) {
            more = machineFailed(e);
        }
        publish();
        return more;
    }

    /** Not the code's fault: waits and tries again, with a new instance because this one may be in the middle of an event. */
    private boolean machineFailed(RuntimeException e) {
        LOG.warn("view {} version {} cannot go on at {}", view, version, position, e);
        discard();
        failed = true;
        reason = e.getMessage() == null ? e.toString() : e.getMessage();
        retryAtMs = around.clock().millis() + retryDelayMs;
        retryDelayMs = Math.min(RETRY_MS_MAX, 2 * retryDelayMs);
        refuseAll();
        return stop.get() != null;
    }

    private void publish() {
        ViewInstance running = instance;
        memoryBytes = running == null ? 0 : running.memoryBytes();
        if (failed) {
            state = ViewState.FAILED;
        } else if (running == null && lastSnapshot == null && processed == 0) {
            state = ViewState.STARTING;
        } else if (spec.paused()) {
            state = ViewState.PAUSED;
        } else if (blockedAt != 0) {
            state = ViewState.PARKED;
        } else {
            state = caughtUp ? ViewState.LIVE : ViewState.REPLAYING;
        }
    }

    private boolean turn(CallGuard guard) {
        Stop stopping = stop.get();
        if (stopping != null) {
            return end(stopping, guard);
        }
        takeWishes();
        if (instance == null) {
            if (failed) {
                refuseAll();
                return false;
            }
            if (saves.saving()) {
                return false; // wakes us; what it writes is the state to restore
            }
            start(guard);
            return true;
        }
        answer(guard, System.nanoTime() + around.sliceNs());
        boolean more = instance != null && process(guard, System.nanoTime() + around.sliceNs());
        if (instance != null) {
            answer(guard, System.nanoTime() + around.sliceNs());
        }
        if (instance != null) {
            keep(guard, more);
        }
        if (instance == null) {
            return true;
        }
        if (held()) {
            refuseUnreachable();
        }
        return more || queries.hasNext(answerable());
    }

    private void takeWishes() {
        if (retryWanted) {
            retryWanted = false;
            if (failed || blockedAt != 0) {
                failed = false;
                attempts = 0;
                saveFailures = 0;
                retryDelayMs = RETRY_MS_FIRST;
                unblock();
            }
        }
        if (failed && around.clock().millis() >= retryAtMs) {
            failed = false;
            reason = null;
        }
        if (!failed) {
            retryAtMs = NEVER;
        }
        if (blockedAt != 0 && spec.skipped().contains(blockedAt)) {
            unblock();
        }
    }

    private void unblock() {
        blockedAt = 0;
        reason = null;
    }

    /** Follows no new events. */
    private boolean held() {
        return spec.paused() || blockedAt != 0;
    }

    // ---------------------------------------------------------------- starting and ending

    private void start(CallGuard guard) {
        ViewProgram code = program;
        if (code == null) {
            try {
                code = spec.program().get();
            } catch (ThalwegException e) {
                if (e.code() != ErrorCode.INVALID_COMPONENT) {
                    throw e; // its bytes may come later
                }
                giveUp("code cannot be loaded: " + e.getMessage(), e);
                return;
            }
            program = code;
            world = code.world();
            keeper = around.keepers().keeper(owner, code.usesIndex(), spec.limits());
        }
        StateKeeper states = keeper();
        Iterator<SavedState> candidates = states.load();
        Throwable last = null;
        while (candidates.hasNext()) {
            SavedState candidate = candidates.next();
            try {
                restore(code, states, candidate, guard);
                started(candidate, true);
                return;
            } catch (Stumble e) {
                last = e.what;
                loadProblem = "state at " + candidate.position() + " could not be restored: " + text(last);
                LOG.warn("view {} version {}: {}", view, version, loadProblem);
            }
        }
        if (last != null && code.usesIndex()) {
            // The index holds one state only, and to drop it is an operator's choice.
            giveUp(String.valueOf(loadProblem), last);
            return;
        }
        SavedState fresh = new SavedState(spec.startSequence() - 1, 0, 0, new byte[0]);
        try {
            restore(code, states, null, guard);
        } catch (Stumble e) {
            giveUp("code does not start: " + text(e.what), e.what);
            return;
        }
        started(fresh, false);
    }

    /** What the code did wrong, on its way to where it is decided what follows. */
    private static final class Stumble extends Exception {
        private final transient Throwable what;

        Stumble(Throwable what) {
            super(what);
            this.what = what;
        }
    }

    /** One call of the code under the watchdog's eye. Faults of the machine pass through; all else is the code's. */
    private <T extends @Nullable Object> T call(CallGuard guard, ViewInstance running, long limitNs, Supplier<T> code)
            throws Stumble {
        long began = System.nanoTime();
        guard.enter(running, limitNs);
        try {
            return code.get();
        } catch (IndexFailure | CorruptionException | ThalwegException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new Stumble(e);
        } finally {
            guard.leave();
            account(began);
        }
    }

    private void restore(ViewProgram code, StateKeeper states, @Nullable SavedState from, CallGuard guard)
            throws Stumble {
        ViewInstance fresh;
        try {
            fresh = code.start(spec.limits(), states.index());
        } catch (RuntimeException | Error e) {
            throw new Stumble(e);
        }
        boolean good = false;
        try {
            call(guard, fresh, wholeStateNs(), () -> {
                fresh.init();
                return null;
            });
            if (from != null) {
                call(guard, fresh, wholeStateNs(), () -> {
                    fresh.restore(from.guest());
                    return null;
                });
            }
            good = true;
        } finally {
            if (!good) {
                closeQuietly(fresh);
            }
        }
        instance = fresh;
    }

    private void started(SavedState from, boolean saved) {
        position = from.position();
        deadLettered = from.deadLettered();
        headToReach = -1;
        loadProblem = keeper().problem() == null ? loadProblem : keeper().problem();
        if (saved && lastSnapshot == null) {
            lastSnapshot =
                    new VersionStatus.Snapshot(position, Instant.ofEpochMilli(from.takenAtMs()), from.guest().length);
        }
        saves.restored(position, saved);
        if (recoverTo - position > LONG_REPLAY) {
            saves.soon();
        }
    }

    /** The code cannot run at all; only an operator or another version can help. */
    private void giveUp(String why, Throwable cause) {
        LOG.warn("view {} version {} fails: {}", view, version, why, cause);
        discard();
        failed = true;
        reason = why;
        retryAtMs = NEVER;
        refuseAll();
    }

    private void discard() {
        ViewInstance dead = instance;
        instance = null;
        batch = null;
        letter = null;
        if (dead != null) {
            closeQuietly(dead);
        }
    }

    private void closeQuietly(ViewInstance dead) {
        try {
            dead.close();
        } catch (RuntimeException e) {
            LOG.warn("closing an instance of view {} failed", view, e);
        }
    }

    private boolean end(Stop stopping, CallGuard guard) {
        if (saves.saving()) {
            return false;
        }
        if (!stopping.delete() && instance != null && saves.isNew(position) && !lastSaveTried) {
            lastSaveTried = true;
            try {
                save(guard);
            } catch (RuntimeException e) {
                LOG.warn("view {} version {} ends without a last snapshot", view, version, e);
            }
            if (saves.saving()) {
                return false;
            }
        }
        ended = true;
        discard();
        seat.close();
        try {
            if (stopping.delete() && keeper != null) {
                keeper.delete();
            }
            if (program != null) {
                program.close();
            }
        } catch (RuntimeException e) {
            LOG.warn("ending view {} version {} failed", view, version, e);
        }
        queries.refuseBeyond(-1, ErrorCode.UNAVAILABLE, ENDED);
        failSaveWishes(ENDED);
        stopping.done().complete(null);
        return false;
    }

    // ---------------------------------------------------------------- events

    /** Processes events until the time is over or there are none; true if there may be more. */
    private boolean process(CallGuard guard, long deadlineNs) {
        if (letter != null && !letterSettled()) {
            return false;
        }
        while (instance != null) {
            long limit = held() ? recoverTo : NEVER;
            if (position >= limit || (batch == null && !fetch())) {
                return false;
            }
            EventBatch events = batch;
            if (events == null) {
                return false;
            }
            boolean goOn = feed(events, limit, guard, deadlineNs);
            if (!goOn) {
                return false;
            }
            if (instance != null && keeper().wantsCommit(false)) {
                commit(guard);
            }
            if (System.nanoTime() >= deadlineNs || saveDue()) {
                return true;
            }
        }
        return true;
    }

    /** Reads ahead; false when there is nothing new. */
    private boolean fetch() {
        EventReader reader = around.reader();
        long head = reader.head(stream);
        if (!caughtUp || !askedTakeover) {
            lookAhead(head);
        }
        if (position >= head) {
            return false;
        }
        long first = reader.first(stream);
        if (position + 1 < first && !jumpTo(first)) {
            return false;
        }
        if (position >= head) {
            return false;
        }
        EventBatch read = reader.read(stream, position + 1, BATCH_EVENTS, BATCH_BYTES);
        retryDelayMs = RETRY_MS_FIRST;
        if (read.count() == 0) {
            return false;
        }
        batch = read;
        return true;
    }

    /**
     * Whether this version has caught up. Under a steady stream it may never stand at the head itself; so it counts to have come to where
     * the head was when it last looked, with little added since.
     */
    private void lookAhead(long head) {
        if (held() || position < recoverTo) {
            return;
        }
        if (position < head && (headToReach < 0 || position < headToReach || head - position > SMALL_LAG)) {
            headToReach = position < headToReach ? headToReach : head;
            return;
        }
        caughtUp = true;
        if (!askedTakeover && !active && spec.takesOver()) {
            askedTakeover = true;
            try {
                around.takeover().caughtUp(view, version);
            } catch (RuntimeException e) {
                LOG.warn("takeover of view {} by version {} failed", view, version, e);
            }
        }
    }

    /** Events before {@code first} are gone: no matter to a view that begins, but a hole for one that does not. */
    private boolean jumpTo(long first) {
        boolean begins = position == spec.startSequence() - 1;
        if (begins || spec.skipped().contains(position + 1)) {
            position = first - 1;
            return true;
        }
        park(
                position + 1,
                "events " + (position + 1) + " to " + (first - 1)
                        + " were removed by retention before the view processed them; skip " + (position + 1)
                        + " to go on behind them, or deploy a new version");
        return false;
    }

    private boolean feed(EventBatch events, long limit, CallGuard guard, long deadlineNs) {
        ViewInstance running = instance();
        StateKeeper states = keeper();
        long special = nextSpecial(limit);
        boolean recovering = position < recoverTo; // saves nothing until it is back where it was
        FeedLoop.End end;
        long began = System.nanoTime();
        states.writable(true);
        guard.enter(running, eventNs());
        try {
            end = feed.run(
                    events,
                    running,
                    states,
                    guard,
                    position,
                    special,
                    recovering ? NEVER : saves.eventsLeft(),
                    recovering ? NEVER : saves.bytesLeft(),
                    deadlineNs);
        } finally {
            guard.leave();
            states.writable(false);
            account(began);
            progress(feed.position(), feed.events(), feed.bytes());
        }
        switch (end) {
            case BATCH -> batch = null;
            case SPECIAL -> {
                return special(events, special, limit, guard);
            }
            case REFUSED -> {
                states.eventRefused();
                return refused(events, position + 1, feed.error());
            }
            case TRAPPED -> trapped(position + 1, feed.trap());
            case BOUND, TIME -> {}
        }
        return true;
    }

    private void progress(long at, long events, long bytes) {
        if (events == 0) {
            return;
        }
        position = at;
        processed += events;
        saves.processed(events, bytes);
        if (failing != 0 && at >= failing) {
            saves.soon(); // what it took to get here shall not be needed again
            failing = 0;
            attempts = 0;
        }
    }

    /** The next sequence that is not simply to be processed. */
    private long nextSpecial(long limit) {
        long next = limit == NEVER ? NEVER : limit + 1;
        if (failing > position) {
            next = Math.min(next, failing);
        }
        Set<Long> skipped = spec.skipped();
        if (skipped != sortedOf) { // a new set comes with each new description only
            sorted = skipped.stream().mapToLong(Long::longValue).sorted().toArray();
            sortedOf = skipped;
        }
        int at = Arrays.binarySearch(sorted, position + 1);
        at = at < 0 ? -at - 1 : at;
        return at < sorted.length ? Math.min(next, sorted[at]) : next;
    }

    /** Decides about the event under the cursor; true to go on. */
    private boolean special(EventBatch events, long sequence, long limit, CallGuard guard) {
        if (sequence > limit) {
            batch = null;
            return false;
        }
        if (spec.skipped().contains(sequence)) {
            String why = "skipped by an operator";
            return passOver(events, sequence, failing == sequence ? why + ": " + failure : why);
        }
        if (attempts >= around.tries()) {
            park(sequence, failure);
            batch = null;
            return false;
        }
        if (!commit(guard)) {
            return true;
        }
        return once(events, sequence, guard);
    }

    /** One event on its own, which failed before. */
    private boolean once(EventBatch events, long sequence, CallGuard guard) {
        StateKeeper states = keeper();
        ViewInstance running = instance();
        String error;
        states.writable(true);
        try {
            error = this.<@Nullable String>call(guard, running, eventNs(), () -> running.append(events));
        } catch (Stumble e) {
            trapped(sequence, e.what);
            return true;
        } finally {
            states.writable(false);
        }
        if (error != null) {
            states.eventRefused();
            return refused(events, sequence, error);
        }
        states.eventDone();
        reason = null;
        progress(sequence, 1, events.payloadLength());
        return true;
    }

    private void trapped(long sequence, Throwable cause) {
        if (failing != 0 && sequence <= failing) {
            attempts++;
        } else {
            attempts = 1;
        }
        failing = sequence;
        failure = "code failed at sequence " + sequence + ": " + text(cause);
        reason = failure;
        LOG.warn("view {} version {}: {} (failure {} of {})", view, version, failure, attempts, around.tries());
        recoverTo = Math.max(recoverTo, position);
        discard();
    }

    private boolean refused(EventBatch events, long sequence, String error) {
        String why = "code refused sequence " + sequence + ": " + error;
        if (spec.poison() == PoisonPolicy.DEAD_LETTER) {
            return passOver(events, sequence, why);
        }
        failing = sequence;
        failure = why;
        park(sequence, why);
        batch = null;
        return false;
    }

    private void park(long sequence, String why) {
        LOG.warn("view {} version {} is parked at {}: {}", view, version, sequence, why);
        reason = why;
        blockedAt = sequence;
        recoverTo = Math.min(recoverTo, position);
    }

    /** Sends the event under the cursor away, and goes on behind it once it is stored. */
    private boolean passOver(EventBatch events, long sequence, String why) {
        if (sequence > deadLettered) {
            CompletableFuture<?> sent = around.deadLetters()
                    .add(new DeadLetters.DeadLetter(
                            tenant, view, version, stream, sequence, events.timestampNs(), events.toEvent(), why));
            letter = sent;
            letterSequence = sequence;
            if (!sent.isDone()) {
                var _ = sent.whenComplete((_, _) -> seat.signal());
                return false;
            }
            return letterSettled();
        }
        progress(sequence, 1, events.payloadLength());
        return true;
    }

    /** Whether the way is free: the letter on its way has arrived. */
    private boolean letterSettled() {
        CompletableFuture<?> sent = letter;
        if (sent == null) {
            return true;
        }
        if (!sent.isDone()) {
            return false;
        }
        letter = null;
        if (sent.isCompletedExceptionally()) {
            batch = null;
            park(letterSequence, "dead letter could not be stored: " + text(sent.exceptionNow()));
            return false;
        }
        deadLettered = letterSequence;
        reason = null;
        progress(letterSequence, 1, 0);
        return true;
    }

    // ---------------------------------------------------------------- queries

    /** Up to where the state may be shown: nothing while it is behind what was shown before. */
    private long answerable() {
        return instance == null || position < recoverTo ? -1 : position;
    }

    private void answer(CallGuard guard, long deadlineNs) {
        while (instance != null) {
            QueryLine.Pending pending = queries.next(answerable());
            if (pending == null) {
                return;
            }
            ask(pending, guard);
            if (System.nanoTime() >= deadlineNs) {
                return;
            }
        }
    }

    private void ask(QueryLine.Pending pending, CallGuard guard) {
        ViewInstance running = instance();
        ViewAnswer answer;
        try {
            answer = call(guard, running, eventNs(), () -> running.query(pending.query));
        } catch (Stumble e) {
            LOG.debug("view {} version {}: a query failed", view, version, e.what);
            queries.refuse(pending, ErrorCode.VIEW_FAILED, "query failed: " + text(e.what));
            recoverTo = Math.max(recoverTo, position);
            discard();
            return;
        } catch (RuntimeException e) {
            queries.refuse(pending, ErrorCode.VIEW_FAILED, "query failed: " + text(e));
            throw e;
        }
        queries.answer(pending, new QueryOutcome.Answered(answer, position, version));
    }

    private void refuseUnreachable() {
        if (position < recoverTo) {
            return;
        }
        if (blockedAt != 0) {
            queries.refuseBeyond(
                    position, ErrorCode.VIEW_PARKED, "view is parked at sequence " + blockedAt + ": " + reason);
        } else {
            queries.refuseBeyond(position, ErrorCode.VIEW_PAUSED, "view is paused at sequence " + position);
        }
    }

    private void refuseAll() {
        queries.refuseBeyond(-1, ErrorCode.VIEW_FAILED, "view cannot run: " + reason);
        failSaveWishes("view cannot run: " + reason);
    }

    // ---------------------------------------------------------------- saving

    private boolean saveDue() {
        return (position >= recoverTo && saves.due(position, around.clock().millis()))
                || (!saveWishes.isEmpty() && !saves.saving());
    }

    /** Saves what is due; commits when there is a lot to commit and nothing else to do. */
    private void keep(CallGuard guard, boolean busy) {
        if (saveDue()) {
            if (saves.isNew(position)) {
                save(guard);
            } else {
                saves.begun(around.clock().millis(), false);
                fulfilSaveWishes();
            }
        } else if (!busy && keeper().wantsCommit(true)) {
            commit(guard);
        }
    }

    private void save(CallGuard guard) {
        SavedState current = currentState(guard);
        if (current == null) {
            return;
        }
        saves.begun(around.clock().millis(), true);
        CompletableFuture<VersionStatus.Snapshot> durable;
        try {
            durable = keeper().save(current);
        } catch (RuntimeException e) {
            saves.finished(false, position);
            throw e;
        }
        var _ = durable.whenComplete((snapshot, failure) -> {
            if (failure == null) {
                lastSnapshot = snapshot;
                saveProblem = null;
            } else {
                String problem = "snapshot at " + current.position() + " was not stored: " + text(failure);
                saveProblem = problem;
                LOG.warn("view {} version {}: {}", view, version, problem);
                failSaveWishes(problem);
            }
            saves.finished(failure == null, current.position());
            seat.signal();
        });
    }

    private void fulfilSaveWishes() {
        for (var wish = saveWishes.poll(); wish != null; wish = saveWishes.poll()) {
            wish.complete(saves.savedPosition());
        }
    }

    /** Makes the present state the one to go back to; false when the code could not give it. */
    private boolean commit(CallGuard guard) {
        SavedState current = currentState(guard);
        if (current == null) {
            return false;
        }
        keeper().commit(current);
        return true;
    }

    private @Nullable SavedState currentState(CallGuard guard) {
        ViewInstance running = instance();
        try {
            byte[] guest = call(guard, running, wholeStateNs(), running::snapshot);
            saveFailures = 0;
            return new SavedState(position, deadLettered, around.clock().millis(), guest);
        } catch (Stumble e) {
            recoverTo = Math.max(recoverTo, position);
            String why = "code failed to give its state at " + position + ": " + text(e.what);
            if (++saveFailures >= around.tries()) {
                giveUp(why, e.what);
            } else {
                LOG.warn("view {} version {}: {}", view, version, why);
                discard();
            }
            return null;
        }
    }

    private void failSaveWishes(String why) {
        for (var wish = saveWishes.poll(); wish != null; wish = saveWishes.poll()) {
            wish.completeExceptionally(new ThalwegException(ErrorCode.VIEW_FAILED, why));
        }
    }

    // ---------------------------------------------------------------- small things

    private long wholeStateNs() {
        return Math.max(WHOLE_STATE_NS, eventNs());
    }

    private long eventNs() {
        return spec.limits().maxEventTime().toNanos();
    }

    private void account(long beganNs) {
        long spent = System.nanoTime() - beganNs;
        computeNs += spent;
        around.tenantComputeNs().add(spent);
    }

    private ViewInstance instance() {
        ViewInstance running = instance;
        if (running == null) {
            throw new IllegalStateException("view " + view + " has no instance");
        }
        return running;
    }

    private StateKeeper keeper() {
        StateKeeper states = keeper;
        if (states == null) {
            throw new IllegalStateException("view " + view + " has no place for its state");
        }
        return states;
    }

    private static String text(Throwable e) {
        Throwable cause = e;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
