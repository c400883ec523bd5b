package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.event.Event;
import io.thalweg.model.event.Header;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewProgram;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same events give the same bytes of state, whichever way the code runs, in every rerun, and with a snapshot in the middle. */
class DeterminismTest {

    @ParameterizedTest
    @CsvSource({
        "counter-c, 2000",
        "counter-rs, 2000",
        "counter-as, 2000",
        "counter-js, 50",
        "delays-c, 2000",
        "delays-machine-c, 2000",
        "last-flight-as, 500"
    })
    void theSameEventsGiveTheSameState(String name, int count) {
        long seed = new Random().nextLong();
        List<Event> events = events(new Random(seed), count);
        List<byte[]> snapshots = new ArrayList<>();
        List<List<String>> indexes = new ArrayList<>();
        List<String> answers = new ArrayList<>();
        for (WasmMode mode : WasmMode.values()) {
            try (ViewProgram program = WasmPrograms.load(Guests.component(name), mode)) {
                for (int half : new int[] {0, count / 2}) {
                    MapIndex index = new MapIndex();
                    byte[] middle;
                    try (ViewInstance view = Guests.started(program, index)) {
                        Guests.append(view, new Batch(1, events.subList(0, half)));
                        middle = view.snapshot();
                    }
                    try (ViewInstance view = Guests.started(program, index)) {
                        view.restore(middle);
                        Guests.append(view, new Batch(half + 1L, events.subList(half, count)));
                        snapshots.add(view.snapshot());
                        answers.add(Guests.ask(view, ""));
                    }
                    indexes.add(text(index));
                }
            }
        }
        assertThat(snapshots)
                .as("seed %d", seed)
                .allSatisfy(one -> assertThat(one).isEqualTo(snapshots.getFirst()));
        assertThat(answers).as("seed %d", seed).containsOnly(answers.getFirst());
        assertThat(indexes).as("seed %d", seed).containsOnly(indexes.getFirst());
    }

    private static List<String> text(MapIndex index) {
        List<String> items = new ArrayList<>();
        index.map.forEach((key, value) ->
                items.add(new String(key, StandardCharsets.UTF_8) + "=" + new String(value, StandardCharsets.UTF_8)));
        return items;
    }

    private static List<Event> events(Random random, int count) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String json = switch (random.nextInt(4)) {
                case 0 -> "{\"inc\": " + random.nextInt(1_000) + "}";
                case 1 -> "{\"dec\":" + random.nextInt(1_000) + "}";
                case 2 ->
                    "{\"delay\":" + (random.nextInt(300) - 50) + ",\"origin\":\"" + (char) ('A' + random.nextInt(26))
                            + (char) ('A' + random.nextInt(4)) + "X\",\"destination\":\"LAX\"}";
                default -> "\u00e9".repeat(random.nextInt(50));
            };
            byte[] payload = json.getBytes(StandardCharsets.UTF_8);
            List<Header> headers = List.of(new Header("trace", "\u00fc" + i), new Header("trace", ""));
            events.add(
                    switch (random.nextInt(3)) {
                        case 0 -> Event.of(payload);
                        case 1 -> new Event(null, new byte[random.nextInt(9)], List.of(), payload);
                        default -> new Event("application/json", new byte[0], headers, payload);
                    });
        }
        return events;
    }
}
