package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.entries;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.Streams;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * What views have in common that live in a {@link LocalSimulation}: each event counts once and in its order, whatever falls. The views of examples/java
 * are held against a recount there, each in its own test. {@code -Dthalweg.seed=N} begins with another seed, {@code -Dthalweg.seeds=N} takes so many.
 */
class CrashSimulationTest {
    private static final long FIRST = Long.getLong("thalweg.seed", 3_001);
    private static final long SEEDS = Long.getLong("thalweg.seeds", 80);

    /**
     * What a view lives in.
     *
     * @param rarely one of so many appends fails in each of the ways in which one can; from 6
     * @param pace so many things happen from one event to the next, about
     */
    record World(int rarely, int pace) {}

    interface Feed {
        void append(LocalView view, Random random, int number);
    }

    /** Runs a view of three partitions over what {@code feed} appends, with faults, looked at after each thing that happens; all is processed in the end. */
    static LocalView run(
            Supplier<View> code, long seed, int events, World world, Feed feed, LocalSimulation.Observer observer) {
        Random random = new Random(seed);
        LocalSimulation simulation = new LocalSimulation(code, 3, random)
                .failing(world.rarely)
                .pace(world.pace)
                .observed(observer);
        try {
            for (int i = 0; i < events; i++) {
                feed.append(simulation.view(), random, i);
                simulation.go();
            }
            return simulation.end();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Of each key the number of its newest event; -1 for ever once one was not behind the one before it. */
    private static final class InOrder implements View {
        static final Index<Map<String, Long>> NEWEST = Index.of("newest", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.index(NEWEST);
            view.log(
                    "lines",
                    Codec.text(),
                    (step, line) -> step.index(NEWEST).at(Maps.key(step.key())).update(before -> {
                        long number = Long.parseLong(line);
                        return number == (before == null ? 1 : before + 1) ? number : -1;
                    }));
        }
    }

    /** Knows by a field of its own what it has seen, of which whoever leads next knows nothing. */
    private static final class Forgetful implements View {
        private final Map<String, Long> newest = new HashMap<>();

        @Override
        public void declare(Declaration view) {
            view.index(InOrder.NEWEST);
            view.log(
                    "lines",
                    Codec.text(),
                    (step, _) -> step.index(InOrder.NEWEST)
                            .at(Maps.key(step.key()))
                            .set(newest.merge(step.key(), 1L, Long::sum)));
        }
    }

    private static Map<String, Long> newest(LocalView view) {
        Map<String, Long> newest = new HashMap<>();
        view.select(InOrder.NEWEST, entries()).forEach(entry -> newest.put(entry.getKey(), entry.getValue()));
        return newest;
    }

    /** One who asks the view after each thing that happens, and notes what is less than he was answered before. */
    private static final class Outsider implements LocalSimulation.Observer {
        private final Map<String, Long> seen = new HashMap<>();
        private final List<String> back = new ArrayList<>();

        /** How often an answer was another than the one before. */
        private int news;

        @Override
        public void look(LocalView view, Moment anywhere) {
            Map<String, Long> now = newest(view);
            seen.forEach((key, before) -> {
                if (now.getOrDefault(key, 0L) < before) {
                    back.add(key + " was " + before + " and is " + now.get(key));
                }
            });
            news += now.equals(seen) ? 0 : 1;
            seen.putAll(now);
        }
    }

    /** Whether a life ends with each key's newest event as it was appended. */
    private static boolean isInOrder(LocalSimulation simulation, Random random) {
        Map<String, Long> newest = new HashMap<>();
        for (int i = 0; i < 40; i++) {
            String key = "key-" + random.nextInt(6);
            simulation.append("lines", key, utf8(Long.toString(newest.merge(key, 1L, Long::sum))));
        }
        LocalView view = simulation.end();
        assertThat(view.log("lines")).hasSize(40);
        return newest(view).equals(newest);
    }

    @Test
    void eventsOfAKeyAreTakenOnceAndInOrderOverSplitsAndTakeoversWhateverFalls() {
        int falls = 0;
        int leads = 0;
        int takeovers = 0;
        int onTop = 0;
        int news = 0;
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            Random random = new Random(seed);
            Outsider outsider = new Outsider();
            LocalSimulation simulation = new LocalSimulation(InOrder::new, 3, random)
                    .splitting("lines")
                    .takingOver()
                    .observed(outsider);
            assertThat(isInOrder(simulation, random)).as("seed " + seed).isTrue();
            assertThat(outsider.back)
                    .as("seed " + seed + ": what outsiders see never goes back")
                    .isEmpty();
            news += outsider.news;
            falls += simulation.falls();
            leads += simulation.leads();
            takeovers += simulation.takeovers();
            onTop += simulation.onTop();
        }
        System.out.println(falls + " falls, " + leads + " leaders, " + takeovers + " takeovers, " + onTop
                + " reads for a step on top of another, " + news + " answers that were another");
        if (SEEDS >= 80) {
            assertThat(news).as("answers that were another").isGreaterThan(400);
            assertThat(onTop).isGreaterThan(50);
            assertThat(falls).isGreaterThan(400);
            assertThat(leads).isGreaterThan(4 * falls);
            assertThat(takeovers).isGreaterThan(80);
        }
    }

    @Test
    void aViewThatForgetsWhenItsLeaderFallsDoesNotComeThrough() {
        int wrong = 0;
        int back = 0;
        for (long seed = 1; seed <= 10; seed++) {
            Random random = new Random(seed);
            Outsider outsider = new Outsider();
            wrong += isInOrder(new LocalSimulation(Forgetful::new, 3, random).observed(outsider), random) ? 0 : 1;
            back += outsider.back.isEmpty() ? 0 : 1;
        }
        assertThat(wrong).isGreaterThan(8);
        assertThat(back).as("lives in which an outsider saw it go back").isGreaterThan(8);
    }

    @Test
    void aViewOfWhichAnEventIsParkedDoesNotComeThrough() {
        LocalSimulation simulation = new LocalSimulation(InOrder::new, 3, new Random(1));
        simulation.append("lines", "key", utf8("no number"));
        assertThatThrownBy(simulation::end).isInstanceOf(AssertionError.class).hasMessageContaining("parked");
    }

    @Test
    void aStepIsReadAsItWasWritten() {
        StepRecord record = new StepRecord(
                io.thalweg.index.store.Changes.read(new ValueReader(
                        new ValueWriter().raw(1).count(0).count(0).toByteArray())),
                List.of(new Answer(new Origin("in/0", 7), new byte[] {'1'})),
                List.of(new Streams.Append("out/1", null, new byte[] {2}, null)));
        StepRecord read = StepRecord.read(record.write());
        assertThat(read.answers()).singleElement().satisfies(answer -> {
            assertThat(answer.to()).isEqualTo(new Origin("in/0", 7));
        });
        assertThat(read.sent()).singleElement().satisfies(append -> {
            assertThat(append.stream()).isEqualTo("out/1");
            assertThat(append.payload()).containsExactly(2);
        });
    }
}
