package io.thalweg.view.java.examples;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.field;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Handler;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import io.thalweg.view.java.local.LocalView;
import io.thalweg.view.java.run.Partition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LocalViewTest {
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void wordsAreCountedAcrossPartitions() {
        LocalView view = new LocalView(WordCount::new, 4);
        view.append("lines", "a", utf8("The cat, the dog; déjà vu: 42 cats"));
        view.append("lines", "b", utf8("the END"));
        view.process();
        assertThat(view.select(WordCount.COUNTS, "the", key("the"))).containsExactly(3L);
        assertThat(view.select(WordCount.COUNTS, entries()))
                .containsExactlyInAnyOrder(
                        Map.entry("the", 3L),
                        Map.entry("cat", 1L),
                        Map.entry("dog", 1L),
                        Map.entry("déjà", 1L),
                        Map.entry("vu", 1L),
                        Map.entry("42", 1L),
                        Map.entry("cats", 1L),
                        Map.entry("end", 1L));
    }

    @Test
    void aCommandIsDecidedOnTheStateOfItsKeyAndAnswered() {
        LocalView view = new LocalView(Orders::new, 2);
        view.ask("stock", "pen", utf8("{\"item\":\"pen\",\"add\":5}"));
        assertThat(view.ask("stock", "pen", utf8("{\"item\":\"pen\",\"order\":\"o1\",\"take\":3}")))
                .isEqualTo(Map.of("accepted", true, "free", 2));
        assertThat(view.ask("stock", "pen", utf8("{\"item\":\"pen\",\"order\":\"o2\",\"take\":3}")))
                .isEqualTo(Map.of("accepted", false, "free", 2));
        assertThat(view.ask("stock", "pen", utf8("{\"item\":\"pen\",\"order\":\"o3\",\"take\":2}")))
                .isEqualTo(Map.of("accepted", true, "free", 0));
        assertThat(view.log("refusals")).hasSize(1);
        view.ask("stock", "pen", utf8("{\"item\":\"pen\",\"order\":\"o3\",\"paid\":true}"));
        view.advance(Orders.PATIENCE.minusSeconds(1));
        assertThat(view.select(
                        Orders.STOCK,
                        "pen",
                        Orders.STOCK.path().then(key("pen")).then(field(Orders.Stock::free))))
                .containsExactly(0L);
        view.advance(Duration.ofSeconds(2));
        assertThat(view.select(Orders.STOCK, "pen", Orders.STOCK.path().then(key("pen"))))
                .containsExactly(new Orders.Stock(3, Map.of("o3", new Orders.Order(2, true))));
    }

    @Test
    void whatFailsGoesToTheDeadLettersAndTheRestGoesOn() {
        LocalView view = new LocalView(Orders::new, 1);
        view.append("stock", "pen", utf8("{\"item\":\"pen\",\"add\":5,\"take\":-1}"));
        view.append("stock", "pen", utf8("no json"));
        view.append("stock", "pen", utf8("{\"item\":\"pen\",\"add\":7}"));
        view.process();
        assertThat(view.select(
                        Orders.STOCK,
                        "pen",
                        Orders.STOCK.path().then(key("pen")).then(field(Orders.Stock::free))))
                .containsExactly(7L);
        assertThat(view.deadLetters())
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo("stock/0@1: java.lang.IllegalArgumentException: takes -1"),
                        second -> assertThat(second).contains("stock/0@2").contains("event is no JSON"));
    }

    private static final Index<Map<String, Long>> SEEN = Index.of("seen", Schema.map(String.class, Long.class));

    @Test
    void anEventThatFailsParksItsStreamUntilItIsRetriedOrSkipped() {
        AtomicBoolean broken = new AtomicBoolean(true);
        LocalView view = new LocalView(
                () -> declaration -> {
                    declaration.index(SEEN);
                    declaration.log("in", Codec.text(), (step, text) -> {
                        step.index(SEEN).at(key(step.key())).update(count -> count == null ? 1 : count + 1);
                        if (text.equals("bad") && broken.get()) {
                            throw new IllegalStateException("it is bad");
                        }
                    });
                },
                1);
        view.append("in", "k", utf8("good"));
        view.append("in", "k", utf8("bad"));
        view.append("in", "k", utf8("good"));
        view.process();
        assertThat(view.parked())
                .containsExactly(new Partition.Parked("in/0", 2, "java.lang.IllegalStateException: it is bad"));
        assertThat(view.select(SEEN, "k", key("k")))
                .as("what a failed handler wrote is gone")
                .containsExactly(1L);
        view.retry();
        assertThat(view.parked()).hasSize(1);
        view.skip(view.parked().getFirst());
        assertThat(view.select(SEEN, "k", key("k"))).containsExactly(2L);
        view.append("in", "k", utf8("bad"));
        view.process();
        assertThat(view.parked()).hasSize(1);
        broken.set(false);
        view.retry();
        assertThat(view.select(SEEN, "k", key("k"))).containsExactly(3L);
    }

    @Test
    void aKeyOfAnotherSlotIsAnErrorThatNamesTheKeyAndTheLine() {
        LocalView view = new LocalView(
                () -> declaration -> {
                    declaration.index(SEEN);
                    declaration.log(
                            "in",
                            Codec.text(),
                            (step, text) -> step.index(SEEN).at(key(text)).set(1L));
                },
                4);
        view.append("in", "here", utf8("here"));
        view.append("in", "here", utf8("elsewhere"));
        view.process();
        assertThat(view.select(SEEN, "here", key("here"))).containsExactly(1L);
        assertThat(view.parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.reason())
                        .contains("key \"elsewhere\" of index seen lies elsewhere than \"here\"")
                        .contains("LocalViewTest.java:"));
    }

    @Test
    void whatDoesNotFitIsRefusedWhenItIsDeclaredWithItsLine() {
        assertThatThrownBy(() -> new LocalView(() -> declaration -> declaration.index(SEEN), 1))
                .hasMessageContaining("follows nothing");
        assertThatThrownBy(() -> new LocalView(
                        () -> declaration -> {
                            declaration.log("in", Codec.text(), (_, _) -> {});
                            declaration.log("in", Codec.text(), (_, _) -> {});
                        },
                        1))
                .isInstanceOf(DeclarationException.class)
                .hasMessageContaining("two of log in (LocalViewTest.java:");
        LocalView view = new LocalView(
                () -> declaration -> declaration.log("in", Codec.text(), (step, _) -> step.index(SEEN)), 1);
        view.append("in", "k", utf8("x"));
        view.process();
        assertThat(view.parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.reason())
                        .contains("index seen is not declared")
                        .contains("LocalViewTest.java:"));
    }

    private record Old(int count) {}

    private record New(long count, @Nullable String note) {}

    @Test
    void newCodeReadsWhatOldCodeWroteAndWritesItAgainWhileItIsIdle() {
        Index<Map<String, Old>> before = Index.of("seen", Schema.map(String.class, Old.class));
        Index<Map<String, New>> after = Index.of("seen", Schema.map(String.class, New.class));
        LocalView view = new LocalView(
                () -> declaration -> {
                    declaration.index(before);
                    declaration.log(
                            "in",
                            Codec.text(),
                            (step, text) -> step.index(before).at(key(text)).set(new Old(text.length())));
                },
                2);
        for (int i = 0; i < 50; i++) {
            view.append("in", "k" + i, utf8("k" + i));
        }
        view.process();
        Supplier<View> code = () -> declaration -> {
            declaration.index(after);
            declaration.log(
                    "in",
                    Codec.text(),
                    (step, text) -> step.index(after)
                            .at(key(text))
                            .update(old -> new New(old == null ? 1 : old.count() + 1, "seen")));
        };
        view.deploy(code);
        assertThat(view.select(after, "k7", key("k7"))).containsExactly(new New(2, null));
        int steps = view.steps();
        view.deploy(code);
        assertThat(view.steps()).as("nothing is old any more").isEqualTo(steps);
        view.append("in", "k7", utf8("k7"));
        view.process();
        assertThat(view.select(after, "k7", key("k7"))).containsExactly(new New(3, "seen"));
        assertThat(view.select(after, entries())).hasSize(50);
    }

    @Test
    void ticksComeWhenTheirTimeIsThere() {
        LocalView view = new LocalView(
                () -> declaration -> {
                    declaration.index(SEEN);
                    Source.Hop<String> count = declaration.hop(
                            "count",
                            Codec.text(),
                            text -> text,
                            (step, text) ->
                                    step.index(SEEN).at(key(text)).update(number -> number == null ? 1 : number + 1));
                    declaration.tick(
                            "clock", Duration.ofSeconds(10), (step, partition) -> step.hop(count, "p" + partition));
                },
                2);
        view.process();
        view.advance(Duration.ofSeconds(9));
        view.advance(Duration.ofSeconds(1));
        view.advance(Duration.ofSeconds(100));
        assertThat(view.select(SEEN, entries())).containsExactlyInAnyOrder(Map.entry("p0", 3L), Map.entry("p1", 3L));
    }

    private static final Index<Map<String, String>> KEPT = Index.of("kept", Schema.map(String.class, String.class));

    private static View timed(AtomicBoolean broken, Declaration.Poison poison) {
        return declaration -> {
            declaration.onPoison(poison);
            declaration.index(SEEN);
            declaration.index(KEPT);
            Source.Timer<String> later = declaration.timer("later", Codec.text(), (step, payload) -> {
                if (broken.get() && step.key().equals("k0")) {
                    throw new IllegalStateException("it is bad");
                }
                step.index(SEEN).at(key(step.key())).update(count -> (count == null ? 0 : count) + payload.length());
                step.index(KEPT).at(key(step.key())).set(payload);
            });
            declaration.log(
                    "in",
                    Codec.text(),
                    (step, payload) -> step.schedule(later, step.now().plusSeconds(1), payload));
        };
    }

    @Test
    void manyLargeTimersThatAreDueTogetherTakeSeveralSteps() {
        LocalView view = new LocalView(() -> timed(new AtomicBoolean(), Declaration.Poison.PARK), 1);
        for (int i = 0; i < 600; i++) {
            view.append("in", "k" + i, new byte[5_000]);
        }
        view.process();
        view.advance(Duration.ofSeconds(2));
        assertThat(view.select(SEEN, entries())).hasSize(600);
    }

    @Test
    void aTimerThatIsSkippedOrDeadDoesNotComeAgain() {
        AtomicBoolean broken = new AtomicBoolean(true);
        LocalView view = new LocalView(() -> timed(broken, Declaration.Poison.PARK), 1);
        view.append("in", "k0", new byte[1]);
        view.append("in", "k1", new byte[1]);
        view.process();
        view.advance(Duration.ofSeconds(2));
        Partition.Parked parked = view.parked().getFirst();
        view.skip(parked);
        broken.set(false);
        view.retry();
        assertThat(view.parked()).isEmpty();
        assertThat(view.select(SEEN, entries())).containsExactly(Map.entry("k1", 1L));
        LocalView dead = new LocalView(() -> timed(new AtomicBoolean(true), Declaration.Poison.DEAD_LETTERS), 1);
        dead.append("in", "k0", new byte[1]);
        dead.process();
        dead.advance(Duration.ofSeconds(2));
        dead.advance(Duration.ofSeconds(2));
        assertThat(dead.deadLetters()).hasSize(1);
    }

    @Test
    void aTickThatFailsForGoodComesAgainAtItsNextTime() {
        LocalView view = new LocalView(
                () -> declaration -> {
                    declaration.onPoison(Declaration.Poison.DEAD_LETTERS);
                    declaration.tick("clock", Duration.ofSeconds(10), (_, _) -> {
                        throw new IllegalStateException("x".repeat(100_000));
                    });
                },
                1);
        view.process();
        view.advance(Duration.ofSeconds(9));
        assertThat(view.deadLetters())
                .singleElement()
                .satisfies(reason -> assertThat(reason).hasSizeLessThan(5_000));
        view.advance(Duration.ofSeconds(1));
        assertThat(view.deadLetters()).hasSize(2);
    }

    @Test
    void whatIsTooLargeForAStreamParksItsEvent() {
        LocalView view = new LocalView(
                () -> declaration -> {
                    var out = declaration.output("out", Codec.text());
                    declaration.log("in", Codec.text(), (step, text) -> {
                        int size = Integer.parseInt(text);
                        step.emit(out, "k".repeat(Math.max(1, -size)), "x".repeat(Math.max(1, size)));
                    });
                },
                1);
        for (String size : new String[] {"1048576", "1048577", "-65535", "-65536"}) {
            view.append("in", "k", utf8(size));
        }
        view.process();
        assertThat(view.parked()).singleElement().satisfies(parked -> {
            assertThat(parked.sequence()).isEqualTo(2);
            assertThat(parked.reason()).contains("1048577 bytes").contains("LocalViewTest.java:");
        });
        view.skip(view.parked().getFirst());
        assertThat(view.parked()).singleElement().satisfies(parked -> {
            assertThat(parked.sequence()).isEqualTo(4);
            assertThat(parked.reason()).contains("65536 bytes");
        });
    }

    @Test
    void anotherEventThanTheOneThatWaitsIsNotSkipped() {
        LocalView view = new LocalView(
                () -> declaration -> declaration.log("in", Codec.text(), (_, text) -> {
                    throw new IllegalStateException(text);
                }),
                1);
        view.append("in", "k", utf8("one"));
        view.append("in", "k", utf8("two"));
        view.process();
        Partition.Parked first = view.parked().getFirst();
        view.skip(first);
        Partition.Parked second = view.parked().getFirst();
        assertThat(second.sequence()).isEqualTo(2);
        assertThatThrownBy(() -> view.skip(first)).hasMessageContaining("does not wait for event 1");
        assertThat(view.parked()).containsExactly(second);
    }

    private static View texts(Index<?> index, Handler<String> handler) {
        return declaration -> {
            declaration.index(index);
            declaration.log("in", Codec.text(), handler);
        };
    }

    @Test
    void schemasAreWrittenAlsoWhenTheFirstStepsWereTooLarge() {
        Index<Map<String, String>> before = Index.of("texts", Schema.map(String.class, String.class));
        LocalView view = new LocalView(
                () -> texts(
                        before,
                        (step, payload) ->
                                step.index(before).at(key(step.key())).set(payload)),
                1);
        for (int i = 0; i < 300; i++) {
            view.append("in", "k" + i, new byte[9_000]);
        }
        view.process();
        assertThat(view.steps()).isGreaterThan(2);
        Index<Map<String, Long>> after = Index.of("texts", Schema.map(String.class, Long.class));
        Supplier<View> other = () -> texts(after, (_, _) -> {});
        assertThatThrownBy(() -> view.deploy(other))
                .as("what was kept under another schema is known")
                .hasMessageContaining("texts");
    }

    private record Small(String text) {}

    private record Large(String text, @Nullable String note) {}

    @Test
    void valuesOfAnOldSchemaAreRenewedAlsoWhereManyDoNotFitIntoAStep() {
        Index<Map<String, Small>> before = Index.of("texts", Schema.map(String.class, Small.class));
        Index<Map<String, Large>> after = Index.of("texts", Schema.map(String.class, Large.class));
        String text = "x".repeat(9_000);
        LocalView view = new LocalView(
                () -> texts(
                        before,
                        (step, payload) ->
                                step.index(before).at(key(step.key())).set(new Small("x".repeat(payload.length())))),
                1);
        // Keys of one slot, which are renewed in one piece.
        int slot = Slots.of("k");
        int keys = 0;
        for (int i = 0; keys < 200; i++) {
            if (Slots.of("k" + i) == slot) {
                view.append("in", "k" + i, new byte[text.length()]);
                keys++;
            }
        }
        view.process();
        int steps = view.steps();
        view.deploy(() -> texts(after, (_, _) -> {}));
        assertThat(view.steps()).isGreaterThan(steps + 1);
        assertThat(view.select(after, entries()))
                .hasSize(200)
                .allSatisfy(entry -> assertThat(entry.getValue()).isEqualTo(new Large(text, null)));
    }
}
