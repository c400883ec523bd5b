package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.Renewal;
import io.thalweg.index.store.Known;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.model.Limits;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.QueryGround;
import io.thalweg.view.java.query.QuerySite;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a view, on the node that leads it.
 *
 * <p>{@link #step} takes what waits: timers whose time is over, ticks, ends of calls to the outside, and events of each stream, up to
 * {@value StepWork.Inputs#MAX}; where nothing waits, it writes values of older schemas again. Handlers run one after the other over an overlay of
 * the index; what one of them did is undone when it throws. All that came of it is one record that is appended to the change log with
 * everything it emits beside it, if the step before is still the newest; then it goes to the index, with the positions in the same changes.
 * A partition begins with the steps of others, as a replica follows them ({@link ChangeLog}).
 *
 * <p>While a step is appended the next is made, over an overlay that lies on its own. Nothing of that one leaves, and nobody hears of it, before the one
 * it lies on is stored and told ({@link #settle}); if that is not, both are dropped with the partition.
 *
 * <p>One thread at a time. When a method throws, the partition is to be dropped, and another made, which follows the change log: it tells
 * whether the step that was under way counts.
 */
public final class Partition {
    /** With more in its overlay a step takes nothing more: it would hardly fit into an event. */
    private static final long FULL_BYTES = 8L << 20;

    /** What one handler writes at most, in bytes, values that it replaces itself among them: what a step has in memory beyond {@link #FULL_BYTES}. */
    static final long HANDLER_BYTES = 32L << 20;

    /** For how long it waits for the step before at most, until it looks again what else waits. */
    private static final int LOOK_MS = 16;

    /** Largest step: an event's payload. */
    private static final int MAX_STEP_BYTES = Limits.MAX_EVENT_BYTES - 1024;

    /** An event that does not get through, and why. */
    public record Parked(String stream, long sequence, String reason) {
        /** Whether it is a timer, which stays when another state of the view takes over. */
        public boolean isTimer() {
            return stream.equals(Clockwork.TIMER);
        }
    }

    /** What is to be done with an event. */
    interface Call {
        void with(RunningStep step) throws Exception;
    }

    private final Wiring wiring;
    private final Surroundings around;
    private final Streams streams;
    private final StepStore store;
    private final InstantSource time;
    private final IndexSpace space;
    private final Map<String, OpenIndex<?>> indexes = new HashMap<>();
    private final Trouble trouble;
    private final Reach reach;
    private final Intake intake;
    private final Clockwork clockwork;
    private final OpenCalls calls;
    private final Batches batches;
    private final Repairs repairs;
    private final @Nullable Outbox outbox;
    private final StepWork.Inputs inputs;

    /** What it has read and written lately of its cells, which it alone writes. */
    private Known known;

    private Positions positions;
    private Renewal renewal;

    /** What the step that is being made writes; over the store, and over what {@link #inFlight} writes. */
    private Overlay overlay;

    /** The step whose append is under way; of the one thread, but {@link #isSettled} is asked by who gives that up. */
    private volatile StepWork.@Nullable InFlight inFlight;

    /** Positions of the newest step that counts, in their form. */
    private volatile byte[] stored;

    private StepWork.@Nullable Unsettled unsettled;
    private boolean deposed;
    private volatile boolean making;

    /**
     * Makes the partition, and brings it up to the newest step.
     *
     * @throws ChangeLog.BehindException when the index misses steps that are not kept any more
     */
    public Partition(Wiring wiring, Surroundings around) {
        this(wiring, around, Clockwork.TIMERS_MAX);
    }

    Partition(Wiring wiring, Surroundings around, int timersMax) {
        this.wiring = wiring;
        this.around = around;
        this.streams = around.streams();
        this.store = around.store();
        this.time = around.time();
        this.space = around.space();
        this.inputs = new StepWork.Inputs(around.tuning());
        this.trouble = new Trouble(wiring.declaration().poison(), around.tuning());
        this.reach = new Reach(wiring, around);
        this.intake = new Intake(this, wiring, streams);
        this.clockwork = new Clockwork(this, wiring, timersMax);
        this.calls = new OpenCalls(this, wiring, around.calls(), around.view());
        new ChangeLog(space, wiring.partition(), streams, store).catchUp();
        this.positions = store.positions(space, wiring.partition());
        this.stored = positions.write();
        this.batches = new Batches(this, wiring, streams, space, positions);
        this.repairs = new Repairs(this, trouble, batches, clockwork, calls, intake);
        this.known = new Known(store.store().latest());
        this.overlay = new Overlay(below(), HANDLER_BYTES);
        for (Index<?> index : wiring.kept()) {
            indexes.put(index.name(), space.open(index, overlay));
        }
        this.renewal = new Renewal(indexes.values(), wiring::owns);
        // A version that emits nothing to another shard still sends what those before it have left.
        Outbox left = new Outbox(around, wiring, positions.sent());
        this.outbox = left.hasBacklog() || wiring.sendsBeyond(streams) ? left : null;
        calls.begin();
    }

    /** An index by its declaration; for readers, who take a snapshot of the store. */
    @SuppressWarnings("unchecked") // an index is opened by its own declaration
    public <T> OpenIndex<T> index(Index<T> index) {
        OpenIndex<?> open = indexes.get(index.name());
        if (open == null || !open.declaration().equals(index)) {
            throw new DeclarationException("index " + index.name() + " is not declared by the view; declare it with"
                    + " view.index(…)" + Wiring.userLine());
        }
        return (OpenIndex<T>) open;
    }

    /** An index by its name, as those see it who have no class of the view's; null if there is none. */
    public @Nullable OpenIndex<?> index(String name) {
        return wiring.declaration().indexes().stream()
                        .anyMatch(each -> each.name().equals(name))
                ? indexes.get(name)
                : null;
    }

    /** What queries of the view read from, at a moment. */
    public QueryGround ground(Moment moment) {
        return new Ground(this, wiring.partitions(), moment);
    }

    private record Ground(Partition partition, int partitions, Moment moment) implements QueryGround {
        @Override
        public <T> OpenIndex<T> index(Index<T> index) {
            return partition.index(index);
        }

        @Override
        public List<Other> others() {
            return partition.others();
        }
    }

    /** The queries that the view answers. */
    public List<Query<?, ?>> queries() {
        return wiring.declaration().queries();
    }

    /** The other views that it reads. */
    public List<Other> others() {
        return wiring.others();
    }

    /** Events before which the partition stands still; the rest goes on. */
    public List<Parked> parked() {
        return trouble.parked();
    }

    /** Whether anything is to be tried again at once. */
    public boolean hasFailures() {
        return trouble.hasFailures();
    }

    /** What an event waits for that others do not give, and is tried again for in a while; null if none does. */
    public @Nullable String waiting() {
        return trouble.waiting();
    }

    /** How many steps it made that count. From any thread. */
    public long steps() {
        return counting().step();
    }

    /** For each stream the sequence that was taken last, in a step that counts; a copy. From any thread. */
    public SortedMap<String, Long> taken() {
        return counting().all();
    }

    private Positions counting() {
        return making || inFlight != null || deposed ? Positions.read(stored) : positions;
    }

    /** Whether it is known of each step that it made whether it counts. */
    public boolean isSettled() {
        return inFlight == null;
    }

    /** What sends to other shards, on a thread of its own; null where everything that the view emits lies beside its steps. */
    public @Nullable Outbox outbox() {
        return outbox;
    }

    /** Whether all is sent that steps up to one emit to other shards. From any thread. */
    public boolean hasSent(long step) {
        return outbox == null || outbox.sent() >= step;
    }

    /** Whether another leader made a step, after which this one can make no more. */
    public boolean isDeposed() {
        return deposed;
    }

    /** Has somebody hear when a call to the outside has ended, from any thread. */
    public void onWake(Runnable listener) {
        calls.onEnd(listener);
    }

    /** Whether {@link #step} has to be called though no stream has anything new. */
    public boolean hasEnds() {
        return calls.hasEnds();
    }

    /** Has nothing come of calls that run; to be called when the partition is dropped. */
    public void close() {
        calls.close();
    }

    QuerySite site() {
        return around.queries();
    }

    Overlay overlay() {
        return overlay;
    }

    Positions positions() {
        return positions;
    }

    Instant now() {
        return time.instant();
    }

    /** What somebody may do about events that failed. */
    public Repairs repairs() {
        return repairs;
    }

    /**
     * Makes a step of what waits. The step before it counts when this returns; this one itself may be under way still.
     *
     * @return whether there was anything to do
     */
    public boolean step() {
        if (!overlaps()) {
            settle();
        }
        making = true; // and stays so when it throws: what it has taken counts nowhere
        boolean made = true;
        try {
            made = !deposed && make(new StepWork(now()));
        } catch (StepWork.Unsettled e) {
            e.throwFailure(); // or it is deposed
        }
        making = false;
        if (!overlaps()) {
            settle();
        }
        return made;
    }

    /**
     * Whether a step is made while the one before it is appended. Not where what it does is decided by what else is stored: what a batch does, by what other
     * partitions say and have prepared; what a state takes that follows another, by how far that one is.
     */
    private boolean overlaps() {
        return !wiring.hasBatches()
                && positions.batches().isEmpty()
                && around.ahead() == null
                && positions.place() != Positions.Place.FOLLOWS;
    }

    private boolean make(StepWork work) {
        calls.stepBegins();
        reach.look(positions, now());
        if (reach.isFollowing() && store.step(space, wiring.partition()) != positions.step()) {
            deposed = true; // it has taken over, or another leads it
            return false;
        }
        if (reach.begin(positions, now())) {
            commit(work);
            return true;
        }
        // First, so that a batch begins with what stands in a step before this one.
        batches.take(work);
        if (wiring.hasBatches() || !positions.batches().isEmpty()) {
            intake.takeMessages(work);
            if (batches.isHeld()) {
                if (work.taken > 0) {
                    commit(work);
                }
                return work.taken > 0 || work.passedOver;
            }
            batches.take(work); // what waited for that alone: one step less is one commit less
        }
        boolean waited = inFlight != null;
        take(work);
        int ms = 1;
        for (StepWork.InFlight before = inFlight; before != null && hasRoom(work); before = inFlight) {
            ms = Math.min(LOOK_MS, 2 * ms);
            if (work.isLate(time) || before.pending().isKnown(ms)) {
                settle();
            } else {
                take(work);
            }
        }
        if (waited && !deposed) {
            take(work); // what the step before has hopped here is there now
        }
        if (deposed) {
            return true;
        }
        // What a batch has set aside was made of what stands in its indexes now: that is not written again meanwhile.
        boolean renews = !positions.isInBatch() && !reach.isHeld() && !renewal.isDone();
        if (work.taken == 0 && work.ended.isEmpty() && !(renews && renewal.goOn(overlay))) {
            calls.start();
            return waited || work.passedOver || (renews && !renewal.isDone());
        }
        commit(work);
        return true;
    }

    /** What lies below the steps. A batch also looks at cells of other partitions, which it would not hear of. */
    private Reading below() {
        return wiring.hasBatches() ? store.store().latest() : known;
    }

    private void take(StepWork work) {
        // By turns, so that neither leaves the other no room.
        boolean timeFirst = (positions.step() & 1) == 1;
        boolean backedUp = isBackedUp();
        if (timeFirst && !backedUp) {
            clockwork.take(work);
        }
        calls.take(work);
        if (!backedUp) {
            intake.take(work);
        }
        if (!timeFirst && !backedUp) {
            clockwork.take(work);
        }
    }

    /** Whether what it has asked for or emitted is too far behind to take in more. */
    private boolean isBackedUp() {
        return calls.isFull() || (outbox != null && positions.step() - outbox.sent() > Outbox.STEPS_MAX);
    }

    /** The same with one input at most, for who looks at each. */
    public boolean stepOfOne() {
        inputs.one();
        return step();
    }

    /** Whether a stream may give more to a step. */
    boolean takes(String stream, StepWork work) {
        StepWork.InFlight before = inFlight;
        if (before != null && before.pending().isKnown(0)) {
            settle(); // who waits for that one is not to wait for this one
        }
        return !deposed && !work.failed.contains(stream) && !trouble.isHeld(stream, time) && hasRoom(work);
    }

    private boolean hasRoom(StepWork work) {
        return !work.isFull(inputs.max(), time) && (work.taken == 0 || overlay.bytes() < FULL_BYTES);
    }

    /** The same of what may ask for calls: there is to be room for these. */
    boolean takesMore(String stream, StepWork work) {
        return takes(stream, work) && !calls.isFull();
    }

    /** How many events more a step takes. */
    int room(StepWork work) {
        return Math.max(1, inputs.max() - work.taken);
    }

    Batches batches() {
        return batches;
    }

    Trouble trouble() {
        return trouble;
    }

    Reach reach() {
        return reach;
    }

    /** Whether what is done now was done before, or is done by another state of the view, too. */
    boolean isReplay(boolean itself) {
        return itself || reach.isFollowing();
    }

    /** Whether what a replay emits was emitted by another state of the view, and is not to be again. */
    boolean isSilent() {
        return positions.place() != Positions.Place.OWN;
    }

    /**
     * Has it take in nothing more of its logs, so that all that is under way comes to its end; or go on. From any thread.
     *
     * @param since the last moment of which timers come; null to go on
     */
    public void hold(@Nullable Instant since) {
        reach.hold(since);
    }

    /** Runs a handler; what it did counts whole or not at all. False if its stream is to wait. */
    boolean run(StepWork.Taken what, StepWork work, Call call) {
        overlay.mark();
        RunningStep step = new RunningStep(this, wiring, overlay, what.at(), what.origin(), what.replay());
        try {
            call.with(step);
            // Code may have caught what said so.
            throwUnsettled();
            overlay.requireRoom();
            step.requireRoom();
            overlay.keep();
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            throwUnsettled();
            overlay.rollBack();
            overlay.keep();
            if (trouble.isPoison(what.stream(), e, now()) && poison(what, work, e)) {
                return true;
            }
            work.failed.add(what.stream());
            return false;
        } finally {
            step.close();
        }
        work.took(what, step);
        trouble.passed(what.stream());
        return true;
    }

    /** Puts an event aside, or has its stream wait for somebody to look; false then. */
    boolean poison(StepWork.Taken what, StepWork work, Throwable e) {
        String reason = Trouble.reason(e);
        if (trouble.policy() == Declaration.Poison.PARK) {
            trouble.park(what, reason);
            return false;
        }
        work.putAside(what, Wiring.deadLetters(wiring.partition()), reason);
        return true;
    }

    /** Has a step appended that lies on one which counts. */
    void commit(StepWork work) {
        long before = positions.step();
        positions.step(before + 1);
        positions.sent(outbox == null ? before : outbox.sent());
        byte[] its = positions.write();
        space.position(overlay, wiring.partition(), its);
        StepRecord record = new StepRecord(overlay.changes(), work.answers, work.beyond(streams));
        byte[] written = record.write();
        settle();
        if (deposed) {
            return;
        }
        if (written.length > MAX_STEP_BYTES || work.emittedBytes > StepWork.MAX_EMITTED_BYTES) {
            tooLarge(work, written.length);
            return;
        }
        inputs.more();
        List<Streams.Append> appends = work.beside(streams);
        appends.addFirst(new Streams.Append(wiring.changes(), null, written, null));
        around.listener().emitting(work.underWay());
        Streams.Pending pending = streams.begin(wiring.changes(), before, appends);
        inFlight = new StepWork.InFlight(work, before, record.changes(), its, pending);
        calls.sent(work);
        overlay = new Overlay(overlay, HANDLER_BYTES);
        if (pending.isKnown(0)) {
            settle();
        }
    }

    /**
     * Waits until it is known whether the step counts whose append is under way, if there is one; then it is in the index, and who waits for it hears of it. When
     * this throws, the partition is to be dropped.
     */
    public void settle() {
        StepWork.InFlight step = inFlight;
        if (step != null) {
            try {
                settle(step);
            } finally {
                around.listener().settled();
            }
        }
    }

    private void settle(StepWork.InFlight step) {
        boolean appended = step.pending().appended();
        // Where another leader or a follower has brought it here already it counts all the same.
        deposed = !appended || !store.apply(space, wiring.partition(), step.before(), step.changes());
        inFlight = null;
        if (!appended) {
            around.listener().refused(step.work().underWay());
            return;
        }
        stored = step.positions();
        if (!deposed) {
            known.written(step.changes());
            overlay.onto(below());
            trouble.forgetEdits(stored);
            calls.opened(step.work());
        }
        around.listener().committed(step.work().origins, step.work().answers);
    }

    /** The same within a handler, whose doing it is not when this fails: it and what it has done are over then, whatever it catches. */
    void settleWithin() {
        try {
            settle();
        } catch (RuntimeException e) {
            unsettled = new StepWork.Unsettled(e);
        }
        if (deposed) {
            unsettled = new StepWork.Unsettled(null);
        }
        throwUnsettled();
    }

    private void throwUnsettled() {
        if (unsettled != null) {
            throw unsettled;
        }
    }

    /** Takes a step back that does not fit into an event: with fewer inputs it may. What does not fit alone has failed for good. */
    private void tooLarge(StepWork work, int bytes) {
        known = new Known(store.store().latest());
        overlay = new Overlay(below(), HANDLER_BYTES);
        // The overlay before may have had the schemas, which the first step brings.
        wiring.kept().forEach(index -> space.open(index, overlay));
        positions = store.positions(space, wiring.partition());
        calls.back(work);
        clockwork.back();
        if (work.taken > 1) {
            inputs.fewerThan(work.taken);
            return;
        }
        StepWork.Taken last = work.last;
        if (last == null) {
            if (positions.isInBatch()) { // renewal waits for that to end
                throw new IllegalStateException(
                        "a step of a batch has " + bytes + " bytes, at most " + MAX_STEP_BYTES + " fit into an event");
            }
            renewal = renewal.inSmallerPieces(indexes.values(), bytes);
            return;
        }
        repairs.putAside(
                last,
                new IllegalStateException("one event changes " + bytes + " bytes and emits " + work.emittedBytes
                        + ", at most " + MAX_STEP_BYTES + " and " + StepWork.MAX_EMITTED_BYTES + " fit into a step"));
    }

    void schedule(String timer, String key, Instant at, byte[] payload, boolean replay) {
        clockwork.schedule(timer, key, at, payload, replay);
    }

    OpenCalls.Opened open(String call, String key, byte[] question, @Nullable Origin origin, boolean replay) {
        return calls.open(call, key, question, origin, replay);
    }
}
