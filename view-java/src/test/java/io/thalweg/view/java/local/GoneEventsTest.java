package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration.Poison;
import io.thalweg.view.java.View;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Events that retention let go of before a view had taken them. */
class GoneEventsTest {
    private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));
    private static final int BEFORE = 3;
    private static final int LATER = 5;
    private static final int GONE = 3;

    private static Supplier<View> inBatches(Poison poison) {
        return () -> view -> {
            view.onPoison(poison);
            view.batch("b", its -> {
                its.index(COUNTS);
                Batch.Stage<Number, Long, Long> sums = its.stage(
                        "sums",
                        Schema.of(Long.class),
                        Aggregates.sum(),
                        (at, sum) -> at.index(COUNTS)
                                .at(key(at.key()))
                                .update(before -> (before == null ? 0 : before) + sum));
                its.log("in", Codec.text(), (from, text) -> from.send(sums, text, 1L));
            });
        };
    }

    private static Supplier<View> inSteps(Poison poison) {
        return () -> view -> {
            view.onPoison(poison);
            view.index(COUNTS);
            view.log(
                    "in",
                    Codec.text(),
                    (step, text) ->
                            step.index(COUNTS).at(key(step.key())).update(before -> (before == null ? 0 : before) + 1));
        };
    }

    private static String append(LocalView view, int events) {
        String last = "";
        for (int i = 0; i < events; i++) {
            last = view.append("in", "k", "k".getBytes(StandardCharsets.UTF_8));
        }
        return last.substring(0, last.indexOf('@'));
    }

    private static long count(LocalView view) {
        List<Long> counts = view.select(COUNTS, "k", key("k"));
        return counts.getFirst();
    }

    /** A view that has taken some events and makes a number of steps before some of those that came later are gone. */
    private static LocalView trimmedAfter(Supplier<View> code, int steps, int gone) {
        LocalView view = new LocalView(code, 2);
        append(view, BEFORE);
        view.process();
        String stream = append(view, LATER);
        for (int i = 0; i < steps; i++) {
            view.leader(i % 2).step();
        }
        view.streams().trim(stream, BEFORE + gone + 1);
        view.process();
        return view;
    }

    private static void requireWaitsAndGoesOn(Supplier<View> code, int steps, int gone) {
        LocalView view = trimmedAfter(code, steps, gone);
        if (view.parked().isEmpty()) {
            assertThat(count(view)).as("taken in %s steps", steps).isEqualTo(BEFORE + LATER);
            return;
        }
        String range = "events 4 to " + (BEFORE + gone) + " of in/";
        assertThat(view.parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.reason()).contains(range, "are no longer kept"));
        view.retry();
        assertThat(view.parked()).as("nobody has said that it may go on").hasSize(1);
        view.skip(view.parked().getFirst());
        assertThat(view.parked()).as("after %s steps", steps).isEmpty();
        assertThat(count(view)).as("after %s steps", steps).isEqualTo(BEFORE + LATER - gone);
        append(view, 1);
        view.process();
        assertThat(count(view)).isEqualTo(BEFORE + LATER - gone + 1);
    }

    private static void requireLetterAndGoesOn(Supplier<View> code, int steps, int gone) {
        LocalView view = trimmedAfter(code, steps, gone);
        assertThat(view.parked()).isEmpty();
        if (view.deadLetters().isEmpty()) {
            assertThat(count(view)).as("taken in %s steps", steps).isEqualTo(BEFORE + LATER);
            return;
        }
        assertThat(view.deadLetters())
                .singleElement()
                .satisfies(letter -> assertThat(letter).contains("events 4 to " + (BEFORE + gone) + " of in/"));
        assertThat(count(view)).as("after %s steps", steps).isEqualTo(BEFORE + LATER - gone);
    }

    @Test
    void aBatchSaysWhatIsGoneAndGoesOnWithoutItWhenItIsSkipped() {
        for (int steps = 0; steps < 12; steps++) {
            requireWaitsAndGoesOn(inBatches(Poison.PARK), steps, GONE);
            requireWaitsAndGoesOn(inBatches(Poison.PARK), steps, LATER);
        }
        assertThat(trimmedAfter(inBatches(Poison.PARK), 0, GONE).parked()).isNotEmpty();
    }

    @Test
    void aBatchThatPutsAsideNamesWhatIsGoneInALetter() {
        for (int steps = 0; steps < 12; steps++) {
            requireLetterAndGoesOn(inBatches(Poison.DEAD_LETTERS), steps, GONE);
            requireLetterAndGoesOn(inBatches(Poison.DEAD_LETTERS), steps, LATER);
        }
        assertThat(trimmedAfter(inBatches(Poison.DEAD_LETTERS), 0, GONE).deadLetters())
                .isNotEmpty();
    }

    @Test
    void aHandlerIsHeldBeforeWhatIsGoneOrPassesItWithALetter() {
        requireWaitsAndGoesOn(inSteps(Poison.PARK), 0, GONE);
        requireLetterAndGoesOn(inSteps(Poison.DEAD_LETTERS), 0, GONE);
        assertThat(trimmedAfter(inSteps(Poison.PARK), 0, GONE).parked()).isNotEmpty();
        assertThat(trimmedAfter(inSteps(Poison.DEAD_LETTERS), 0, GONE).deadLetters())
                .isNotEmpty();
    }

    @Test
    void aViewThatHasBegunMissesNothingInSilenceThoughItHasTakenNothing() {
        for (Supplier<View> code : List.of(inBatches(Poison.PARK), inSteps(Poison.PARK))) {
            LocalView view = new LocalView(code, 2);
            view.process();
            view.streams().trim(append(view, LATER), GONE + 1);
            view.process();
            assertThat(view.parked())
                    .singleElement()
                    .satisfies(parked -> assertThat(parked.reason()).contains("events 1 to 3 of in/"));
            view.skip(view.parked().getFirst());
            assertThat(count(view)).isEqualTo(LATER - GONE);
        }
    }

    @Test
    void whatASplitHasMadeIsTakenFromItsFirstEventOn() {
        for (Supplier<View> code : List.of(inBatches(Poison.PARK), inSteps(Poison.PARK))) {
            LocalView view = new LocalView(code, 1);
            append(view, BEFORE);
            view.process();
            view.split("in", 0, 0);
            view.streams().trim(append(view, LATER), GONE + 1);
            view.process();
            assertThat(view.parked())
                    .singleElement()
                    .satisfies(parked -> assertThat(parked.reason()).contains("events 1 to 3 of in/1"));
            view.skip(view.parked().getFirst());
            assertThat(count(view)).isEqualTo(BEFORE + LATER - GONE);
        }
    }

    @Test
    void aViewThatBeginsTakesWhatIsKept() {
        for (Supplier<View> code : List.of(inBatches(Poison.PARK), inSteps(Poison.PARK))) {
            LocalView view = new LocalView(code, 2);
            view.streams().trim(append(view, LATER), GONE + 1);
            view.process();
            assertThat(view.parked()).isEmpty();
            assertThat(count(view)).isEqualTo(LATER - GONE);
        }
    }
}
