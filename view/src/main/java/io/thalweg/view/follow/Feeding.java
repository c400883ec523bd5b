package io.thalweg.view.follow;

import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.event.EventId;
import io.thalweg.view.DeadLetters;
import io.thalweg.view.Gap;
import io.thalweg.view.PoisonPolicy;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.schedule.CallGuard;
import io.thalweg.view.state.SavedState;
import io.thalweg.view.state.StateKeeper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a stream's events to a version's code, one after another: reads ahead, runs the {@link FeedLoop}, and decides about each event
 * that is not simply processed, because it is to be skipped, failed before, or is refused. Owns the position of the state in hand. Used
 * by the follower's worker alone.
 */
final class Feeding {
    private static final Logger LOG = LoggerFactory.getLogger(Feeding.class);
    private static final int BATCH_EVENTS = 8_192;
    private static final int BATCH_BYTES = 1 << 20;
    private static final long NEVER = Long.MAX_VALUE;

    /** What comes after some feeding. */
    sealed interface Step {
        /** There may be more to do at once. */
        record More() implements Step {}

        /** Nothing, until something outside changes. */
        record Rest() implements Step {}

        /** Only somebody else can decide about this event. */
        record Stuck(EventId at, String why) implements Step {}
    }

    private static final Step MORE = new Step.More();
    private static final Step REST = new Step.Rest();

    /**
     * What one run goes by.
     *
     * @param limit the sequence behind which no event is processed
     * @param deadlineNs by the clock's monotonic time
     */
    record Orders(VersionSpec spec, StateKeeper keeper, CallGuard guard, long limit, long deadlineNs) {}

    private final Follower.Identity identity;
    private final Follower.Surroundings around;
    private final Guest guest;
    private final Recovery recovery;
    private final Saving saving;
    private final Digests digests;
    private final Arrival arrival = new Arrival();
    private final Runnable wake;
    private final FeedLoop loop;

    private long sequence;
    private long processed;
    private long deadLettered;
    private long restored; // the position of the state that this one began as
    private final List<Gap> gaps = new ArrayList<>();
    private @Nullable EventBatch batch;
    private @Nullable CompletableFuture<?> letter; // on its way, for the event behind the position
    private long letterSequence;
    private long[] skipped = {}; // sequences in order
    private @Nullable Set<EventId> skippedOf;

    Feeding(
            Follower.Identity identity,
            Follower.Surroundings around,
            Guest guest,
            Recovery recovery,
            Saving saving,
            Digests digests,
            Runnable wake) {
        this.identity = identity;
        this.around = around;
        this.guest = guest;
        this.recovery = recovery;
        this.saving = saving;
        this.digests = digests;
        this.wake = wake;
        this.loop = new FeedLoop(around.clock(), around.sliceNs());
    }

    private StreamId stream() {
        return identity.stream();
    }

    /** The last sequence that the state in hand reflects. */
    long sequence() {
        return sequence;
    }

    /** Events processed since the host started, repetitions included. */
    long processed() {
        return processed;
    }

    /** Whether the state in hand reflects an event that was not to be skipped until now. */
    boolean isPast(EventId event) {
        long at = event.sequence();
        return event.stream().equals(stream()) && at <= sequence && (at > restored || at > deadLettered);
    }

    Position position() {
        return Position.of(stream(), sequence);
    }

    List<Gap> gaps() {
        return List.copyOf(gaps);
    }

    Arrival arrival() {
        return arrival;
    }

    /** The state in hand, to be kept. */
    SavedState state(long nowMs, byte[] guestBytes) {
        return new SavedState(position(), Position.of(stream(), deadLettered), nowMs, gaps, guestBytes);
    }

    /** A version's state before its first event. */
    SavedState beginning(VersionSpec spec) {
        long before = spec.startSequence() - 1;
        return new SavedState(
                Position.of(stream(), before),
                Position.of(stream(), 0),
                0,
                before == 0 ? List.of() : List.of(new Gap(stream(), 1, before)),
                new byte[0]);
    }

    /** A state was restored. */
    void restored(SavedState from) {
        drop();
        sequence = from.position().of(stream());
        restored = sequence;
        deadLettered = from.deadLettered().of(stream());
        gaps.clear();
        gaps.addAll(from.gaps());
        arrival.restart();
        digests.restart();
    }

