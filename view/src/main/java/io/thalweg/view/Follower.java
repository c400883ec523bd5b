package io.thalweg.view;

import io.thalweg.log.CorruptionException;
import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
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

    /** Most events between two looks at the clock. */
    private static final int CLOCK_EVERY_MAX = 512;

    /** What init, restore and snapshot may take at least: they handle all of the state, not one event. */
    private static final long WHOLE_STATE_NS = 60_000_000_000L;

    private static final long NEVER = Long.MAX_VALUE;
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

    private enum End {
        BATCH,
        SPECIAL,
        REFUSED,
        BOUND,
        TIME
    }

    final TenantId tenant;
    final ViewId view;
    final StreamId stream;
    final int version;
    private final SnapshotFile.Owner owner;
    private final Surroundings around;
    private final SliceScheduler.Seat seat;
    private final QueryLine queries;
    private final RateMeter rate = new RateMeter();

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
    private long eventsSinceSave;
    private long bytesSinceSave;
    private boolean saveSoon;
    private boolean lastSaveTried;
    private boolean askedTakeover;
    private int clockEvery = 1;
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
    private volatile boolean saving;
    private volatile long savedPosition = -1;
    private volatile long lastSaveMs;
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
        this.lastSaveMs = around.clock().millis();
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
        ViewState now = state;
        if (now != ViewState.PARKED && now != ViewState.FAILED) {
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
        if (nowMs >= retryAtMs || (saveDueByTime(nowMs) && !saving)) {
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
        if (running != null) {
            memoryBytes = running.memoryBytes();
        } else {
            memoryBytes = 0;
        }
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
            if (saving) {
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
            saveIfDue(guard);
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
            } catch (RuntimeException e) {
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
                last = e.getCause();
                loadProblem = "state at " + candidate.position() + " could not be restored: " + text(last);
                LOG.warn("view {} version {}: {}", view, version, loadProblem);
            }
        }
        if (last != null && code.usesIndex()) {
            giveUp(
                    String.valueOf(loadProblem),
                    last); // the index holds one state only; to drop it is an operator's choice
            return;
        }
        SavedState fresh = new SavedState(spec.startSequence() - 1, 0, 0, new byte[0]);
        try {
            restore(code, states, null, guard);
        } catch (Stumble e) {
            giveUp("code does not start: " + text(e.getCause()), e.getCause());
            return;
        }
        started(fresh, false);
    }

    /** What the code did wrong, on its way to whoever decides what follows. */
    private static final class Stumble extends Exception {
        Stumble(Throwable cause) {
            super(cause);
        }

        @Override
        public synchronized Throwable getCause() {
            Throwable cause = super.getCause();
            return cause == null ? this : cause;
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
        long began = System.nanoTime();
        guard.enter(fresh, wholeStateNs());
        boolean good = false;
        try {
            fresh.init();
            if (from != null) {
                guard.step();
                fresh.restore(from.guest());
            }
            good = true;
        } catch (IndexFailure e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new Stumble(e);
        } finally {
            guard.leave();
            account(began);
            if (!good) {
                closeQuietly(fresh);
            }
        }
        instance = fresh;
    }

    private void started(SavedState from, boolean saved) {
        position = from.position();
        deadLettered = from.deadLettered();
        eventsSinceSave = 0;
        bytesSinceSave = 0;
        saveSoon = recoverTo - position > LONG_REPLAY;
        loadProblem = keeper().problem() == null ? loadProblem : keeper().problem();
        if (saved && savedPosition < 0) {
            lastSnapshot =
                    new VersionStatus.Snapshot(position, Instant.ofEpochMilli(from.takenAtMs()), from.guest().length);
        }
        if (!saved || savedPosition < 0) {
            savedPosition = position;
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
        if (saving) {
            return false;
        }
        if (!stopping.delete() && instance != null && position > savedPosition && !lastSaveTried) {
            lastSaveTried = true;
            try {
                save(guard);
            } catch (RuntimeException e) {
                LOG.warn("view {} version {} ends without a last snapshot", view, version, e);
            }
            if (saving) {
                return false;
            }
        }
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
        queries.refuseBeyond(-1, ErrorCode.UNAVAILABLE, "view is being stopped");
        failSaveWishes("view is being stopped");
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
            if (instance != null && keeper().wantsCommit()) {
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
        if (position >= head) {
            if (!held() && position >= recoverTo) {
                reachedHead();
            }
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

    private void reachedHead() {
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

    /** The hot loop: nothing in it allocates, takes a lock or, but rarely, looks at the clock. */
    private boolean feed(EventBatch events, long limit, CallGuard guard, long deadlineNs) {
        ViewInstance running = instance();
        StateKeeper states = keeper();
        boolean indexed = states instanceof IndexKeeper;
        SnapshotPolicy policy = spec.snapshots();
        long special = nextSpecial(limit);
        long eventsLeft = saving ? NEVER : policy.everyEvents() - eventsSinceSave;
        long bytesLeft = saving ? NEVER : policy.everyBytes() - bytesSinceSave;
        long before = position;
        long at = before;
        long bytes = 0;
        int untilClock = clockEvery;
        String error = null;
        Throwable trap = null;
        End end = End.TIME;
        long began = System.nanoTime();
        long looked = began;
        states.writable(true);
        guard.enter(running, spec.limits().maxEventTime().toNanos());
        try {
            while (true) {
                if (!events.next()) {
                    end = End.BATCH;
                    break;
                }
                long sequence = events.sequence();
                if (sequence != at + 1) {
                    throw new CorruptedOrder(stream, at, sequence);
                }
                if (sequence == special) {
                    end = End.SPECIAL;
                    break;
                }
                guard.step();
                error = running.append(events);
                if (error != null) {
                    end = End.REFUSED;
                    break;
                }
                if (indexed) {
                    states.eventDone();
                }
                at = sequence;
                bytes += events.payloadLength();
                if (at - before >= eventsLeft || bytes >= bytesLeft || (indexed && states.wantsCommit())) {
                    end = End.BOUND;
                    break;
                }
                if (--untilClock == 0) {
                    long now = System.nanoTime();
                    if (now >= deadlineNs) {
                        end = End.TIME;
                        break;
                    }
                    // Looks often enough to overshoot the slice by an eighth, and no oftener.
                    if (now - looked < around.sliceNs() / 8) {
                        clockEvery = Math.min(CLOCK_EVERY_MAX, 2 * clockEvery);
                    } else {
                        clockEvery = Math.max(1, clockEvery / 2);
                    }
                    looked = now;
                    untilClock = clockEvery;
                }
            }
        } catch (IndexFailure | CorruptionException | ThalwegException | CorruptedOrder e) {
            throw e;
        } catch (RuntimeException | Error e) {
            trap = e;
        } finally {
            guard.leave();
            states.writable(false);
            account(began);
            progress(at, at - before, bytes);
        }
        if (trap != null) {
            trapped(at + 1, trap);
            return true;
        }
        return switch (end) {
            case BATCH -> {
                batch = null;
                yield true;
            }
            case SPECIAL -> special(events, at + 1, limit, guard);
            case REFUSED -> {
                states.eventRefused();
                yield refused(events, at + 1, String.valueOf(error));
            }
            case BOUND, TIME -> true;
        };
    }

    /** The reader broke its promise: nothing that follows could be trusted. */
    private static final class CorruptedOrder extends RuntimeException {
        CorruptedOrder(StreamId stream, long last, long next) {
            super("reader of " + stream + " gave sequence " + next + " after " + last);
        }
    }

    private void progress(long at, long events, long bytes) {
        if (events == 0) {
            return;
        }
        position = at;
        processed += events;
        eventsSinceSave += events;
        bytesSinceSave += bytes;
        if (failing != 0 && at >= failing) {
            saveSoon = true; // what it took to get here shall not be needed again
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
        String error;
        long began = System.nanoTime();
        states.writable(true);
        guard.enter(instance(), spec.limits().maxEventTime().toNanos());
        try {
            error = instance().append(events);
        } catch (IndexFailure | CorruptionException | ThalwegException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            guard.leave();
            trapped(sequence, e);
            return true;
        } finally {
            guard.leave();
            states.writable(false);
            account(began);
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
        long began = System.nanoTime();
        guard.enter(running, spec.limits().maxEventTime().toNanos());
        ViewAnswer answer;
        try {
            answer = running.query(pending.query);
        } catch (RuntimeException | Error e) {
            guard.leave();
            LOG.warn("view {} version {}: a query failed: {}", view, version, text(e));
            queries.refuse(pending, ErrorCode.VIEW_FAILED, "query failed: " + text(e));
            recoverTo = Math.max(recoverTo, position);
            discard();
            return;
        } finally {
            guard.leave();
            account(began);
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
        return !saving
                && ((saveSoon && position >= recoverTo)
                        || !saveWishes.isEmpty()
                        || eventsSinceSave >= spec.snapshots().everyEvents()
                        || bytesSinceSave >= spec.snapshots().everyBytes()
                        || saveDueByTime(around.clock().millis()));
    }

    private boolean saveDueByTime(long nowMs) {
        return position > savedPosition
                && nowMs - lastSaveMs >= spec.snapshots().everyTime().toMillis();
    }

    private void saveIfDue(CallGuard guard) {
        if (saveDue()) {
            if (position <= savedPosition) {
                long sequence = savedPosition;
                for (var wish = saveWishes.poll(); wish != null; wish = saveWishes.poll()) {
                    wish.complete(sequence);
                }
                saveSoon = false;
                eventsSinceSave = 0;
                bytesSinceSave = 0;
                lastSaveMs = around.clock().millis();
                return;
            }
            save(guard);
        }
    }

    private void save(CallGuard guard) {
        SavedState current = currentState(guard);
        if (current == null) {
            return;
        }
        saveSoon = false;
        eventsSinceSave = 0;
        bytesSinceSave = 0;
        lastSaveMs = around.clock().millis();
        saving = true;
        CompletableFuture<VersionStatus.Snapshot> durable;
        try {
            durable = keeper().save(current);
        } catch (RuntimeException e) {
            saving = false;
            throw e;
        }
        var _ = durable.whenComplete((snapshot, failure) -> {
            if (failure == null) {
                lastSnapshot = snapshot;
                savedPosition = snapshot.sequence();
                saveProblem = null;
            } else {
                saveProblem = "snapshot at " + current.position() + " was not stored: " + text(failure);
                LOG.warn("view {} version {}: {}", view, version, saveProblem);
                failSaveWishes(String.valueOf(saveProblem));
            }
            saving = false;
            seat.signal();
        });
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
        long began = System.nanoTime();
        guard.enter(running, wholeStateNs());
        try {
            byte[] guest = running.snapshot();
            saveFailures = 0;
            return new SavedState(position, deadLettered, around.clock().millis(), guest);
        } catch (IndexFailure e) {
            throw e;
        } catch (RuntimeException | Error e) {
            guard.leave();
            recoverTo = Math.max(recoverTo, position);
            String why = "code failed to give its state at " + position + ": " + text(e);
            if (++saveFailures >= around.tries()) {
                giveUp(why, e);
            } else {
                LOG.warn("view {} version {}: {}", view, version, why);
                discard();
            }
            return null;
        } finally {
            guard.leave();
            account(began);
        }
    }

    private void failSaveWishes(String why) {
        for (var wish = saveWishes.poll(); wish != null; wish = saveWishes.poll()) {
            wish.completeExceptionally(new ThalwegException(ErrorCode.VIEW_FAILED, why));
        }
    }

    // ---------------------------------------------------------------- small things

    private long wholeStateNs() {
        return Math.max(WHOLE_STATE_NS, spec.limits().maxEventTime().toNanos());
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
