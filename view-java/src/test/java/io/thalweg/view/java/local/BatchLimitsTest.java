package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Accumulator;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.View;
import io.thalweg.view.java.batch.BatchMessage;
import io.thalweg.view.java.examples.Tally;
import io.thalweg.view.java.run.Wiring;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What does not fit, fails, or was never meant. */
class BatchLimitsTest {
    private static final Index<Map<String, String>> TEXTS = Index.of("texts", Schema.map(String.class, String.class));
    private static final Index<Map<String, String>> KEPT = Index.of("kept", Schema.map(String.class, String.class));
    private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Supplier<View> batch(Consumer<Batch> declare) {
        return () -> view -> view.batch("b", declare);
    }

    private static <V> Map<String, V> all(LocalView view, Index<Map<String, V>> index) {
        Map<String, V> all = new HashMap<>();
        view.select(index, entries()).forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        return all;
    }

    /** Writes a text of as many characters as an event says, under the event's own key. */
    private static Supplier<View> texts() {
        return batch(its -> {
            its.index(TEXTS);
            Batch.Stage<String, List<String>, List<String>> texts = its.stage(
                    "texts",
                    Schema.list(String.class),
                    Aggregates.list(),
                    (at, all) -> at.index(TEXTS).at(key(at.key())).set(String.join("", all)));
            its.log(
                    "in",
                    Codec.text(),
                    (from, length) -> from.send(texts, from.key(), "x".repeat(Integer.parseInt(length))));
        });
    }

    @Test
    void aBatchThatDoesNotFitIsMadeSmallerUntilItDoes() {
        LocalView view = new LocalView(texts(), 2);
        for (int i = 0; i < 60; i++) {
            view.append("in", "k" + i, utf8("50000")); // some MiB, where one batch writes 384 KiB in each partition
        }
        view.process();
        assertThat(view.parked()).isEmpty();
        assertThat(all(view, TEXTS))
                .hasSize(60)
                .allSatisfy((_, text) -> assertThat(text).hasSize(50_000));
    }

    /** Each step is a commit that those wait for who appended. */
    @Test
    void aPhaseRunsInTheStepThatTakesTheLastOfWhatItWaitsFor() {
        LocalView view = new LocalView(texts(), 2);
        view.append("in", "a", utf8("1"));
        view.process();
        int before = view.steps();
        view.append("in", "a", utf8("2"));
        view.process();
        assertThat(all(view, TEXTS)).containsEntry("a", "xx");
        assertThat(view.steps() - before)
                .as("the ranges, the events, what was sent, and what counts; and two of who leads")
                .isEqualTo(2 * 4 + 2);
    }

    /** Keeps texts for itself in one stage, and writes them with their number in the next. */
    private static Supplier<View> keeping() {
        return batch(its -> {
            its.index(TEXTS);
            Batch.Stage<Object, Long, Long> told = its.stage(
                    "told",
                    Schema.of(Long.class),
                    Aggregates.count(),
                    (at, _) -> at.index(TEXTS)
                            .at(key(at.key()))
                            .set(String.valueOf(
                                    at.temporary(KEPT).at(key(at.key())).get())));
            Batch.Stage<String, List<String>, List<String>> kept =
                    its.stage("kept", Schema.list(String.class), Aggregates.list(), (at, all) -> {
                        at.temporary(KEPT)
                                .at(key(at.key()))
                                .update(before -> String.join("", all)
                                        + (before == null ? "" : " behind what a batch before has left"));
                        if (all.contains("bad")) {
                            throw new IllegalStateException("bad");
                        }
                        at.send(told, at.key(), 1);
                    });
            its.log(
                    "in",
                    Codec.text(),
                    (from, text) ->
                            from.send(kept, from.key(), text.length() < 9 ? text : "x".repeat(Integer.parseInt(text))));
        });
    }

