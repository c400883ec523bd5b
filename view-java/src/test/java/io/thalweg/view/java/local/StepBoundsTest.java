package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Step;
import io.thalweg.view.java.View;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a step has in memory is bounded: it is cut smaller, and one event that is alone too much has failed. */
class StepBoundsTest {
    private static final Index<Map<String, Map<String, String>>> TEXTS =
            Index.of("texts", Schema.map(Schema.of(String.class), Schema.map(String.class, String.class)));
    private static final String LARGE = "x".repeat(100_000);

    private static void write(Step step, int number) {
        step.index(TEXTS).at(key(step.key()), key("n" + number)).set(LARGE);
    }

    private static View writing() {
        return view -> {
            view.index(TEXTS);
            Output<String> out = view.output("out", Codec.text());
            view.log("in", Codec.text(), (step, text) -> {
                switch (text) {
                    case "endless" -> {
                        for (int i = 0; ; i++) {
                            write(step, i);
                        }
                    }
                    case "deaf" -> {
                        for (int i = 0; i < 1_000; i++) {
                            try {
                                write(step, i);
                            } catch (RuntimeException e) {
                                // it does not listen
                            }
                        }
                    }
                    case "loud" -> {
                        while (true) {
                            step.emit(out, step.key(), LARGE);
                        }
                    }
                    default -> write(step, Integer.parseInt(text));
                }
            });
        };
    }

    private static void append(LocalView view, String key, String text) {
        view.append("in", key, text.getBytes(StandardCharsets.UTF_8));
    }

    private static int size(LocalView view, String key) {
        return view.select(TEXTS, key, Maps.<String, Map<String, String>>key(key))
                .getFirst()
                .size();
    }

    private static void requireFails(String text, String reason) {
        LocalView view = new LocalView(StepBoundsTest::writing, 1);
        append(view, "k", "1");
        append(view, "k", text);
        append(view, "k", "2");
        view.process();
        assertThat(view.parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.reason()).contains(reason));
        view.skip(view.parked().getFirst());
        assertThat(view.parked()).isEmpty();
        assertThat(size(view, "k")).isEqualTo(2);
        assertThat(view.log("out")).isEmpty();
    }

    @Test
    void anEventThatWritesWithoutEndFailsBeforeItHasTheMemory() {
        requireFails("endless", "bytes are written at once");
        requireFails("deaf", "bytes are written at once");
    }

    @Test
    void anEventThatEmitsWithoutEndFailsBeforeItHasTheMemory() {
        requireFails("loud", "one event emits more than");
    }

    /** Each of many streams waits with one large event that fails, and all of them are given up at once. */
    @Test
    void whatGoesToTheDeadLettersIsOfSeveralStepsToo() {
        int logs = 24;
        LocalView view = new LocalView(
                () -> declared -> {
                    declared.onPoison(Declaration.Poison.DEAD_LETTERS);
                    for (int i = 0; i < logs; i++) {
                        declared.log("in" + i, Codec.text(), (_, _) -> {
                            throw new IllegalStateException("bad");
                        });
                    }
                },
                1);
        byte[] large = "x".repeat(1_000_000).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < logs; i++) {
            view.append("in" + i, "k", large);
        }
        view.process();
        assertThat(view.deadLetters()).hasSize(logs);
        assertThat(view.steps()).as("with at most 8 MiB each").isGreaterThanOrEqualTo(3);
    }

    @Test
    void aStepThatIsTooLargeIsCutSmaller() {
        LocalView view = new LocalView(StepBoundsTest::writing, 1);
        for (int i = 0; i < 100; i++) { // ten times what fits into a step
            append(view, "k" + i % 5, Integer.toString(i));
        }
        view.process();
        assertThat(view.parked()).isEmpty();
        assertThat(view.steps()).isGreaterThan(10);
        for (int i = 0; i < 5; i++) {
            assertThat(size(view, "k" + i)).isEqualTo(20);
        }
    }
}
