package io.thalweg.view.java.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Bytes;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.model.Slots;
import io.thalweg.view.java.CallOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Scene;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import io.thalweg.view.java.local.MemoryStreams;
import io.thalweg.view.java.query.Helpers;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.query.QuerySite;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Timers and open calls have bounds: over these an event fails, or nothing is taken in, and all goes on once there is room. */
class ClockworkTest {
    private static final UUID VIEW = new UUID(0, 7);
    private static final int TIMERS_MAX = 5;
    private static final Index<Map<String, Long>> RUNG = Index.of("rung", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Map<String, Bytes>>> LARGE =
            Index.of("large", Schema.map(Schema.of(String.class), Schema.map(String.class, Bytes.class)));

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final MemoryStreams streams = new MemoryStreams(() -> now);
    private final AtomicLong looks = new AtomicLong();
    private final StepStore store = new StepStore(new Watched());
    private CallRunner calls = CallRunner.INLINE;

    /** Counts how often somebody looks for a range of cells. */
    private final class Watched implements IndexStore {
        private final MemoryStore store = new MemoryStore();

        @Override
        public Snapshot snapshot() {
            return store.snapshot();
        }

        @Override
        public Reading latest() {
            Reading cells = store.latest();
            return new Reading() {
                @Override
                public byte @Nullable [] get(byte[] key) {
                    return cells.get(key);
                }

                @Override
                public boolean has(byte[] key) {
                    return cells.has(key);
                }

                @Override
                public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
                    looks.incrementAndGet();
                    return cells.cursor(from, to, reverse);
                }
            };
        }

        @Override
        public void commit(Changes changes) {
            store.commit(changes);
        }

        @Override
        public void flush() {
            store.flush();
        }

        @Override
        public void close() {
            store.close();
        }
    }

    private Partition lead(View view) {
        return new Partition(
                new Wiring(view, 0, 1),
                new Surroundings(
                        VIEW,
                        false,
                        streams,
                        store,
                        () -> now,
                        StepListener.NONE,
                        calls,
                        new QuerySite(() -> Moment.of(store.store()), Helpers.NONE, Others.NONE)),
                TIMERS_MAX);
    }

    /** Sets as many timers as an event says, each an hour from now. */
    private static View alarms() {
        return view -> {
            view.index(RUNG);
            Source.Timer<String> timer = view.timer(
                    "alarm",
                    Codec.text(),
                    (step, text) -> step.index(RUNG)
                            .at(Maps.key(step.key()))
                            .update(before -> before == null ? 1 : before + 1));
            view.log("alarms", Codec.text(), (step, text) -> {
                for (int i = Integer.parseInt(text); i > 0; i--) {
                    step.schedule(timer, step.now().plus(Duration.ofHours(1)), text);
                }
            });
        };
    }

    private void append(String log, String text) {
        assertThat(streams.append(
                        log + "/0",
                        streams.newest(log + "/0"),
                        List.of(new Streams.Append(log + "/0", "k", text.getBytes(StandardCharsets.UTF_8), null))))
                .isTrue();
    }

    private static void process(Partition partition) {
        while (partition.step() || partition.hasFailures()) {
            // until nothing is left to do
        }
    }

    private long rung(Partition partition) {
        return partition
                .index(RUNG)
                .reader(store.store().latest(), Slots.of("k"))
                .at(Maps.key("k"))
                .orElse(0L);
    }

    @Test
    void anEventThatSetsMoreTimersThanThereMayBeFailsAndIsTakenOnceThereIsRoom() {
        Partition partition = lead(alarms());
        append("alarms", "3");
        append("alarms", "3");
        process(partition);
        assertThat(partition.parked()).singleElement().satisfies(parked -> {
            assertThat(parked.sequence()).isEqualTo(2);
            assertThat(parked.reason()).contains("timer alarm cannot be set", "at most 5 may");
        });
        partition = lead(alarms());
        process(partition);
        assertThat(partition.parked()).as("for the next leader, too").hasSize(1);
        now = now.plus(Duration.ofHours(2));
        process(partition);
        assertThat(rung(partition)).isEqualTo(3);
        partition.repairs().retry();
        process(partition);
        assertThat(partition.parked()).isEmpty();
        now = now.plus(Duration.ofHours(2));
        process(partition);
        assertThat(rung(partition)).isEqualTo(6);
    }

    /** A timer that rings is to come no more, so that one which sets the next one goes on for ever, also where there are as many as may be. */
    @Test
    void aTimerThatSetsItsSuccessorDoesSoWhereThereIsNoRoomForOneMore() {
        Partition partition = lead(view -> {
            view.index(RUNG);
            AtomicReference<Source.Timer<String>> again = new AtomicReference<>();
            again.set(view.timer("again", Codec.text(), (step, text) -> {
                step.index(RUNG).at(Maps.key(step.key())).update(before -> before == null ? 1 : before + 1);
                step.schedule(again.get(), step.now().plus(Duration.ofHours(1)), text);
            }));
            view.log("alarms", Codec.text(), (step, text) -> {
                for (int i = 0; i < TIMERS_MAX; i++) {
                    step.schedule(again.get(), step.now().plus(Duration.ofHours(1)), text);
                }
            });
        });
        append("alarms", "all");
        process(partition);
        for (int hour = 1; hour <= 3; hour++) {
            now = now.plus(Duration.ofHours(1));
            process(partition);
            assertThat(partition.parked()).isEmpty();
            assertThat(rung(partition)).isEqualTo((long) hour * TIMERS_MAX);
        }
    }

