package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.CallOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Scene;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.Step;
import io.thalweg.view.java.View;
import io.thalweg.view.java.run.CallRunner;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Wiring;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A state of a view beside another takes nothing that the other has not, goes nowhere outside, and takes over with all that is under way. */
class HandoverTest {
    private static final int PARTITIONS = 3;
    private static final Index<Map<String, Long>> SEEN = Index.of("seen", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Long>> HOPPED = Index.of("hopped", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Long>> TIMED = Index.of("timed", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Long>> CALLED = Index.of("called", Schema.map(String.class, Long.class));

    private static final Index<Map<String, Long>> TALLY = Index.of("tally", Schema.map(String.class, Long.class));

    /** Does all that a view may do to the outside, each once for each event: what it emits says which of its versions has. */
    private record Busy(String version, boolean picky, List<String> calls) implements View {
        @Override
        public void declare(Declaration view) {
            view.index(SEEN);
            view.index(HOPPED);
            view.index(TIMED);
            view.index(CALLED);
            Output<String> out = view.output("out", Codec.text());
            Source.Timer<String> late = view.timer(
                    "late", Codec.text(), (step, text) -> step.emit(out, step.key(), "late " + text + say()));
            Source.Hop<String> hop = view.hop("hop", Codec.text(), text -> "h" + text, (step, text) -> {
                count(step, HOPPED);
                step.emit(out, step.key(), "hop " + text + say());
                step.schedule(late, step.now().plusMillis(500), text);
            });
            Source.Timer<String> timer = view.timer("timer", Codec.text(), (step, text) -> {
                count(step, TIMED);
                step.emit(out, step.key(), "timer " + text + say());
            });
            Source.Call<String, String> call = view.call(
                    "call",
                    Codec.text(),
                    Codec.text(),
                    new CallOptions(Duration.ofSeconds(30), 5, true),
                    (scene, text) -> {
                        calls.add(text + " " + scene.id());
                        return text;
                    },
                    (step, end) -> {
                        count(step, CALLED);
                        step.emit(out, step.key(), "call " + end.question() + say());
                    });
            view.batch("tally", batch -> {
                batch.index(TALLY);
                Batch.Stage<Object, Long, Long> counts = batch.stage(
                        "counts",
                        Schema.of(Long.class),
                        Aggregates.count(),
                        (at, count) -> at.index(TALLY)
                                .at(key(at.key()))
                                .update(before -> before == null ? count : (Long) (before + count)));
                batch.log("batched", Codec.text(), (from, text) -> from.send(counts, text, text));
            });
            view.log("in", Codec.text(), (step, text) -> {
                if (picky && text.endsWith("7")) {
                    throw new IllegalStateException("no " + text);
                }
                count(step, SEEN);
                step.emit(out, step.key(), "event " + text + say());
                step.hop(hop, text);
                step.schedule(timer, step.now().plusSeconds(10), text);
                step.call(call, text);
            });
        }

        private String say() {
            return " by " + version;
        }

        private static void count(Step step, Index<Map<String, Long>> index) {
            step.index(index).at(key(step.key())).update(before -> before == null ? 1 : before + 1);
        }
    }

    /** Counts, and does nothing else. */
    private record Silent() implements View {
        @Override
        public void declare(Declaration view) {
            view.index(SEEN);
            view.log("in", Codec.text(), (step, text) -> Busy.count(step, SEEN));
        }
    }

    /** Calls that end when they are told to. */
    private static final class SlowCalls implements CallRunner {
        private final Deque<Runnable> open = new ArrayDeque<>();

        @Override
        public void run(Duration delay, Duration timeout, Work work, Consumer<Result> done) {
            open.add(() -> done.accept(Result.of(work)));
        }

        @Override
        public String transfer(UUID id, String ledger, Scene.Money money) {
            throw new UnsupportedOperationException("there is no ledger here");
        }

        void end() {
            while (!open.isEmpty()) {
                open.remove().run();
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> emitted(LocalView view) {
        return view.log("out").stream()
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .toList();
    }

    private static Map<String, Long> counts(LocalView view, Index<Map<String, Long>> index) {
        Map<String, Long> counts = new TreeMap<>();
        view.select(index, entries()).forEach(each -> counts.put(each.getKey(), each.getValue()));
        return counts;
    }

    /** Each event was seen, hopped, came at its time and was called for once, and all of it was emitted once, whichever version did. */
    private static void requireOnce(LocalView view, List<String> calls, int events) {
        Map<String, Long> expected = new TreeMap<>();
        Map<String, Long> hopped = new TreeMap<>();
        List<String> said = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            expected.put("k" + i, 1L);
            hopped.put("he" + i, 1L);
            said.addAll(List.of("event e" + i, "hop e" + i, "late e" + i, "timer e" + i, "call e" + i));
        }
        assertThat(emitted(view).stream().map(each -> each.substring(0, each.indexOf(" by "))))
                .containsExactlyInAnyOrderElementsOf(said);
        assertThat(counts(view, SEEN)).isEqualTo(expected);
        assertThat(counts(view, HOPPED)).isEqualTo(hopped);
        assertThat(counts(view, TIMED)).isEqualTo(expected);
        assertThat(calls.stream().distinct())
                .as("whatever is tried again has the same identifier")
                .hasSize(events);
    }

    @Test
    void whatIsUnderWayGoesOnInTheStateThatTakesOver() {
        SlowCalls slow = new SlowCalls();
        List<String> calls = new ArrayList<>();
        LocalView view = new LocalView(() -> new Busy("1", false, calls), PARTITIONS, slow);
        for (int i = 0; i < 10; i++) {
            view.append("in", "k" + i, bytes("e" + i));
        }
        view.process();
        view.deployBeside(() -> new Busy("2", false, calls));
        assertThat(emitted(view)).as("the other emits nothing").hasSize(20).allMatch(each -> each.endsWith("by 1"));
        assertThat(calls).as("and calls nobody").isEmpty();
        assertThat(view.takeOver()).isNull();
        // Timers and calls were under way, and end in the other; so does what comes now.
        for (int i = 10; i < 12; i++) {
            view.append("in", "k" + i, bytes("e" + i));
        }
        view.process();
        slow.end();
        view.advance(Duration.ofSeconds(11));
        requireOnce(view, calls, 12);
        assertThat(emitted(view)).filteredOn(each -> each.startsWith("timer")).allMatch(each -> each.endsWith("by 2"));
        assertThat(counts(view, CALLED)).as("of those that ended here").hasSize(12);
        assertThat(emitted(view)).filteredOn(each -> each.endsWith("by 1")).hasSize(20);
    }

    @Test
    void aStateThatDoesNotGetThroughLeavesTheOtherWhereItIs() {
        LocalView view = new LocalView(() -> new Busy("1", false, new ArrayList<>()), PARTITIONS);
        for (int i = 0; i < 10; i++) {
            view.append("in", "k" + i, bytes("e" + i));
        }
        view.process();
        view.deployBeside(() -> new Busy("2", true, new ArrayList<>()));
        assertThat(view.parkedBeside())
                .singleElement()
                .satisfies(each -> assertThat(each.reason()).contains("no e7"));
        assertThat(view.takeOver()).contains("has taken in/");
        view.append("in", "k10", bytes("e10"));
        view.process();
        assertThat(counts(view, SEEN)).hasSize(11);
        assertThat(emitted(view)).hasSize(33).allMatch(each -> each.endsWith("by 1"));
    }

    @Test
    void theStateOfBeforeTakesOverAgainWhereTheOtherStands() {
        List<String> calls = new ArrayList<>();
        LocalView view = new LocalView(() -> new Busy("1", false, calls), PARTITIONS);
        view.append("in", "k0", bytes("e0"));
        view.process();
        view.deployBeside(() -> new Busy("2", true, calls));
        assertThat(view.takeOver()).isNull();
        for (int i = 1; i < 10; i++) {
            view.append("in", "k" + i, bytes("e" + i));
        }
        view.process();
        assertThat(view.parked()).as("by the version that answers now").hasSize(1);
        view.standBack();
        assertThat(view.takeOver()).isNull();
        assertThat(view.parked()).isEmpty();
        view.advance(Duration.ofSeconds(11));
        requireOnce(view, calls, 10);
        assertThat(emitted(view))
                .filteredOn(each -> each.startsWith("event e7"))
                .containsExactly("event e7 by 1");
    }

    @Test
    void whoseIndexIsNowhereSaysByItsStepsWhenItGaveWay() {
        LocalView view = new LocalView(() -> new Busy("1", false, new ArrayList<>()), 1);
        view.append("in", "k0", bytes("e0"));
        view.process();
        LocalState before = view.today();
        Handover.Side side = before.side(List.of(new StepStore(new MemoryStore())));
        String steps = Wiring.changes(0);
        assertThat(side.gaveWay(0)).as("not yet").isEqualTo(before.streams.newest(steps));
        view.deployBeside(() -> new Busy("2", false, new ArrayList<>()));
        assertThat(view.takeOver()).isNull();
        long gaveWay = before.streams.newest(steps);
        assertThat(side.gaveWay(0)).isEqualTo(gaveWay);
        view.standBack();
        view.append("in", "k1", bytes("e1"));
        view.process();
        assertThat(before.streams.newest(steps)).isGreaterThan(gaveWay);
        assertThat(side.gaveWay(0)).isEqualTo(gaveWay);
    }

    @Test
    void aTakeoverOfWhichNobodyHeardIsFoundInTheSteps() {
        SlowCalls slow = new SlowCalls();
        List<String> calls = new ArrayList<>();
        LocalView view = new LocalView(() -> new Busy("1", false, calls), PARTITIONS, slow);
        for (int i = 0; i < 6; i++) {
            view.append("in", "k" + i, bytes("e" + i));
        }
        view.process();
        view.deployBeside(() -> new Busy("2", false, calls));
        LocalTakeover takeover = Objects.requireNonNull(view.beginToTakeOver());
        view.process();
        assertThat(takeover.append()).isNull();
        for (int i = 0; i < PARTITIONS; i++) {
            view.crash(i, new Random(i));
        }
        takeover.end();
        view.append("in", "k6", bytes("e6"));
        view.process();
        slow.end();
        view.advance(Duration.ofSeconds(11));
        requireOnce(view, calls, 7);
        assertThat(emitted(view)).filteredOn(each -> each.startsWith("timer")).allMatch(each -> each.endsWith("by 2"));
    }

    @Test
    void anOpenCallThatTheOtherVersionDoesNotDeclareStandsInTheWay() {
        SlowCalls slow = new SlowCalls();
        List<String> calls = new ArrayList<>();
        LocalView view = new LocalView(() -> new Silent(), PARTITIONS, slow);
        view.append("in", "k0", bytes("e0"));
        view.process();
        view.deployBeside(() -> new Busy("2", false, calls));
        assertThat(view.takeOver()).isNull();
        view.append("in", "k1", bytes("e1"));
        view.process();
        view.standBack(); // to one that makes no calls
        assertThat(view.takeOver()).contains("call call of key \"k1\" is open");
        slow.end();
        view.process();
        assertThat(view.takeOver()).isNull();
        assertThat(counts(view, SEEN)).containsOnlyKeys("k0", "k1");
        assertThat(calls).hasSize(1);
    }

    /** Takes over or not, with steps of single partitions, crashes and time in between, wherever it is. */
    private static boolean takeOver(LocalView view, Random random) {
        LocalTakeover takeover = Objects.requireNonNull(view.beginToTakeOver());
        boolean over = false;
        for (int i = random.nextInt(150); i >= 0 && !over; i--) {
            happen(view, random);
            over = takeover.append() == null;
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            takeover.apply(random);
            happen(view, random);
        }
        takeover.end();
        return over;
    }

    private static void happen(LocalView view, Random random) {
        int partition = random.nextInt(PARTITIONS);
        switch (random.nextInt(8)) {
            case 0 -> view.crash(partition, random);
            case 1 -> view.pass(Duration.ofMillis(random.nextInt(3_000)));
            case 2, 3, 4 -> {
                boolean _ = view.leader(partition).step();
            }
            default -> {
                Partition its = view.besideLeader(partition);
                boolean _ = its != null && its.step();
            }
        }
    }

    /** Sets a timer where an event hops to. */
    private record Late(String version, boolean fails) implements View {
        @Override
        public void declare(Declaration view) {
            view.index(SEEN);
            view.index(TIMED);
            Output<String> out = view.output("out", Codec.text());
            Source.Timer<String> timer = view.timer("timer", Codec.text(), (step, text) -> {
                if (fails) {
                    throw new IllegalStateException("not now");
                }
                Busy.count(step, TIMED);
                step.emit(out, step.key(), "timer " + text + " by " + version);
            });
            Source.Hop<String> hop = view.hop(
                    "hop",
                    Codec.text(),
                    text -> "h" + text,
                    (step, text) -> step.schedule(timer, step.now().plusSeconds(1), text));
            view.log("in", Codec.text(), (step, text) -> {
                Busy.count(step, SEEN);
                step.hop(hop, text);
            });
        }
    }

    @Test
    void aTimerIsNotLostThatComesWhileTheHopThatSetsItWaitsInTheOther() {
        LocalView view = new LocalView(() -> new Late("1", false), PARTITIONS);
        view.deployBeside(() -> new Late("2", false));
        view.append("in", "k0", bytes("e0"));
        for (int i = 0; i < PARTITIONS; i++) {
            boolean _ = view.leader(i).stepOfOne(); // has taken it, and hops
        }
        for (int turn = 0; turn < 10; turn++) {
            besideSteps(view); // has set the timer
        }
        LocalTakeover takeover = Objects.requireNonNull(view.beginToTakeOver());
        view.pass(Duration.ofSeconds(5));
        for (int turn = 0; turn < 10; turn++) {
            besideSteps(view);
        }
        String obstacle = takeover.append();
        for (int turn = 0; turn < 30 && obstacle != null; turn++) {
            view.turn();
            obstacle = takeover.append();
        }
        assertThat(obstacle).isNull();
        takeover.end();
        view.process();
        assertThat(emitted(view)).containsExactly("timer e0 by 2");
        assertThat(counts(view, TIMED)).isEqualTo(Map.of("he0", 1L));
    }

    private static void besideSteps(LocalView view) {
        for (int i = 0; i < PARTITIONS; i++) {
            boolean _ = Objects.requireNonNull(view.besideLeader(i)).step();
        }
    }

    @Test
    void timersThatDoNotComeStandInTheWayWhereTheNumbersOfPartitionsDiffer() {
        LocalView view = new LocalView(() -> new Late("1", true), PARTITIONS);
        for (int i = 0; i < 9; i++) {
            view.append("in", "k" + i, bytes("e" + i));
        }
        view.process();
        view.advance(Duration.ofSeconds(2));
        Set<Integer> parked = new TreeSet<>();
        for (int i = 0; i < PARTITIONS; i++) {
            if (!view.leader(i).parked().isEmpty()) {
                parked.add(i);
            }
        }
        assertThat(parked).isNotEmpty();
        Handover.Side today = view.today().side(view.ways());
        Handover.Side fewer = view.today().side(view.ways().subList(0, 1));
        Wiring next = new Wiring(new Late("2", false), 0, 1);
        assertThat(Handover.lasting(today, fewer, next, parked)).startsWith("timers of partition ");
        assertThat(Handover.lasting(today, today, next, parked)).isNull();
        assertThat(Handover.lasting(today, fewer, next, Set.of())).isNull();
    }

    /** Streams of one who does not hear of his own what he has appended before he waits for it. */
    private static final class Deaf extends Streams.Through {
        Deaf(Streams streams) {
            super(streams);
        }

        @Override
        public Pending begin(String conditional, long expected, List<Append> appends) {
            boolean appended = append(conditional, expected, appends);
            return new Pending() {
                @Override
                public boolean isKnown(long ms) {
                    return ms > 0;
                }

                @Override
                public boolean appended() {
                    return appended;
                }
            };
        }
    }

    @Test
    void aCopyIsOfNoMomentAtWhichAStepIsStoredAndNotInItsIndex() {
        LocalView view = new LocalView(() -> new Late("1", false), PARTITIONS);
        view.process();
        int number = 0;
        while (partition("k" + number) == partition("he" + number)) {
            number++;
        }
        int first = partition("k" + number);
        view.leader(first, view.lead(first, new Deaf(view.streams())));
        view.append("in", "k" + number, bytes("e" + number));
        assertThat(view.leader(first).step()).as("has taken it, and hops").isTrue();
        assertThat(view.leader(partition("he" + number)).step())
                .as("has taken what hopped")
                .isTrue();
        LocalCopy copy = new LocalCopy(view, () -> new Late("2", false));
        assertThat(copy.begin()).isEqualTo("a step of partition " + first + " of the state of today is under way");
        view.process();
        assertThat(copy.begin()).isNull();
        while (!copy.goOn()) {
            // until it is whole
        }
        assertThat(view.takeOver()).isNull();
        view.advance(Duration.ofSeconds(2));
        assertThat(counts(view, TIMED)).isEqualTo(Map.of("he" + number, 1L));
    }

    private static int partition(String key) {
        return Slots.partition(Slots.of(key), PARTITIONS);
    }

    /** Has other code stand beside the view on a copy of its indexes, with steps, crashes and new beginnings in between; false where it never comes to it. */
    private static boolean copy(LocalView view, Supplier<View> code, Random random) {
        LocalCopy copy = new LocalCopy(view, code);
        boolean begun = false;
        view.hold(view.now());
        for (int i = 0; i < 300; i++) {
            if (!begun || random.nextInt(40) == 0) {
                view.hold(view.now());
                view.turn();
                begun = copy.begin() == null;
                view.hold(null);
                continue;
            }
            try {
                if (copy.goOn()) {
                    view.process();
                    return true;
                }
            } catch (IllegalStateException e) {
                begun = false; // a store has lost a step
            }
            happen(view, random);
        }
        view.hold(null);
        return false;
    }

    @Test
    void everythingIsDoneOnceHoweverOftenStatesTakeOverAndLeadersFall() {
        int overs = 0;
        int copies = 0;
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            SlowCalls slow = new SlowCalls();
            List<String> calls = new ArrayList<>();
            LocalView view = new LocalView(() -> new Busy("1", false, calls), PARTITIONS, slow);
            int events = 0;
            Map<String, Long> batched = new TreeMap<>();
            int versions = 1;
            boolean beside = false;
            boolean before = false;
            for (int i = 0; i < 120; i++) {
                switch (random.nextInt(10)) {
                    case 9 -> {
                        String text = "b" + random.nextInt(20);
                        view.append("batched", text, bytes(text));
                        batched.merge(text, 1L, Long::sum);
                    }
                    case 0, 1 -> {
                        view.append("in", "k" + events, bytes("e" + events));
                        events++;
                    }
                    case 2, 3 -> view.turn();
                    case 4 -> view.crash(random.nextInt(PARTITIONS), random);
                    case 5 -> slow.end();
                    case 6 -> view.advance(Duration.ofSeconds(random.nextInt(4)));
                    case 7 -> {
                        if (before && random.nextBoolean()) {
                            view.standBack();
                            before = false;
                        } else {
                            int number = ++versions;
                            if (random.nextBoolean()) {
                                view.deployBeside(() -> new Busy("" + number, false, calls));
                            } else if (copy(view, () -> new Busy("" + number, false, calls), random)) {
                                copies++;
                            } else {
                                break;
                            }
                        }
                        beside = true;
                    }
                    default -> {
                        boolean over = beside && takeOver(view, random);
                        if (over) {
                            beside = false;
                            before = true;
                            overs++;
                        }
                    }
                }
            }
            view.process();
            slow.end();
            view.process();
            slow.end();
            view.advance(Duration.ofSeconds(11));
            slow.end();
            view.process();
            try {
                requireOnce(view, calls, events);
                assertThat(counts(view, TALLY)).isEqualTo(batched);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(overs).as("takeovers").isGreaterThan(20);
        assertThat(copies).as("copies").isGreaterThan(5);
    }
}