    /** Forgets what was read ahead, for an instance that is gone. */
    void drop() {
        batch = null;
        letter = null;
    }

    /** Processes events until the time is over or there are none. */
    Step run(Orders orders) {
        if (letter != null) {
            Step step = settleLetter();
            if (step != null) {
                return step;
            }
        }
        while (guest.isAlive()) {
            if (sequence >= orders.limit) {
                return REST;
            }
            Step step = batch == null ? fetch(orders.spec, orders.limit == NEVER) : null;
            EventBatch events = batch;
            if (step == null && events != null) {
                step = feed(events, orders);
            }
            if (step != null) {
                return step;
            }
            if (guest.isAlive() && orders.keeper.wantsCommit(false)) {
                saving.commit(this, orders.keeper, orders.spec, orders.guard);
            }
            if (around.clock().monotonicNs() >= orders.deadlineNs || saving.isDue(sequence)) {
                return MORE;
            }
        }
        return MORE;
    }

    /** Reads ahead; null when there is something to feed. */
    private @Nullable Step fetch(VersionSpec spec, boolean follows) {
        EventReader reader = around.reader();
        long head = reader.head(stream());
        if (follows && !recovery.isBehind(sequence)) {
            arrival.look(sequence, head);
        }
        if (sequence >= head) {
            return REST;
        }
        long first = reader.first(stream());
        if (sequence + 1 < first) {
            Step step = jumpTo(first, spec);
            if (step != null || sequence >= head) {
                return step == null ? REST : step;
            }
        }
        EventBatch read = reader.read(stream(), sequence + 1, BATCH_EVENTS, BATCH_BYTES);
        recovery.machineWorks();
        if (read.count() == 0) {
            return REST;
        }
        batch = read;
        return null;
    }

    /** Events before {@code first} are gone: a hole, which nobody but an operator may pass. */
    private @Nullable Step jumpTo(long first, VersionSpec spec) {
        EventId next = new EventId(stream(), sequence + 1);
        Gap gap = new Gap(stream(), sequence + 1, first - 1);
        if (!spec.skipped().contains(next)) {
            return new Step.Stuck(
                    next,
                    "events " + gap.from() + " to " + gap.to()
                            + " were removed by retention before the view processed them; skip " + gap.from()
                            + " to go on behind them, or deploy a new version");
        }
        LOG.warn("{} goes on without the events {}", identity, gap.text());
        if (gaps.size() == Gap.MAX) {
            gap = new Gap(stream(), gaps.removeLast().from(), gap.to());
        }
        gaps.add(gap);
        sequence = first - 1;
        return null;
    }

    private @Nullable Step feed(EventBatch events, Orders orders) {
        StateKeeper keeper = orders.keeper;
        long special = nextSpecial(orders);
        boolean recovering = recovery.isBehind(sequence); // saves nothing until it is back where it was
        long from = sequence;
        FeedLoop.End end;
        keeper.writable(true);
        try {
            end = guest.enter(
                    orders.guard,
                    orders.spec.eventNs(),
                    running -> loop.run(
                            events,
                            running,
                            keeper,
                            orders.guard,
                            from,
                            special,
                            digests,
                            recovering ? NEVER : saving.schedule().eventsLeft(),
                            recovering ? NEVER : saving.schedule().bytesLeft(),
                            orders.deadlineNs));
        } finally {
            keeper.writable(false);
            progress(loop.position(), loop.events(), loop.bytes());
        }
        switch (end) {
            case BATCH -> batch = null;
            case SPECIAL -> {
                return special(events, special, orders);
            }
            case PLACE -> {
                batch = null;
                place(orders);
            }
            case REFUSED -> {
                keeper.eventRefused();
                return refused(events, sequence + 1, loop.error(), orders.spec);
            }
            case TRAPPED -> trapped(sequence + 1, loop.trap());
            case BOUND, TIME -> {}
        }
        return null;
    }

    /** The state in hand is at a place where others are looked at, too. One that is catching up has more such places before it than it is worth. */
    private void place(Orders orders) {
        if (orders.limit == NEVER && arrival.isReached() && !recovery.isBehind(sequence)) {
            long basis = digests.basis(gaps, orders.spec.skipped(), stream(), sequence);
            saving.digest(this, orders.keeper, orders.spec, orders.guard, basis, digests);
        }
    }