    @Test
    void whatABatchKeepsForItselfIsThereForItsNextStagesAndForNobodyElse() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            LocalView view = new LocalView(keeping(), 3);
            Map<String, String> wanted = new HashMap<>();
            for (int i = 0; i < 40; i++) {
                String key = "k" + random.nextInt(9);
                if (!wanted.containsKey(key) || random.nextInt(3) == 0) {
                    view.process();
                    wanted.put(key, "t" + i);
                    view.append("in", key, utf8("t" + i));
                }
                switch (random.nextInt(4)) {
                    case 0 -> view.crash(random.nextInt(3), random);
                    case 1 -> view.leader(random.nextInt(3)).step();
                    default -> {}
                }
            }
            view.process();
            assertThat(all(view, TEXTS)).as("seed " + seed).isEqualTo(wanted);
        }
    }

    @Test
    void aBatchThatKeepsTooMuchForItselfIsMadeSmallerAndOneThatIsLeftOutLeavesNothing() {
        LocalView view = new LocalView(keeping(), 2);
        for (int i = 0; i < 40; i++) {
            view.append("in", "k" + i, utf8("000050000")); // 2 MiB, where a phase keeps 256 KiB in each partition
        }
        view.process();
        assertThat(view.parked()).isEmpty();
        assertThat(all(view, TEXTS))
                .hasSize(40)
                .allSatisfy((_, text) -> assertThat(text).isEqualTo("x".repeat(50_000)));
        view.append("in", "bad", utf8("bad"));
        view.process();
        view.skip(view.parked().getFirst());
        view.append("in", "bad", utf8("good"));
        view.process();
        assertThat(all(view, TEXTS)).containsEntry("bad", "good");
    }

    @Test
    void whatCannotBeMergedIsAccumulatedWhereItsKeyLies() {
        Accumulator<Long, Long, Long> chain = Accumulator.of(
                () -> 7L, (known, value) -> known % 2 == 0 ? known / 2 + value : 3 * known + value, known -> -known);
        LocalView view = new LocalView(
                batch(its -> {
                    its.index(COUNTS);
                    Batch.Stage<Long, List<Long>, Long> chains = its.stage(
                            "chains",
                            Schema.of(Long.class),
                            chain,
                            (at, result) -> at.index(COUNTS).at(key(at.key())).set(result));
                    its.log("in", Codec.text(), (from, text) -> from.send(chains, "all", Long.valueOf(text)));
                }),
                3);
        List<List<Long>> sent = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (long i = 0; i < 50; i++) {
            String key = "k" + i % 11;
            sent.get(Slots.partition(Slots.of(key), 3)).add(i);
            view.append("in", key, utf8(Long.toString(i)));
        }
        view.process();
        long known = 7;
        for (List<Long> ofPartition : sent) {
            for (long value : ofPartition) {
                known = known % 2 == 0 ? known / 2 + value : 3 * known + value;
            }
        }
        assertThat(all(view, COUNTS)).containsExactly(Map.entry("all", -known));
    }

    @Test
    void anEventThatDoesNotFitAloneParksTheBatchAndIsLeftOutBySkipping() {
        LocalView view = new LocalView(texts(), 2);
        view.append("in", "small", utf8("10"));
        view.append("in", "large", utf8("500000"));
        view.append("in", "huge", utf8("9000000"));
        view.append("in", "other", utf8("20"));
        view.process();
        while (!view.parked().isEmpty()) {
            assertThat(view.parked()).allSatisfy(parked -> {
                assertThat(parked.stream()).isEqualTo("batch b");
                assertThat(parked.reason()).contains("a batch of at most one event of each stream is too large");
            });
            view.skip(view.parked().getFirst());
        }
        view.append("in", "small", utf8("11"));
        view.process();
        assertThat(all(view, TEXTS)).doesNotContainKeys("large", "huge").containsEntry("small", "x".repeat(11));
    }

    @Test
    void codeThatSendsWithoutEndIsStopped() {
        LocalView view = new LocalView(
                batch(its -> {
                    its.index(COUNTS);
                    Batch.Stage<Object, Long, Long> counts = its.stage(
                            "counts",
                            Schema.of(Long.class),
                            Aggregates.count(),
                            (at, count) -> at.index(COUNTS).at(key(at.key())).set(count));
                    its.log("in", Codec.text(), (from, text) -> {
                        for (int i = 0; !text.equals("end") || i < 1; i++) {
                            from.send(counts, "k" + i % 100, i);
                        }
                    });
                }),
                1);
        view.append("in", "a", utf8("endless"));
        view.append("in", "b", utf8("end"));
        view.process();
        assertThat(view.parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.reason()).contains("sends more than 200000 values"));
        view.skip(view.parked().getFirst());
        assertThat(view.parked()).isEmpty();
        assertThat(all(view, COUNTS)).containsExactly(Map.entry("k0", 1L));
    }

    private static Supplier<View> failing(AtomicBoolean broken, Declaration.Poison poison) {
        return failing(broken, poison, () -> {});
    }

    /** @param onWorse hears of each try of the event that is worse */
    private static Supplier<View> failing(AtomicBoolean broken, Declaration.Poison poison, Runnable onWorse) {
        return () -> view -> {
            view.onPoison(poison);
            view.index(TEXTS);
            view.log(
                    "beside",
                    Codec.text(),
                    (step, text) -> step.index(TEXTS).at(key(step.key())).set(text));
            view.batch("b", its -> {
                its.index(COUNTS);
                Batch.Stage<Object, Long, Long> counts =
                        its.stage("counts", Schema.of(Long.class), Aggregates.count(), (at, count) -> {
                            at.index(COUNTS).at(key(at.key())).set(count);
                            if (at.key().equals("bad") && broken.get()) {
                                throw new IllegalStateException("it is bad");
                            }
                        });
                its.log("in", Codec.text(), (from, text) -> {
                    from.send(counts, text, text);
                    if (text.equals("worse") && broken.get()) {
                        onWorse.run();
                        throw new IllegalStateException("it is worse");
                    }
                });
            });
        };
    }

    @Test
    void codeThatFailsParksItsBatchAndNothingElse() {
        AtomicBoolean broken = new AtomicBoolean(true);
        LocalView view = new LocalView(failing(broken, Declaration.Poison.PARK), 3);
        view.append("in", "a", utf8("good"));
        view.append("in", "b", utf8("bad"));
        view.append("in", "c", utf8("worse"));
        view.process();
        view.append("beside", "k", utf8("goes on"));
        view.process();
        assertThat(view.parked())
                .isNotEmpty()
                .allSatisfy(parked -> assertThat(parked.stream()).isEqualTo("batch b"));
        assertThat(all(view, COUNTS))
                .as("nothing of a batch that does not count")
                .isEmpty();
        assertThat(all(view, TEXTS)).containsExactly(Map.entry("k", "goes on"));
        broken.set(false);
        view.retry();
        assertThat(view.parked()).isEmpty();
        assertThat(all(view, COUNTS)).containsOnly(Map.entry("good", 1L), Map.entry("bad", 1L), Map.entry("worse", 1L));
    }

    @Test
    void aBatchThatIsSkippedHasNoEffectAnywhere() {
        LocalView view = new LocalView(failing(new AtomicBoolean(true), Declaration.Poison.PARK), 3);
        view.append("in", "a", utf8("good"));
        view.append("in", "b", utf8("bad"));
        view.process();
        view.skip(view.parked().getFirst());
        view.append("in", "c", utf8("better"));
        view.process();
        assertThat(view.parked()).isEmpty();
        assertThat(all(view, COUNTS)).containsExactly(Map.entry("better", 1L));
    }

    @Test
    void whatFailsIsPutAsideAndTheRestOfTheBatchCounts() {
        LocalView view = new LocalView(failing(new AtomicBoolean(true), Declaration.Poison.DEAD_LETTERS), 3);
        view.append("in", "a", utf8("good"));
        view.append("in", "b", utf8("bad"));
        view.append("in", "c", utf8("worse"));
        view.process();
        assertThat(view.parked()).isEmpty();
        assertThat(all(view, COUNTS)).containsExactly(Map.entry("good", 1L));
        assertThat(view.deadLetters())
                .hasSize(2)
                .anySatisfy(reason ->
                        assertThat(reason).contains("stage counts of batch b").contains("it is bad"))
                .anySatisfy(reason -> assertThat(reason).contains("in/").contains("it is worse"));
    }

    @Test
    void anEventThatIsLargerThanWhatABatchWritesIsPutAsideWhole() {
        String large = "x".repeat(1_000_000);
        LocalView view = new LocalView(
                () -> declared -> {
                    declared.onPoison(Declaration.Poison.DEAD_LETTERS);
                    declared.batch("b", its -> {
                        its.index(COUNTS);
                        Batch.Stage<Object, Long, Long> counts = its.stage(
                                "counts",
                                Schema.of(Long.class),
                                Aggregates.count(),
                                (at, count) ->
                                        at.index(COUNTS).at(key(at.key())).set(count));
                        its.log("in", Codec.text(), (from, text) -> {
                            if (text.length() > 100) {
                                throw new IllegalStateException("it is long");
                            }
                            from.send(counts, text, text);
                        });
                    });
                },
                2);
        view.append("in", "a", utf8(large));
        view.append("in", "a", utf8("good"));
        view.append("in", "b", utf8("good"));
        view.process();
        assertThat(view.parked()).isEmpty();
        assertThat(all(view, COUNTS)).containsExactly(Map.entry("good", 2L));
        List<byte[]> letters = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            view.streams().read(Wiring.deadLetters(i), 0, 10).forEach(letter -> letters.add(letter.payload()));
        }
        assertThat(letters).singleElement().isEqualTo(utf8(large));
    }

    @Test
    void whatIsPutAsideAndIsGoneWhenTheBatchCountsHoldsNobodyUp() {
        for (boolean remade : new boolean[] {false, true}) {
            AtomicInteger tries = new AtomicInteger();
            LocalView view = new LocalView(
                    failing(new AtomicBoolean(true), Declaration.Poison.DEAD_LETTERS, tries::incrementAndGet), 3);
            view.append("in", "a", utf8("good"));
            String event = view.append("in", "c", utf8("worse"));
            String stream = event.substring(0, event.indexOf('@'));
            for (int i = 0; tries.get() < 3; i++) {
                view.leader(i % 3).step();
            }
            assertThat(all(view, COUNTS)).as("it does not count yet").isEmpty();
            if (remade) {
                view.streams().remake(stream, "another");
                view.append("in", "c", utf8("foreign"));
            } else {
                view.streams().trim(stream, view.streams().newest(stream) + 1);
            }
            view.process();
            assertThat(view.parked()).isEmpty();
            assertThat(all(view, COUNTS)).containsEntry("good", 1L);
            assertThat(view.deadLetters())
                    .singleElement()
                    .satisfies(
                            reason -> assertThat(reason).contains("it is worse").endsWith("(no longer kept)"));
            for (int i = 0; i < 3; i++) {
                assertThat(view.streams().read(Wiring.deadLetters(i), 0, 10))
                        .allSatisfy(letter -> assertThat(letter.payload()).isEmpty());
            }
        }
    }

    /** Events of some logs in one partition, all of which fail. */
    private static LocalView failing(int logs, String payload) {
        LocalView view = new LocalView(
                () -> declared -> {
                    declared.onPoison(Declaration.Poison.DEAD_LETTERS);
                    declared.batch("b", its -> {
                        its.index(COUNTS);
                        Batch.Stage<Object, Long, Long> counts = its.stage(
                                "counts",
                                Schema.of(Long.class),
                                Aggregates.count(),
                                (at, count) ->
                                        at.index(COUNTS).at(key(at.key())).set(count));
                        for (int i = 0; i < logs; i++) {
                            its.log("in" + i, Codec.text(), (from, text) -> {
                                if (text.length() > 100) {
                                    throw new IllegalStateException("it is long");
                                }
                                from.send(counts, text, text);
                            });
                        }
                    });
                },
                1);
        for (int i = 0; i < logs; i++) {
            view.append("in" + i, "k", utf8(payload));
        }
        return view;
    }

    @Test
    void whatIsPutAsideAndDoesNotFitIntoAStepParksTheBatchBeforeItCounts() {
        String large = "x".repeat(1_000_000);
        LocalView three = failing(3, large);
        three.process();
        assertThat(three.parked()).isEmpty();
        assertThat(three.deadLetters()).hasSize(3);
        LocalView nine = failing(9, large);
        nine.process();
        assertThat(nine.parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.reason()).contains("puts aside"));
        nine.skip(nine.parked().getFirst());
        nine.append("in0", "k", utf8("good"));
        nine.process();
        assertThat(nine.parked()).isEmpty();
        assertThat(nine.deadLetters()).isEmpty();
        assertThat(all(nine, COUNTS)).containsExactly(Map.entry("good", 1L));
    }

    @Test
    void whatIsPutAsideIsPutAsideOnceAndNotBeforeItsBatchCounts() {
        for (int steps = 0; steps < 30; steps++) {
            LocalView view = new LocalView(failing(new AtomicBoolean(true), Declaration.Poison.DEAD_LETTERS), 3);
            view.append("in", "a", utf8("good"));
            view.append("in", "b", utf8("bad"));
            view.append("in", "c", utf8("worse"));
            for (int i = 0; i < steps; i++) {
                view.leader(i % 3).step();
                assertThat(view.deadLetters().isEmpty() || !all(view, COUNTS).isEmpty())
                        .as("after " + i + " steps")
                        .isTrue();
            }
            view.crash(0, new Random(steps)); // whoever leads next has the batch tried again
            view.process();
            assertThat(view.deadLetters()).as(steps + " steps before the crash").hasSize(2);
            assertThat(all(view, COUNTS)).containsExactly(Map.entry("good", 1L));
        }
    }

    @Test
    void whatWasNeverMeantIsRefusedWithItsLine() {
        assertThatThrownBy(() -> new LocalView(batch(its -> its.log("in", Codec.text(), (_, _) -> {})), 1))
                .isInstanceOf(DeclarationException.class)
                .hasMessageContaining("at least one stage");
        assertThatThrownBy(() -> new LocalView(
                        () -> view -> {
                            view.log("lines", Codec.text(), (_, _) -> {});
                            new Tally().declare(view);
                        },
                        1))
                .isInstanceOf(DeclarationException.class)
                .hasMessageContaining("there are two of log lines");
        LocalView view = new LocalView(
                () -> declaration -> {
                    new Tally().declare(declaration);
                    declaration.log(
                            "direct",
                            Codec.text(),
                            (step, text) ->
                                    step.index(Tally.COUNTS).at(key(step.key())).set(1L));
                },
                1);
        view.append("direct", "k", utf8("x"));
        view.process();
        assertThat(view.parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.reason())
                        .contains("index counts belongs to batch tally")
                        .contains("BatchLimitsTest.java"));
    }

    @Test
    void aMessageIsReadAsItWasWrittenAndNothingElseIs() {
        List<BatchMessage> messages = List.of(
                new BatchMessage.Begin("b", 7, 2, 100, Instant.ofEpochMilli(5)),
                new BatchMessage.Prepared("b", 7, 2, 3, new TreeMap<>(Map.of("in/0", 4L))),
                new BatchMessage.TooLarge("b", 7, 2),
                new BatchMessage.LeaveOut("b", 7, 2),
                new BatchMessage.GivenUp("b", 7, 2),
                new BatchMessage.Commit("b", 7, 2, true));
        for (BatchMessage message : messages) {
            byte[] written = message.write();
            assertThat(BatchMessage.read(written)).isEqualTo(message);
            for (int length = 0; length < written.length; length++) {
                byte[] cut = Arrays.copyOf(written, length);
                assertThatThrownBy(() -> BatchMessage.read(cut)).isInstanceOf(MalformedException.class);
            }
            byte[] longer = Arrays.copyOf(written, written.length + 1);
            assertThatThrownBy(() -> BatchMessage.read(longer)).isInstanceOf(MalformedException.class);
        }
        BatchMessage.Data data = new BatchMessage.Data("b", 1, 1, 2, 3, 4, true, new byte[] {9});
        assertThat(BatchMessage.read(data.write())).usingRecursiveComparison().isEqualTo(data);
    }
}
