package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.Spot;
import io.thalweg.index.path.Maps;
import io.thalweg.index.path.Path;
import io.thalweg.index.schema.Bytes;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.model.Slots;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Source;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What time brings a partition: ticks, and the timers that its steps set. Both are kept in indexes of its own. Of timers that are to come there are at
 * most {@value #TIMERS_MAX}: an event that sets one more has failed. One thread.
 */
final class Clockwork {
    static final int TIMERS_MAX = 1_000_000;

    private static final int COUNT_PAGE = 1_000;

    /** As the stream that timers come from. */
    static final String TIMER = "timer";

    /** When a timer is due, and its number in the partition. */
    record TimerKey(Instant at, long number) {}

    /** What a timer brings, to whom. */
    record TimerEvent(String timer, String key, Bytes payload, boolean replay) {}

    private static final Index<Map<TimerKey, TimerEvent>> TIMERS = Index.of(
            "view_timers",
            Schema.map(Schema.of(TimerKey.class), Schema.of(TimerEvent.class)).unsized());
    static final Index<Map<String, Instant>> TICKS =
            Index.of("view_ticks", Schema.map(String.class, Instant.class).unsized());

    /** How many timers there are; of a partition that was led by an older program nobody has counted them, or not all. */
    private static final Index<Map<String, Long>> COUNTS =
            Index.of("view_timer_counts", Schema.map(String.class, Long.class).unsized());

    private static final String TO_COME = "to_come";
    static final List<Index<?>> INDEXES = List.of(TIMERS, TICKS, COUNTS);

    private static final int TOLD = 256;

    private final Partition partition;
    private final Wiring wiring;
    private final int timersMax;

    /** Whether this leader has counted the timers itself. */
    private boolean counted;

    /** None is due before it, so that a step need not look among them; null when it has to. */
    private @Nullable Instant next;

    /** Of those that are counted: one that rings is not to come any more, though it goes only when what it does has succeeded. */
    private int ringing;

    Clockwork(Partition partition, Wiring wiring, int timersMax) {
        this.partition = partition;
        this.wiring = wiring;
        this.timersMax = timersMax;
    }

    private IndexWriter<Map<TimerKey, TimerEvent>> timers() {
        return partition.index(TIMERS).writer(partition.overlay(), wiring.slot());
    }

    private Spot<Map<String, Instant>, Instant> ticked(String tick) {
        return partition.index(TICKS).writer(partition.overlay(), wiring.slot()).at(Maps.key(tick));
    }

    /** Tells the timers of a partition of any state, some at a time, until nobody wants to hear more. */
    static void tell(
            IndexSpace space, int partition, int partitions, Overlay cells, Predicate<Handover.UnderWay> heard) {
        var timers = space.open(TIMERS, cells).reader(cells, Slots.first(partition, partitions));
        TimerKey from = new TimerKey(Instant.MIN, 0);
        TimerKey to = new TimerKey(Instant.MAX, Long.MAX_VALUE);
        while (true) {
            List<Map.Entry<TimerKey, TimerEvent>> some = timers.at(
                            Maps.<TimerKey, TimerEvent>range(from, to),
                            Maps.<TimerKey, TimerEvent>rangeFromStart(TOLD),
                            Maps.entries())
                    .all();
            for (Map.Entry<TimerKey, TimerEvent> each : some) {
                TimerEvent event = each.getValue();
                from = new TimerKey(each.getKey().at(), each.getKey().number() + 1);
                if (!heard.test(new Handover.UnderWay(
                        "timer", event.timer(), event.key(), event.payload().value()))) {
                    return;
                }
            }
            if (some.size() < TOLD) {
                return;
            }
        }
    }

    void take(StepWork work) {
        for (Source source : wiring.declaration().sources()) {
            if (source instanceof Source.Tick tick) {
                tick(tick, work);
            }
        }
        timers(work);
    }

    private void tick(Source.Tick tick, StepWork work) {
        if (partition.reach().isHeld() || !partition.takesMore(tick.name(), work)) {
            return;
        }
        var ticked = ticked(tick.name());
        Instant now = partition.now();
        Instant last = ticked.get();
        if (last != null && now.isBefore(last.plus(tick.every()))) {
            return;
        }
        var what = new StepWork.Taken(
                tick.name(), partition.positions().step(), new byte[0], null, partition.isReplay(false), now);
        boolean on = partition.run(what, work, step -> {
            step.key(tick.name(), false);
            tick.handler().handle(step, wiring.partition());
        });
        if (on) {
            ticked.set(now);
        }
    }

    /** The timers whose time is over. */
    private Path<Map<TimerKey, TimerEvent>, Map<TimerKey, TimerEvent>> due() {
        Instant until = partition.reach().timersUntil(partition.now());
        return Maps.range(new TimerKey(Instant.MIN, 0), new TimerKey(until, Long.MAX_VALUE));
    }

    /** When the next timer of a partition of any state is due; null when it has none. */
    static @Nullable Instant nextTimer(IndexSpace space, int partition, int partitions, Reading cells) {
        List<TimerKey> first = space.open(TIMERS, new Overlay(cells))
                .reader(cells, Slots.first(partition, partitions))
                .at(Maps.<TimerKey, TimerEvent>rangeFromStart(1), Maps.<TimerKey, TimerEvent>keys())
                .all();
        return first.isEmpty() ? null : first.getFirst().at();
    }

    private void timers(StepWork work) {
        if (!partition.takesMore(TIMER, work)) {
            return;
        }
        Instant none = next;
        if (none != null && partition.reach().timersUntil(partition.now()).isBefore(none)) {
            return;
        }
        next = null;
        var timers = timers();
        int room = partition.room(work);
        List<Map.Entry<TimerKey, TimerEvent>> all = timers.at(
                        due(), Maps.<TimerKey, TimerEvent>rangeFromStart(room), Maps.entries())
                .all();
        for (Map.Entry<TimerKey, TimerEvent> due : all) {
            if (!partition.takesMore(TIMER, work)) {
                return;
            }
            TimerEvent event = due.getValue();
            boolean replay = partition.isReplay(
                    event.replay() && partition.positions().wasOver(due.getKey().at()));
            var what = new StepWork.Taken(
                    TIMER,
                    due.getKey().number(),
                    event.payload().value(),
                    null,
                    replay,
                    due.getKey().at());
            ringing = 1;
            boolean on;
            try {
                on = partition.run(what, work, step -> {
                    step.key(event.key(), true);
                    fire(step, event);
                });
            } finally {
                ringing = 0;
            }
            if (!on) {
                return;
            }
            timers.at(Maps.key(due.getKey())).remove();
            isGone();
        }
        if (all.size() < room) {
            List<TimerKey> first = timers.at(Maps.<TimerKey, TimerEvent>rangeFromStart(1), Maps.keys())
                    .all();
            next = first.isEmpty() ? Instant.MAX : first.getFirst().at();
        }
    }

    /** A step is taken back: what rang in it is to come again. */
    void back() {
        next = null;
    }

    private void fire(RunningStep step, TimerEvent event) throws Exception {
        for (Source source : wiring.declaration().sources()) {
            if (source instanceof Source.Timer<?> timer && timer.name().equals(event.timer())) {
                fire(step, timer, event.payload().value());
                return;
            }
        }
        throw new DeclarationException("the view has no timer " + event.timer() + " any more, and this one was set");
    }

    private static <E> void fire(RunningStep step, Source.Timer<E> timer, byte[] payload) throws Exception {
        timer.handler().handle(step, timer.codec().decode(payload));
    }

    /** @throws IllegalStateException when there are as many as there may be */
    void schedule(String timer, String key, Instant at, byte[] payload, boolean replay) {
        var count = count();
        Long known = count.get();
        long all = known == null || (known - ringing >= timersMax && !counted) ? recount() : known;
        if (all - ringing >= timersMax) {
            throw new IllegalStateException("timer " + timer + " cannot be set: " + (all - ringing)
                    + " timers of the partition are to come, and at most " + timersMax + " may" + Wiring.userLine());
        }
        count.set(all + 1);
        if (next != null && at.isBefore(next)) {
            next = at;
        }
        timers().at(Maps.key(new TimerKey(at, partition.positions().nextNumber())))
                .set(new TimerEvent(timer, key, new Bytes(payload), replay));
    }

    /** Leaves out a timer that is due, by its number. */
    void leaveOut(long number) {
        var timers = timers();
        timers.at(due(), Maps.<TimerKey, TimerEvent>keys()).all().stream()
                .filter(key -> key.number() == number)
                .toList()
                .forEach(key -> {
                    timers.at(Maps.key(key)).remove();
                    isGone();
                });
    }

    private Spot<Map<String, Long>, Long> count() {
        return partition
                .index(COUNTS)
                .writer(partition.overlay(), wiring.slot())
                .at(Maps.key(TO_COME));
    }

    /** A timer is no more. */
    private void isGone() {
        var count = count();
        Long known = count.get();
        if (known != null) {
            count.set(Math.max(0, known - 1));
        }
    }

    private long recount() {
        counted = true;
        long count = 0;
        TimerKey last = new TimerKey(Instant.MIN, 0);
        while (true) {
            List<TimerKey> page = timers().at(Maps.<TimerKey, TimerEvent>rangeFrom(last, COUNT_PAGE), Maps.keys())
                    .all();
            // A range begins with what it begins at, which was counted with the page before.
            long first = !page.isEmpty() && page.getFirst().equals(last) ? 1 : 0;
            count += page.size() - first;
            if (page.size() < COUNT_PAGE) {
                return count;
            }
            last = page.getLast();
        }
    }

    boolean isTick(String name) {
        return wiring.declaration().sources().stream()
                .anyMatch(
                        source -> source instanceof Source.Tick && source.name().equals(name));
    }

    /** Leaves out a tick: the next comes in its time. */
    void leaveOutTick(String name) {
        ticked(name).set(partition.now());
    }
}
