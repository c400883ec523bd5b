package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.QueryGround;
import io.thalweg.view.java.query.QuerySite;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a view, on the node that leads it.
 *
 * <p>{@link #step} takes what waits: timers whose time is over, ticks, ends of calls to the outside, and events of each stream, up to
 * {@value #MAX_INPUTS}; where nothing waits, it writes values of older schemas again. Handlers run one after the other over an overlay of
 * the index; what one of them did is undone when it throws. All that came of it is one record that is appended to the change log with
 * everything it emits beside it, if the step before is still the newest; then it goes to the index, with the positions in the same changes.
 * A partition begins with the steps of others, as a replica follows them ({@link ChangeLog}).
 *
 * <p>One thread at a time. When a method throws, the partition is to be dropped, and another made, which follows the change log: it tells
 * whether the step that was under way counts.
 */
public final class Partition {
    /** Most events of one step. */
    static final int MAX_INPUTS = 1_024;

    /** Most events of one step of a view of which somebody has said so. */
    private static final int MAX_INPUTS_SAID = 4_096;

    /** With more in its overlay a step takes nothing more: it would hardly fit into an event. */
    private static final long FULL_BYTES = 8L << 20;

    /** What one handler writes at most, in bytes, values that it replaces itself among them: what a step has in memory beyond {@link #FULL_BYTES}. */
    static final long HANDLER_BYTES = 32L << 20;

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
    private final @Nullable Outbox outbox;
    private final List<Runnable> sleepers = new CopyOnWriteArrayList<>();

    private Positions positions;
    private Renewal renewal;
    private Overlay overlay;
    private int inputsMax = MAX_INPUTS_SAID;
    private boolean deposed;

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
        this.trouble = new Trouble(wiring.declaration().poison(), around.tuning());
        this.reach = new Reach(wiring, around);
        this.intake = new Intake(this, wiring, streams);
        this.clockwork = new Clockwork(this, wiring, timersMax);
        this.calls = new OpenCalls(this, wiring, around.calls(), around.view());
        new ChangeLog(space, wiring.partition(), streams, store).catchUp();
        this.positions = store.positions(space, wiring.partition());
        this.batches = new Batches(this, wiring, streams, space, positions);
        this.overlay = overStore();
        for (Index<?> index : kept(wiring)) {
            indexes.put(index.name(), space.open(index, overlay));
        }
        this.renewal = new Renewal(indexes.values(), wiring::owns);
        // A version that emits nothing to another shard still sends what those before it have left.
        Outbox left = new Outbox(around, wiring, positions.sent());
        this.outbox = left.hasBacklog() || wiring.sendsBeyond(streams) ? left : null;
        calls.begin();
    }

    private static List<Index<?>> kept(Wiring wiring) {
        List<Index<?>> kept = new ArrayList<>(wiring.declaration().indexes());
        kept.addAll(Clockwork.INDEXES);
        kept.add(OpenCalls.CALLS);
        return kept;
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
        return new PartitionGround(this, wiring.partitions(), moment);
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

    /** How many steps it made. */
    public long steps() {
        return positions.step();
    }

    /** For each stream the sequence that was taken last; a copy. */
    public SortedMap<String, Long> taken() {
        return positions.all();
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
        sleepers.add(listener);
    }

    /** Whether {@link #step} has to be called though no stream has anything new. */
    public boolean hasEnds() {
        return calls.hasEnds();
    }

    /** Has nothing come of calls that run; to be called when the partition is dropped. */
    public void close() {
        calls.close();
    }

    void wake() {
        sleepers.forEach(Runnable::run);
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

    /** Tries parked events again, as they stand in their streams. */
    public void retry() {
        trouble.retry();
    }

    /**
     * Tries one parked event again, as it stands in its stream.
     *
     * @throws ThalwegException {@code VIEW_NOT_PARKED} when its stream waits for another event, or for none
     */
    public void retry(Parked event) {
        trouble.requireWaiting(event);
        trouble.retry(event.stream());
    }

    /**
     * Tries one parked event again with another payload. The event stays as it is in its stream: a view that is rebuilt meets it as it was, and so
     * does who leads the partition next, if this one falls before the step counts.
     *
     * @throws ThalwegException {@code VIEW_NOT_PARKED} when its stream waits for another event, or for none; {@code INVALID_REQUEST} for what
     *     is no event of a stream
     */
    public void edit(Parked event, byte[] payload) {
        trouble.requireWaiting(event);
        requireEditable(event);
        trouble.edit(event, payload);
    }

    /** Refuses with {@code INVALID_REQUEST} what {@link #edit} can do nothing with: batches, timers, ticks and calls. */
    public static void requireEditable(Parked event) {
        if (Batches.batch(event.stream()) != null || !event.stream().contains("/")) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    event.stream() + " has no payload that could be another: retry or skip it");
        }
    }

    /** An event as its handler gets it: with another payload where somebody has said so. */
    Streams.Event edited(String stream, Streams.Event event) {
        return trouble.edited(stream, event);
    }

    /**
     * Leaves out a parked event for ever.
     *
     * @throws ThalwegException {@code VIEW_NOT_PARKED} when its stream waits for another event, or for none; {@code UNAVAILABLE} when
     *     another leader made a step
     */
    public void skip(Parked event) {
        trouble.requireWaiting(event);
        Long goneUpTo = trouble.goneUpTo(event.stream());
        trouble.left(event.stream());
        StepWork work = new StepWork(now());
        String batch = Batches.batch(event.stream());
        if (goneUpTo != null && batch != null) {
            batches.goOnWithout(batch);
        } else {
            leaveOut(event.stream(), goneUpTo == null ? event.sequence() : goneUpTo, work);
        }
        commit(work);
        if (deposed) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "another node leads the partition now: try again");
        }
    }

    /** Goes on behind an event as if it had been taken. */
    private void leaveOut(String stream, long sequence, StepWork work) {
        String batch = Batches.batch(stream);
        if (batch != null) {
            batches.leaveOut(batch, work);
        } else if (stream.equals(Clockwork.TIMER)) {
            clockwork.leaveOut(sequence);
        } else if (stream.equals(OpenCalls.CALL)) {
            calls.leaveOut(sequence);
        } else if (clockwork.isTick(stream)) {
            clockwork.leaveOutTick(stream);
        } else {
            positions.taken(stream, sequence);
        }
    }

    /**
     * Makes a step of what waits.
     *
     * @return whether there was anything to do
     */
    public boolean step() {
        if (deposed) {
            return false;
        }
        StepWork work = new StepWork(now());
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
        }
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
        // What a batch has set aside was made of what stands in its indexes now: nothing is to be written again there
        // meanwhile.
        boolean renews = !positions.isInBatch() && !reach.isHeld() && !renewal.isDone();
        if (work.taken == 0 && work.ended.isEmpty() && !(renews && renewal.goOn(overlay))) {
            calls.start();
            return work.passedOver || (renews && !renewal.isDone());
        }
        commit(work);
        return true;
    }

    /** Whether what it has asked for or emitted is too far behind to take in more. */
    private boolean isBackedUp() {
        return calls.isFull() || (outbox != null && positions.step() - outbox.sent() > Outbox.STEPS_MAX);
    }

    /** The same with one input at most, for who looks at each. */
    public boolean stepOfOne() {
        inputsMax = 1;
        return step();
    }

    /** Whether a stream may give more to a step. */
    boolean takes(String stream, StepWork work) {
        return !trouble.isHeld(stream, time)
                && !work.isFull(inputsMax(), time)
                && (work.taken == 0 || overlay.bytes() < FULL_BYTES);
    }

    /** The same of what may ask for calls: there is to be room for these. */
    boolean takesMore(String stream, StepWork work) {
        return takes(stream, work) && !calls.isFull();
    }

    /** How many events more a step takes. */
    int room(StepWork work) {
        return Math.max(1, inputsMax() - work.taken);
    }

    Batches batches() {
        return batches;
    }

    private int inputsMax() {
        int said = around.tuning().get().stepInputs();
        return Math.min(said == 0 ? MAX_INPUTS : said, inputsMax);
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

    /** Has a batch wait for somebody to look. */
    void park(String stream, long number, String reason) {
        trouble.park(stream, number, reason);
    }

    private Overlay overStore() {
        return new Overlay(store.store().latest(), HANDLER_BYTES);
    }

    /** Runs a handler; what it did counts whole or not at all. False if its stream is to wait. */
    boolean run(StepWork.Taken what, StepWork work, Call call) {
        overlay.mark();
        RunningStep step = new RunningStep(this, wiring, overlay, what.at(), what.origin(), what.replay());
        try {
            call.with(step);
            // Code may have caught what said so.
            overlay.requireRoom();
            step.requireRoom();
            overlay.keep();
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            overlay.rollBack();
            overlay.keep();
            return trouble.isPoison(what.stream(), e, now()) && poison(what, work, e);
        } finally {
            step.close();
        }
        work.took(what, step);
        trouble.passed(what.stream());
        return true;
    }

    /** Puts an event aside, or has its stream wait for somebody to look; false then. */
    private boolean poison(StepWork.Taken what, StepWork work, Throwable e) {
        String reason = Trouble.reason(e);
        if (trouble.policy() == Declaration.Poison.PARK) {
            trouble.park(what.stream(), what.sequence(), reason);
            return false;
        }
        work.emitted.add(new Streams.Append(
                Wiring.deadLetters(wiring.partition()),
                what.stream() + "@" + what.sequence() + ": " + reason,
                what.payload(),
                null));
        work.taken++;
        Origin origin = what.origin();
        if (origin != null) {
            work.origins.add(origin);
        }
        return true;
    }

    /** Events are gone that the view has not taken: their stream waits for somebody to look, or a dead letter names them. */
    void passGone(Trouble.Gone gone, StepWork work) {
        if (trouble.policy() == Declaration.Poison.PARK) {
            trouble.parkBefore(gone, gone.stream(), gone.first());
            return;
        }
        work.emit(new Streams.Append(Wiring.deadLetters(wiring.partition()), gone.reason(), new byte[0], null));
        work.taken++;
        positions.taken(gone.stream(), gone.last());
    }

    /** Has a batch wait for somebody to look at what of its events is gone. */
    void parkBefore(Trouble.Gone gone, String batch, long number) {
        trouble.parkBefore(gone, batch, number);
    }

    private void commit(StepWork work) {
        long before = positions.step();
        positions.step(before + 1);
        positions.sent(outbox == null ? before : outbox.sent());
        space.position(overlay, wiring.partition(), positions.write());
        List<Streams.Append> appends = new ArrayList<>();
        List<Streams.Append> sent = new ArrayList<>();
        for (Streams.Append append : work.emitted) {
            if (streams.isBeside(append.stream())) {
                appends.add(append);
            } else {
                sent.add(new Streams.Append(
                        streams.address(append.stream()), append.key(), append.payload(), append.hop()));
            }
        }
        StepRecord record = new StepRecord(overlay.changes(), work.answers, sent);
        byte[] written = record.write();
        if (written.length > MAX_STEP_BYTES || work.emittedBytes > StepWork.MAX_EMITTED_BYTES) {
            tooLarge(work, written.length);
            return;
        }
        inputsMax = Math.min(MAX_INPUTS_SAID, inputsMax * 2);
        appends.addFirst(new Streams.Append(wiring.changes(), null, written, null));
        List<Origin> underWay = work.underWay();
        around.listener().emitting(underWay);
        if (!streams.append(wiring.changes(), before, appends)) {
            around.listener().refused(underWay);
            deposed = true;
            return;
        }
        // Where another leader or a follower has brought it here already it counts all the same.
        deposed = !store.apply(space, wiring.partition(), before, record.changes());
        if (!deposed) {
            overlay = overStore();
            trouble.forgetEdits(positions);
            calls.opened(work);
        }
        around.listener().committed(work.origins, work.answers);
    }

    /** Takes a step back that does not fit into an event: with fewer inputs it may. What does not fit alone has failed for good. */
    private void tooLarge(StepWork work, int bytes) {
        overlay = overStore();
        // The overlay before may have had the schemas, which the first step brings.
        kept(wiring).forEach(index -> space.open(index, overlay));
        positions = store.positions(space, wiring.partition());
        calls.back(work);
        clockwork.back();
        if (work.taken > 1) {
            inputsMax = Math.max(1, Math.min(work.taken, inputsMax) / 2);
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
        StepWork rest = new StepWork(now());
        boolean left = poison(
                last,
                rest,
                new IllegalStateException("one event changes " + bytes + " bytes and emits " + work.emittedBytes
                        + ", at most " + MAX_STEP_BYTES + " and " + StepWork.MAX_EMITTED_BYTES + " fit into a step"));
        if (left) {
            leaveOut(last.stream(), last.sequence(), rest);
            commit(rest);
        }
    }

    void schedule(String timer, String key, Instant at, byte[] payload, boolean replay) {
        clockwork.schedule(timer, key, at, payload, replay);
    }

    OpenCalls.Opened open(String call, String key, byte[] question, @Nullable Origin origin, boolean replay) {
        return calls.open(call, key, question, origin, replay);
    }
}
