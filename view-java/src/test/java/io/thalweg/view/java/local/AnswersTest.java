package io.thalweg.view.java.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.store.Changes;
import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.Answers;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Wiring;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Answers stand in steps, and are found in those alone in which they are looked for. */
class AnswersTest {
    private static final int STEPS = 1_000;
    private static final String CHANGES = Wiring.changes(0);

    private final MemoryStreams streams = new MemoryStreams(new LocalTime(LocalView.BEGINNING));

    private static Origin event(long number) {
        return new Origin("log/0", number);
    }

    private void step(long answered, String answer) {
        Answer its = new Answer(event(answered), answer.getBytes(StandardCharsets.UTF_8));
        byte[] step = new StepRecord(Changes.NONE, List.of(its), List.of()).write();
        assertThat(streams.append(
                        CHANGES, streams.newest(CHANGES), List.of(new Streams.Append(CHANGES, null, step, null))))
                .isTrue();
    }

    private Map<Long, String> found(long after, long upTo, long bytesMax, long... events) {
        Set<Origin> wanted = new HashSet<>();
        for (long each : events) {
            wanted.add(event(each));
        }
        Map<Long, String> found = new TreeMap<>();
        Answers.find(streams, 1, wanted, _ -> new Answers.Window(after, upTo, bytesMax))
                .forEach((to, json) -> found.put(to.sequence(), new String(json, StandardCharsets.UTF_8)));
        return found;
    }

    @Test
    void anAnswerIsFoundInTheStepsOfTheWindowAloneHoweverManyAreTrimmed() {
        for (int i = 1; i <= STEPS; i++) {
            step(i, "a" + i);
        }
        step(7, "later");
        assertThat(found(0, STEPS + 1, Long.MAX_VALUE, 1, 7, STEPS, 5_000))
                .isEqualTo(Map.of(1L, "a1", 7L, "later", (long) STEPS, "a" + STEPS));
        assertThat(found(0, STEPS, Long.MAX_VALUE, 7)).isEqualTo(Map.of(7L, "a7"));
        assertThat(found(10, STEPS, Long.MAX_VALUE, 10, 11)).isEqualTo(Map.of(11L, "a11"));
        assertThat(found(0, 20, Long.MAX_VALUE, 20, 21)).isEqualTo(Map.of(20L, "a20"));
        assertThat(found(0, STEPS, 1, 1, STEPS))
                .as("the newest of too many bytes")
                .isEqualTo(Map.of((long) STEPS, "a" + STEPS));
        streams.trim(CHANGES, 400);
        assertThat(found(0, STEPS, Long.MAX_VALUE, 399, 400)).isEqualTo(Map.of(400L, "a400"));
        assertThat(found(0, 300, Long.MAX_VALUE, 300, 400))
                .as("nothing of behind it")
                .isEmpty();
    }
}
