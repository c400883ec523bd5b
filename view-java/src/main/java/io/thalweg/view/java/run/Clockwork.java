package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.Spot;
import io.thalweg.index.path.Maps;
import io.thalweg.index.path.Path;
import io.thalweg.index.schema.Bytes;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Source;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What time brings a partition: ticks, and the timers that its steps set. Both are kept in indexes of its own. One thread. */
final class Clockwork {
    /** As the stream that timers come from. */
    static final String TIMER = "timer";

    /** When a timer is due, and its number in the partition. */
    record TimerKey(Instant at, long number) {}

    /** What a timer brings, to whom. */
    record TimerEvent(String timer, String key, Bytes payload, boolean replay) {}

    private static final Index<Map<TimerKey, TimerEvent>> TIMERS = Index.of(
            "view_timers",
            Schema.map(Schema.of(TimerKey.class), Schema.of(TimerEvent.class)).unsized());
    private static final Index<Map<String, Instant>> TICKS =
            Index.of("view_ticks", Schema.map(String.class, Instant.class).unsized());
    static final List<Index<?>> INDEXES = List.of(TIMERS, TICKS);

    private final Partition partition;
    private final Wiring wiring;

    Clockwork(Partition partition, Wiring wiring) {
        this.partition = partition;
        this.wiring = wiring;
    }

    private IndexWriter<Map<TimerKey, TimerEvent>> timers() {
        return partition.index(TIMERS).writer(partition.overlay(), wiring.slot());
    }

    private Spot<Map<String, Instant>, Instant> ticked(String tick) {
        return partition.index(TICKS).writer(partition.overlay(), wiring.slot()).at(Maps.key(tick));
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
        if (!partition.takes(tick.name(), work)) {
            return;
        }
        var ticked = ticked(tick.name());
        Instant now = partition.now();
        Instant last = ticked.get();
        if (last != null && now.isBefore(last.plus(tick.every()))) {
            return;
        }
        var what = new StepWork.Taken(tick.name(), partition.steps(), new byte[0], null, false);
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
        return Maps.range(new TimerKey(Instant.MIN, 0), new TimerKey(partition.now(), Long.MAX_VALUE));
    }

    private void timers(StepWork work) {
        if (!partition.takes(TIMER, work)) {
            return;
        }
        var timers = timers();
        for (Map.Entry<TimerKey, TimerEvent> due : timers.at(
                        due(), Maps.<TimerKey, TimerEvent>rangeFromStart(partition.room(work)), Maps.entries())
                .all()) {
            if (!partition.takes(TIMER, work)) {
                return;
            }
            TimerEvent event = due.getValue();
            boolean replay =
                    event.replay() && partition.positions().wasOver(due.getKey().at());
            var what = new StepWork.Taken(
                    TIMER, due.getKey().number(), event.payload().value(), null, replay);
            boolean on = partition.run(what, work, step -> {
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

    void schedule(String timer, String key, Instant at, byte[] payload, boolean replay) {
        timers().at(Maps.key(new TimerKey(at, partition.positions().nextNumber())))
                .set(new TimerEvent(timer, key, new Bytes(payload), replay));
    }

    /** Leaves out a timer that is due, by its number. */
    void leaveOut(long number) {
        var timers = timers();
        timers.at(due(), Maps.<TimerKey, TimerEvent>keys()).all().stream()
                .filter(key -> key.number() == number)
                .toList()
                .forEach(key -> timers.at(Maps.key(key)).remove());
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