    /** As an older program leaves it, which sets timers, and lets them ring, without counting. */
    private void count(long says) {
        IndexSpace space = Surroundings.space(VIEW);
        Overlay cells = new Overlay(store.store().latest());
        var counts = space.open(
                Index.of(
                        "view_timer_counts",
                        Schema.map(String.class, Long.class).unsized()),
                cells);
        if (says < 0) {
            counts.writer(cells, 0).at(Maps.key("to_come")).remove();
        } else {
            counts.writer(cells, 0).at(Maps.key("to_come")).set(says);
        }
        store.store().commit(cells.changes());
    }

    @Test
    void whatAnOlderProgramHasNotCountedIsCountedBeforeAnyEventIsRefused() {
        Partition partition = lead(alarms());
        append("alarms", "4");
        process(partition);
        count(-1);
        partition = lead(alarms());
        append("alarms", "1");
        append("alarms", "1");
        process(partition);
        assertThat(partition.parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.sequence()).isEqualTo(3));
        now = now.plus(Duration.ofHours(2));
        process(partition);
        count(100);
        partition = lead(alarms());
        process(partition);
        assertThat(partition.parked()).isEmpty();
    }

    @Test
    void ticksAskForNoMoreCallsThanThereMayBe() {
        calls = new CallRunner() {
            @Override
            public void run(Duration delay, Duration timeout, Work work, Consumer<Result> end) {
                // the outside does not answer
            }

            @Override
            public String transfer(UUID id, String ledger, Scene.Money money) {
                throw new IllegalStateException("there is none");
            }
        };
        Partition partition = lead(view -> {
            Source.Call<String, String> call = view.call(
                    "slow", Codec.text(), Codec.text(), CallOptions.DEFAULT, (scene, text) -> text, (step, done) -> {});
            view.tick("often", Duration.ofSeconds(1), (step, number) -> {
                for (int i = 0; i < 4_000; i++) {
                    step.call(call, "x");
                }
            });
        });
        for (int i = 0; i < 20; i++) {
            now = now.plus(Duration.ofSeconds(1));
            process(partition);
        }
        Overlay cells = new Overlay(store.store().latest());
        int open = Surroundings.space(VIEW)
                .open(OpenCalls.CALLS, cells)
                .reader(cells, 0)
                .at(Maps.<Long, OpenCalls.OpenCall>keys())
                .all()
                .size();
        assertThat(open).isEqualTo(12_000);
    }

    /** Sets a timer in so many minutes, or one for each of many at once. */
    private static View minutes() {
        return view -> {
            view.index(RUNG);
            Source.Timer<String> timer = view.timer(
                    "in",
                    Codec.text(),
                    (step, text) -> step.index(RUNG)
                            .at(Maps.key(step.key()))
                            .update(before -> before == null ? 1 : before + 1));
            view.log("minutes", Codec.text(), (step, text) -> {
                for (String each : text.split(",", -1)) {
                    step.schedule(timer, step.now().plus(Duration.ofMinutes(Integer.parseInt(each))), text);
                }
            });
        };
    }

    private void advance(Partition partition, long minutes) {
        now = now.plus(Duration.ofMinutes(minutes));
        process(partition);
    }

    @Test
    void aTimerThatIsSetBeforeTheFirstOneComesBeforeIt() {
        Partition partition = lead(minutes());
        append("minutes", "60");
        process(partition);
        append("minutes", "10");
        process(partition);
        advance(partition, 9);
        assertThat(rung(partition)).isZero();
        advance(partition, 2);
        assertThat(rung(partition)).isEqualTo(1);
        append("minutes", "20");
        process(partition);
        advance(partition, 21);
        assertThat(rung(partition)).isEqualTo(2);
        advance(partition, 60);
        assertThat(rung(partition)).isEqualTo(3);
        append("minutes", "0");
        process(partition);
        assertThat(rung(partition)).as("one that is due at once").isEqualTo(4);
    }

    @Test
    void timersThatOneStepHasNoRoomForComeInTheNext() {
        Partition partition = lead(minutes());
        append("minutes", "1,1,1,1");
        process(partition);
        now = now.plus(Duration.ofMinutes(2));
        while (partition.stepOfOne()) {
            // one after the other
        }
        assertThat(rung(partition)).isEqualTo(4);
    }

    @Test
    void aTimerWhoseStepIsTakenBackComesAgain() {
        byte[] large = new byte[400 << 10];
        Partition partition = lead(view -> {
            view.index(RUNG);
            view.index(LARGE);
            Source.Timer<String> timer = view.timer("in", Codec.text(), (step, text) -> {
                step.index(RUNG).at(Maps.key(step.key())).update(before -> before == null ? 1 : before + 1);
                step.index(LARGE).at(Maps.key(step.key()), Maps.key(text)).set(new Bytes(large));
            });
            view.log(
                    "names",
                    Codec.text(),
                    (step, text) -> step.schedule(timer, step.now().plus(Duration.ofMinutes(1)), text));
        });
        for (String name : List.of("a", "b", "c", "d")) {
            append("names", name);
        }
        process(partition);
        advance(partition, 2);
        assertThat(partition.parked()).isEmpty();
        assertThat(rung(partition)).isEqualTo(4);
    }

    @Test
    void aStepLooksAmongTimersOnlyWhenOneMayBeDue() {
        Partition partition = lead(minutes());
        append("minutes", "60");
        process(partition);
        long before = looks.get();
        for (int i = 1; i < TIMERS_MAX; i++) {
            append("minutes", "70");
            now = now.plus(Duration.ofSeconds(1));
            assertThat(partition.step()).isTrue();
        }
        assertThat(looks.get() - before).isZero();
        advance(partition, 61);
        assertThat(looks.get()).isGreaterThan(before);
    }
}