    private void progress(long at, long events, long bytes) {
        if (events == 0) {
            return;
        }
        sequence = at;
        processed += events;
        saving.schedule().processed(events, bytes);
        if (recovery.passed(at)) {
            saving.schedule().soon(); // what it took to get here shall not be needed again
        }
    }

    /** The next sequence that is not simply to be processed. */
    private long nextSpecial(Orders orders) {
        long next = orders.limit == NEVER ? NEVER : orders.limit + 1;
        if (recovery.failing() > sequence) {
            next = Math.min(next, recovery.failing());
        }
        Set<EventId> wanted = orders.spec.skipped();
        if (!wanted.equals(skippedOf)) {
            skipped = wanted.stream()
                    .filter(event -> event.stream().equals(stream()))
                    .mapToLong(EventId::sequence)
                    .sorted()
                    .toArray();
            skippedOf = wanted;
        }
        int at = Arrays.binarySearch(skipped, sequence + 1);
        at = at < 0 ? -at - 1 : at;
        return at < skipped.length ? Math.min(next, skipped[at]) : next;
    }

    /** Decides about the event under the cursor. */
    private @Nullable Step special(EventBatch events, long at, Orders orders) {
        if (at > orders.limit) {
            batch = null;
            return REST;
        }
        if (orders.spec.skipped().contains(new EventId(stream(), at))) {
            String why = "skipped by an operator";
            return passOver(events, at, recovery.failing() == at ? why + ": " + recovery.failure() : why);
        }
        if (recovery.isExhausted()) {
            return stuck(at, recovery.failure());
        }
        if (!saving.commit(this, orders.keeper, orders.spec, orders.guard)) {
            return null;
        }
        return once(events, at, orders);
    }

    /** One event on its own, which failed before. */
    private @Nullable Step once(EventBatch events, long at, Orders orders) {
        StateKeeper keeper = orders.keeper;
        String error;
        keeper.writable(true);
        try {
            error = guest.<@Nullable String>call(orders.guard, orders.spec.eventNs(), code -> code.append(events));
        } catch (Guest.Stumble e) {
            trapped(at, e.what());
            return null;
        } finally {
            keeper.writable(false);
        }
        if (error != null) {
            keeper.eventRefused();
            return refused(events, at, error, orders.spec);
        }
        keeper.eventDone();
        progress(at, 1, events.payloadLength());
        return null;
    }

    private void trapped(long at, Throwable cause) {
        LOG.warn("{}: {}", identity, recovery.trapped(at, cause));
        recovery.lost(sequence);
        guest.discard();
        drop();
    }

    private @Nullable Step refused(EventBatch events, long at, String error, VersionSpec spec) {
        String why = "code refused sequence " + at + ": " + error;
        if (spec.poison() == PoisonPolicy.DEAD_LETTER) {
            return passOver(events, at, why);
        }
        recovery.refused(at, why);
        return stuck(at, why);
    }

    private Step stuck(long at, String why) {
        batch = null;
        return new Step.Stuck(new EventId(stream(), at), why);
    }

    /** Sends the event under the cursor away, and goes on behind it once it is stored. */
    private @Nullable Step passOver(EventBatch events, long at, String why) {
        if (at <= deadLettered) {
            progress(at, 1, events.payloadLength());
            return null;
        }
        CompletableFuture<?> sent = around.deadLetters()
                .add(new DeadLetters.DeadLetter(
                        identity.tenant(),
                        identity.view(),
                        identity.version(),
                        new EventId(stream(), at),
                        events.timestampNs(),
                        events.toEvent(),
                        why));
        letter = sent;
        letterSequence = at;
        if (!sent.isDone()) {
            var _ = sent.whenComplete((_, _) -> wake.run());
            return REST;
        }
        return settleLetter();
    }

    /** Goes on behind an event whose letter has arrived. */
    private @Nullable Step settleLetter() {
        CompletableFuture<?> sent = letter;
        if (sent == null || !sent.isDone()) {
            return REST;
        }
        letter = null;
        if (sent.isCompletedExceptionally()) {
            return stuck(letterSequence, "dead letter could not be stored: " + Recovery.text(sent.exceptionNow()));
        }
        deadLettered = letterSequence;
        progress(letterSequence, 1, 0);
        return null;
    }
}
