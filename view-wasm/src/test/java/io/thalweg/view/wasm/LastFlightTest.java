package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewProgram;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A view with all of its state in the host's index. */
class LastFlightTest {
    /** Interpreted, all of them would take long. */
    private static final int FLIGHTS = 4_000;

    private static final List<String> RECOUNT = Flights.last(FLIGHTS);

    @ParameterizedTest
    @EnumSource(WasmMode.class)
    void keepsItsStateInTheIndex(WasmMode mode) {
        MapIndex index = new MapIndex();
        try (ViewProgram program = WasmPrograms.load(Guests.component("last-flight-as"), mode);
                ViewInstance view = Guests.started(program, index);
                ViewInstance another = Guests.started(program, index)) {
            assertThat(program.usesIndex()).isTrue();
            assertThat(program.stubs()).isEmpty();
            assertThat(Guests.append(view, Flights.batch(FLIGHTS))).isEmpty();
            assertThat(view.snapshot()).isEmpty();
            assertThat(index.map).hasSize(RECOUNT.size());
            assertThat(Guests.ask(another, "")).isEqualTo("[" + String.join(",", RECOUNT) + "]");
            assertThat(Guests.ask(another, "", "limit", "3"))
                    .isEqualTo("[" + String.join(",", RECOUNT.subList(0, 3)) + "]");
            String denver = RECOUNT.stream()
                    .filter(one -> one.contains("\"origin\":\"DEN\""))
                    .findFirst()
                    .orElseThrow();
            assertThat(Guests.ask(another, "", "airport", "DEN")).isEqualTo(denver);
            assertThat(Guests.ask(another, "", "from", "DEN", "to", "DENA")).isEqualTo("[" + denver + "]");
            assertThat(Guests.ask(another, "", "airport", "XYZ")).isEqualTo("refused: no flight has left from XYZ");
            assertThat(Guests.append(view, Batch.of("{}")))
                    .containsExactly("1: not a flight: \"origin\" is no airport code of three letters");
        }
    }
}
