package io.thalweg.view.java;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Bytes;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.MalformedException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a view, on the node that leads it.
 *
 * <p>{@link #step} takes what waits: timers whose time is over, ticks, and events of each stream, up to {@value #MAX_INPUTS}; where nothing
 * waits, it writes values of older schemas again. Handlers run
 * one after the other over an overlay of the index; what one of them did is undone when it throws. All that came of it is one record that
 * is appended to the change log with everything it emits, if the step before is still the newest; then it goes to the index, with the
 * positions in the same changes. {@link #follow} applies the records of others, which is what a replica does and how a leader begins.
 *
 * <p>One thread at a time. When a method throws, the partition is to be dropped, and another made, which follows the change log: it tells
 * whether the step that was under way counts.
 */
public final class Partition {
    /** Most events of one step. */
    static final int MAX_INPUTS = 256;

    /** How often an event is tried before it counts as poison. */
    static final int MAX_ATTEMPTS = 3;

    private static final String TIMER = "timer";

    /** When a timer is due, and its number in the partition. */
    record TimerKey(Instant at, long number) {}

    /** What a timer brings, to whom. */
    record TimerEvent(String timer, String key, Bytes payload) {}

    /** An event that does not get through, and why. */
    public record Parked(String stream, long sequence, String reason) {}

    private static final Index<Map<TimerKey, TimerEvent>> TIMERS = Index.of(
            "view_timers",
            Schema.map(Schema.of(TimerKey.class), Schema.of(TimerEvent.class)).unsized());
    private static final Index<Map<String, Instant>> TICKS =
            Index.of("view_ticks", Schema.map(String.class, Instant.class).unsized());

    private final Wiring wiring;
    private final Streams streams;
    private final IndexStore store;
    private final InstantSource time;
    private final Consumer<Answer> answered;
    private final IndexSpace space;
    private final Map<String, OpenIndex<?>> indexes = new HashMap<>();
    private final Map<String, Integer> attempts = new HashMap<>();
    private final Map<String, Parked> parked = new LinkedHashMap<>();
    private final Positions positions;
    private final Renewal renewal;
    private Overlay overlay;
    private boolean deposed;

    /**
     * Makes the partition, and brings it up to the newest step.
     *
     * @param view whose indexes these are in the store
     * @param answered hears each answer once its step is committed
     */
    public Partition(
            Wiring wiring,
            UUID view,
            int version,
            Streams streams,
            IndexStore store,
            InstantSource time,
            Consumer<Answer> answered) {
        this.wiring = wiring;
        this.streams = streams;
        this.store = store;
        this.time = time;
        this.answered = answered;
        this.space = new IndexSpace(view, version);
        follow(wiring, streams, store, space);
        this.positions = Positions.read(space.position(store.latest()));
        this.overlay = new Overlay(store.latest());
        for (Index<?> index : wiring.declaration().indexes()) {
            indexes.put(index.name(), space.open(index, overlay));
        }
        indexes.put(TIMERS.name(), space.open(TIMERS, overlay));
        indexes.put(TICKS.name(), space.open(TICKS, overlay));
        this.renewal = new Renewal(indexes.values());
    }

    /** Applies the steps of the change log that a store does not have yet; needs no code of the view's. */
    static void follow(Wiring wiring, Streams streams, IndexStore store, IndexSpace space) {
        while (true) {
            long at = Positions.read(space.position(store.latest())).step();
            List<Streams.Event> steps = streams.read(wiring.changes(), at, MAX_INPUTS);
            if (steps.isEmpty()) {
                return;
            }
            for (Streams.Event event : steps) {
                store.commit(StepRecord.read(event.payload()).changes());
                long now = Positions.read(space.position(store.latest())).step();
                if (now != event.sequence()) {
                    throw new MalformedException(
                            "step " + event.sequence() + " of " + wiring.changes() + " says that it is " + now);
                }
            }
        }
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

    /** Events before which the partition stands still; the rest goes on. */
    public List<Parked> parked() {
        return List.copyOf(parked.values());
    }

    /** Whether another leader made a step, after which this one can make no more. */
    public boolean isDeposed() {
        return deposed;
    }

    /** Tries parked events again. */
    public void retry() {
        parked.clear();
        attempts.clear();
    }

    /** Leaves out a parked event for ever. */
    public void skip(Parked event) {
        if (parked.remove(event.stream()) == null) {
            throw new IllegalArgumentException("nothing is parked at " + event);
        }
        positions.taken(event.stream(), event.sequence());
        attempts.remove(event.stream());
        commit(new Work());
    }

    /** What handlers of one step said. */
    private static final class Work {
        private final List<Streams.Append> emitted = new ArrayList<>();
        private final List<Answer> answers = new ArrayList<>();
        private int taken;
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
        Work work = new Work();
        for (Source source : wiring.declaration().sources()) {
            switch (source) {
                case Source.Timer<?> _ -> {}
                case Source.Tick tick -> tick(tick, work);
                case Source.Log<?> log -> takeLog(log, work);
                case Source.Hop<?> hop -> takeHop(hop, work);
            }
        }
        timers(work);
        if (work.taken == 0 && !renewal.goOn(overlay)) {
            return !renewal.isDone();
        }
        commit(work);
        return true;
    }

    private void commit(Work work) {
        long before = positions.step();
        positions.step(before + 1);
        space.position(overlay, positions.write());
        StepRecord record = new StepRecord(overlay.changes(), work.answers);
        List<Streams.Append> appends = new ArrayList<>();
        appends.add(new Streams.Append(wiring.changes(), null, record.write()));
        appends.addAll(work.emitted);
        if (!streams.append(wiring.changes(), before, appends)) {
            deposed = true;
            return;
        }
        store.commit(record.changes());
        overlay = new Overlay(store.latest());
        work.answers.forEach(answered);
    }

    private <E> void takeLog(Source.Log<E> log, Work work) {
        take(wiring.log(log), log.codec(), log.handler(), log.key(), work);
    }

    private <E> void takeHop(Source.Hop<E> hop, Work work) {
        take(wiring.hop(hop, wiring.partition()), hop.codec(), hop.handler(), _ -> null, work);
    }

    private <E> void take(
            String stream, Codec<E> codec, Handler<E> handler, Function<E, @Nullable String> keyOf, Work work) {
        if (parked.containsKey(stream)) {
            return;
        }
        for (Streams.Event event : streams.read(stream, positions.taken(stream), MAX_INPUTS - work.taken)) {
            boolean on = run(stream, event.sequence(), event.payload(), work, step -> {
                E decoded = codec.decode(event.payload());
                String key = event.key() != null ? event.key() : keyOf.apply(decoded);
                step.key(key == null ? stream : key, key != null);
                handler.handle(step, decoded);
            });
            if (!on) {
                return;
            }
            positions.taken(stream, event.sequence());
        }
    }

    private interface Call {
        void with(RunningStep step) throws Exception;
    }

    /** Runs a handler; what it did counts whole or not at all. False if its stream is to wait. */
    private boolean run(String stream, long sequence, byte[] payload, Work work, Call call) {
        overlay.mark();
        RunningStep step = new RunningStep(this, wiring, overlay, time.instant(), stream, sequence);
        try {
            call.with(step);
        } catch (Exception e) {
            overlay.rollBack();
            return failed(stream, sequence, payload, work, e);
        }
        work.emitted.addAll(step.emitted());
        if (step.said() != null) {
            work.answers.add(step.said());
        }
        work.taken++;
        attempts.remove(stream);
        return true;
    }

    private boolean failed(String stream, long sequence, byte[] payload, Work work, Exception e) {
        if (attempts.merge(stream, 1, Integer::sum) < MAX_ATTEMPTS) {
            return false;
        }
        String reason = e.toString();
        attempts.remove(stream);
        if (wiring.declaration().poison() == Declaration.Poison.DEAD_LETTERS) {
            work.emitted.add(
                    new Streams.Append(wiring.deadLetters(), stream + "@" + sequence + ": " + reason, payload));
            work.taken++;
            return true;
        }
        parked.put(stream, new Parked(stream, sequence, reason));
        return false;
    }

    /** Whether anything waits to be tried again. */
    public boolean hasFailures() {
        return !attempts.isEmpty();
    }

    private void tick(Source.Tick tick, Work work) {
        var ticks = index(TICKS).writer(overlay, 0).at(Maps.key(tick.name()));
        Instant now = time.instant();
        Instant last = ticks.get();
        if (parked.containsKey(tick.name()) || (last != null && now.isBefore(last.plus(tick.every())))) {
            return;
        }
        run(tick.name(), positions.step(), new byte[0], work, step -> {
            step.key(tick.name(), false);
            ticks.set(now);
            tick.handler().handle(step, wiring.partition());
        });
    }

    private void timers(Work work) {
        var timers = index(TIMERS).writer(overlay, 0);
        TimerKey now = new TimerKey(time.instant(), Long.MAX_VALUE);
        for (Map.Entry<TimerKey, TimerEvent> due : timers.at(
                        Maps.range(new TimerKey(Instant.MIN, 0), now),
                        Maps.<TimerKey, TimerEvent>rangeFromStart(MAX_INPUTS),
                        Maps.entries())
                .all()) {
            if (parked.containsKey(TIMER)) {
                return;
            }
            TimerEvent event = due.getValue();
            boolean on = run(TIMER, due.getKey().number(), event.payload().value(), work, step -> {
                step.key(event.key(), true);
                fire(step, event);
            });
            if (!on) {
                return;
            }
            timers.at(Maps.key(due.getKey())).remove();
        }
    }

    private void fire(RunningStep step, TimerEvent event) throws Exception {
        for (Source source : wiring.declaration().sources()) {
            if (source instanceof Source.Timer<?> timer && timer.name().equals(event.timer())) {
                fire(step, timer, event.payload().value());
                return;
            }
        }
        // A version of the view that knows the timer no more has no use for it.
    }

    private static <E> void fire(RunningStep step, Source.Timer<E> timer, byte[] payload) throws Exception {
        timer.handler().handle(step, timer.codec().decode(payload));
    }

    void schedule(String timer, String key, Instant at, byte[] payload) {
        index(TIMERS)
                .writer(overlay, 0)
                .at(Maps.key(new TimerKey(at, positions.nextTimer())))
                .set(new TimerEvent(timer, key, new Bytes(payload)));
    }
}
