package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.store.Reading;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import io.thalweg.view.java.examples.Tally;
import io.thalweg.view.java.examples.WordCount;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.run.Settled;
import io.thalweg.view.java.run.Surroundings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Batches of a view whose leaders crash at every step, are deposed, and lose what their stores had not written, beside a recount. */
class BatchCrashTest {
    private static final int PARTITIONS = 3;

    /** How rarely appends fail: often enough that hardly a batch comes through, and so that most do. */
    private static final int[] RARELY = {6, 12, 25, 50, 100};

    private static CrashSimulationTest.World world(long seed) {
        return new CrashSimulationTest.World(RARELY[(int) (seed % RARELY.length)], 20);
    }

    private static LocalView run(Supplier<View> code, long seed, int events, CrashSimulationTest.Feed feed) {
        return CrashSimulationTest.run(code, seed, events, world(seed), feed, (_, _) -> {});
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Long> all(LocalView view, Index<Map<String, Long>> index) {
        Map<String, Long> all = new HashMap<>();
        view.select(index, entries()).forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        return all;
    }

    private static long sum(LocalView view, Moment moment, Index<Map<String, Long>> index) {
        long sum = 0;
        for (int i = 0; i < PARTITIONS; i++) {
            Reading cells = moment.partition(i);
            var open = view.leader(i).index(index);
            for (int slot : open.slots(cells)) {
                sum += open.reader(cells, slot).select(Maps.values()).stream()
                        .mapToLong(Long::longValue)
                        .sum();
            }
        }
        return sum;
    }

    /** Holds what a moment shows to what any number of whole batches may be. */
    private static final class Reader {
        long newest;
        int settled;
        int over;
        int batches;
        int behind;

        void look(LocalView view) {
            Moment raw = view.rawMoment();
            @Nullable Moment moment = Settled.of(raw, Surroundings.space(view.id()), PARTITIONS);
            if (moment == null) {
                behind++;
                return; // a store is behind
            }
            settled++;
            over += moment.equals(raw) ? 0 : 1;
            long counts = sum(view, moment, Tally.COUNTS);
            assertThat(sum(view, moment, Tally.TOTALS)).isEqualTo(counts);
            assertThat(counts).as("what was seen stays").isGreaterThanOrEqualTo(newest);
            batches += counts > newest ? 1 : 0;
            newest = counts;
        }
    }

    @Test
    void batchesEqualARecountAndAreNeverSeenPartlyWhateverCrashes() {
        int settled = 0;
        int over = 0;
        int batches = 0;
        int behind = 0;
        for (long seed = 1; seed <= 100; seed++) {
            Map<String, Long> recount = new HashMap<>();
            Map<String, Long> numbers = new HashMap<>();
            Reader reader = new Reader();
            LocalView view;
            try {
                view = CrashSimulationTest.run(
                        () -> new Tally((line, number) -> assertThat(numbers.merge(line, number, (one, _) -> one))
                                .as("the batch of line '" + line + "'")
                                .isEqualTo(number)),
                        seed,
                        25,
                        world(seed),
                        (to, random, number) -> {
                            StringBuilder line = new StringBuilder("l" + number + " ");
                            recount.merge("l" + number, 1L, Long::sum);
                            for (int i = random.nextInt(5); i > 0; i--) {
                                String word = "w" + random.nextInt(8);
                                line.append(word).append(' ');
                                recount.merge(word, 1L, Long::sum);
                            }
                            to.append("lines", "l" + number, utf8(line.toString()));
                        },
                        (at, _) -> reader.look(at));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
            assertThat(all(view, Tally.COUNTS)).as("seed " + seed).isEqualTo(recount);
            assertThat(all(view, Tally.TOTALS).values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .as("seed " + seed)
                    .isEqualTo(
                            recount.values().stream().mapToLong(Long::longValue).sum());
            assertThat(numbers).as("seed " + seed).hasSize(25);
            settled += reader.settled;
            over += reader.over;
            batches += reader.batches;
            behind += reader.behind;
        }
        System.out.println("moments: " + settled + " and " + behind + " with a store behind, batches: " + batches
                + ", moments with a batch that not all partitions had written: " + over);
        assertThat(batches).as("batches that counted while there were faults").isGreaterThan(100);
        assertThat(over).as("moments between a commit and its last part").isGreaterThan(100);
    }

    /** Counts the same lines twice: in batches, and by handlers and hops. */
    private static final class Both implements View {
        @Override
        public void declare(Declaration view) {
            new Tally().declare(view);
            Handlers.declare(view);
        }
    }

    /** Counts words of another log by handlers, beside the batches. */
    private static final class Handlers {
        static final Index<Map<String, Long>> HANDLED = Index.of("handled", WordCount.COUNTS.schema());

        static void declare(Declaration view) {
            view.index(HANDLED);
            var words = view.hop(
                    "words",
                    Codec.text(),
                    word -> word,
                    (step, word) ->
                            step.index(HANDLED).at(key(word)).update(before -> before == null ? 1 : before + 1));
            view.log("words", Codec.text(), (step, line) -> {
                for (String word : line.split(" ", -1)) {
                    step.hop(words, word);
                }
            });
        }
    }

    @Test
    void handlersAndBatchesOfOneViewDoNotDisturbEachOther() {
        for (long seed = 501; seed <= 540; seed++) {
            Map<String, Long> batched = new HashMap<>();
            Map<String, Long> handled = new HashMap<>();
            LocalView view = run(Both::new, seed, 30, (to, random, number) -> {
                String word = "w" + random.nextInt(8);
                String other = "w" + random.nextInt(8);
                boolean byBatch = random.nextBoolean();
                Map<String, Long> recount = byBatch ? batched : handled;
                recount.merge(word, 1L, Long::sum);
                recount.merge(other, 1L, Long::sum);
                to.append(byBatch ? "lines" : "words", "l" + number, utf8(word + " " + other));
            });
            assertThat(all(view, Tally.COUNTS)).as("seed " + seed).isEqualTo(batched);
            assertThat(all(view, Handlers.HANDLED)).as("seed " + seed).isEqualTo(handled);
        }
    }

    @Test
    void batchesTakeEventsOnceOverSplitsWhateverCrashes() {
        for (long seed = 601; seed <= 640; seed++) {
            Map<String, Long> recount = new HashMap<>();
            int[] splits = {0};
            LocalView view = run(Tally::new, seed, 40, (to, random, number) -> {
                if (random.nextInt(6) == 0) {
                    to.split("lines", random.nextInt(PARTITIONS + splits[0]++), random.nextInt(Slots.COUNT));
                }
                String word = "w" + random.nextInt(8);
                recount.merge(word, 1L, Long::sum);
                to.append("lines", "k" + random.nextInt(6), utf8(word));
            });
            assertThat(all(view, Tally.COUNTS))
                    .as("seed " + seed + ", " + splits[0] + " splits")
                    .isEqualTo(recount);
        }
    }

    /** Each try of a batch counts its words otherwise. */
    private static Tally shifting(Random random) {
        return new Tally((_, _) -> {}, () -> 1 + random.nextInt(9));
    }

    @Test
    void twoTriesOfABatchAreNeverSeenMixedWhicheverReplicasAreRead() {
        int settled = 0;
        for (long seed = 701; seed <= 750; seed++) {
            Random shift = new Random(seed);
            int[] seen = {0};
            String as = "seed " + seed;
            LocalView view = CrashSimulationTest.run(
                    () -> shifting(shift),
                    seed,
                    20,
                    world(seed),
                    (to, random, number) -> to.append("lines", "l" + number, utf8("w" + random.nextInt(8) + " w0")),
                    (at, anywhere) -> {
                        Moment moment = Settled.of(anywhere, Surroundings.space(at.id()), PARTITIONS);
                        if (moment != null) {
                            seen[0]++;
                            assertThat(sum(at, moment, Tally.TOTALS)).as(as).isEqualTo(sum(at, moment, Tally.COUNTS));
                        }
                    });
            settled += seen[0];
            assertThat(view.parked()).isEmpty();
        }
        assertThat(settled).as("moments that replicas agree on").isGreaterThan(1_000);
    }

    /** Counts the batch's log by handlers, into the batch's index. */
    private static final class Direct implements View {
        @Override
        public void declare(Declaration view) {
            view.index(Tally.COUNTS);
            var words = view.hop(
                    "direct",
                    Codec.text(),
                    word -> word,
                    (step, word) ->
                            step.index(Tally.COUNTS).at(key(word)).update(before -> before == null ? 1 : before + 1));
            view.log("lines", Codec.text(), (step, line) -> {
                for (String word : line.split(" ", -1)) {
                    step.hop(words, word);
                }
            });
        }
    }

    /** The same batch under another name. */
    private static final class Renamed implements View {
        @Override
        public void declare(Declaration view) {
            new Tally("other").declare(view);
        }
    }

    @Test
    void whoeverTakesTheLogInAnotherVersionTakesItsEventsOnce() {
        for (int steps = 0; steps < 60; steps++) {
            for (Supplier<View> other : List.<Supplier<View>>of(Direct::new, Renamed::new)) {
                for (int between = 0; between < 12; between += 3) {
                    Random random = new Random(31L * steps + between);
                    String as = steps + " steps before "
                            + other.get().getClass().getSimpleName() + ", " + between + " of it";
                    LocalView view = new LocalView(Tally::new, PARTITIONS);
                    Map<String, Long> recount = new HashMap<>();
                    feed(view, random, recount);
                    walk(view, random, steps);
                    feed(view, random, recount);
                    view.take(other);
                    walk(view, random, between);
                    if (random.nextBoolean()) {
                        view.process();
                    }
                    feed(view, random, recount);
                    // Hops of the version between would find nobody: they are taken first.
                    drain(view, other);
                    view.deploy(Tally::new);
                    feed(view, random, recount);
                    view.process();
                    assertThat(view.parked()).as(as).isEmpty();
                    assertThat(all(view, Tally.COUNTS)).as(as).isEqualTo(recount);
                }
            }
        }
    }

    private static void feed(LocalView view, Random random, Map<String, Long> recount) {
        for (int i = 0; i < 6; i++) {
            String word = "w" + random.nextInt(5);
            recount.merge(word, 1L, Long::sum);
            view.append("lines", "k" + random.nextInt(9), utf8(word));
        }
    }

    private static void walk(LocalView view, Random random, int steps) {
        for (int i = 0; i < steps; i++) {
            view.leader(random.nextInt(PARTITIONS)).step();
        }
    }

    private static void drain(LocalView view, Supplier<View> code) {
        if (code.get() instanceof Direct) {
            view.process();
        }
    }

    @Test
    void aHopThatIsParkedHoldsNoBatchUp() {
        LocalView view = new LocalView(
                () -> declaration -> {
                    new Tally().declare(declaration);
                    var bad = declaration.hop("bad", Codec.text(), word -> word, (_, word) -> {
                        throw new IllegalStateException(word);
                    });
                    declaration.log("words", Codec.text(), (step, word) -> step.hopToAll(bad, word));
                },
                PARTITIONS);
        view.append("words", "k", utf8("bad"));
        view.process();
        assertThat(view.parked()).hasSize(PARTITIONS);
        view.append("lines", "k", utf8("a b c"));
        view.process();
        assertThat(all(view, Tally.COUNTS)).hasSize(3);
        assertThat(view.parked()).hasSize(PARTITIONS);
    }

    @Test
    void logsWhoseEventsAreGoneMakeNoBatches() {
        LocalView view = new LocalView(Tally::new, PARTITIONS);
        for (int i = 0; i < 20; i++) {
            view.append("lines", "k" + i, utf8("gone"));
        }
        for (int i = 0; i < PARTITIONS; i++) {
            view.streams().trim("lines/" + i, view.streams().newest("lines/" + i) + 1);
        }
        int before = -1;
        int rounds = 0;
        while (before != view.steps() && rounds < 100) {
            before = view.steps();
            rounds++;
            for (int i = 0; i < PARTITIONS * 20; i++) {
                view.leader(i % PARTITIONS).step();
            }
        }
        assertThat(rounds).as("it comes to rest").isLessThan(100);
        view.append("lines", "k", utf8("here"));
        view.process();
        assertThat(all(view, Tally.COUNTS)).containsExactly(Map.entry("here", 1L));
    }

    /** A view that knows the batch no more. */
    private static final class Without implements View {
        @Override
        public void declare(Declaration view) {
            Handlers.declare(view);
        }
    }

    @Test
    void anotherVersionIsDeployedAtAnyStepOfABatch() {
        for (int steps = 0; steps < 40; steps++) {
            for (boolean without : new boolean[] {false, true}) {
                Random random = new Random(steps);
                LocalView view = new LocalView(Both::new, PARTITIONS);
                Map<String, Long> recount = new HashMap<>();
                for (int i = 0; i < 12; i++) {
                    String word = "w" + random.nextInt(5);
                    recount.merge(word, 1L, Long::sum);
                    view.append("lines", "k" + i, utf8(word));
                }
                for (int i = 0; i < steps; i++) {
                    view.leader(random.nextInt(PARTITIONS)).step();
                }
                if (without) {
                    view.deploy(Without::new);
                }
                view.deploy(Tally::new);
                String as = steps + " steps before, " + (without ? "with" : "without") + " a version that has no batch";
                assertThat(view.parked()).as(as).isEmpty();
                assertThat(all(view, Tally.COUNTS)).as(as).isEqualTo(recount);
                view.append("lines", "more", utf8("more"));
                view.process();
                assertThat(all(view, Tally.COUNTS)).as(as).containsEntry("more", 1L);
            }
        }
    }

    @Test
    void aBatchThatIsTriedAgainTakesWhatItTookWhateverCameMeanwhile() {
        Map<Long, List<String>> seen = new TreeMap<>();
        LocalView view = new LocalView(
                () -> new Tally((line, number) ->
                        seen.computeIfAbsent(number, _ -> new ArrayList<>()).add(line)),
                PARTITIONS);
        for (int i = 0; i < 6; i++) {
            view.append("lines", "k" + i, utf8("first-" + i));
        }
        while (seen.values().stream().mapToInt(List::size).sum() < 6) {
            for (int i = 0; i < PARTITIONS; i++) {
                view.leader(i).step();
            }
        }
        assertThat(seen).as("one batch has begun, and does not count yet").hasSize(1);
        assertThat(all(view, Tally.COUNTS)).isEmpty();
        for (int i = 0; i < 6; i++) {
            view.append("lines", "k" + i, utf8("later-" + i));
        }
        view.crash(0, new Random(1)); // who leads next has it tried again
        view.process();
        assertThat(seen.get(1L)).hasSize(12).allMatch(line -> line.startsWith("first-"));
        assertThat(seen.get(2L)).hasSize(6).allMatch(line -> line.startsWith("later-"));
        assertThat(all(view, Tally.COUNTS))
                .hasSize(12)
                .allSatisfy((_, count) -> assertThat(count).isEqualTo(1));
    }
}
