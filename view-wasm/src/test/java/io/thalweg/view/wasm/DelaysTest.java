package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewProgram;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The view of the tour, over all 20,000 flights, against a recount. */
class DelaysTest {
    private static final List<String> RECOUNT = Flights.delays();

    private static String list(int limit) {
        return "[" + String.join(",", RECOUNT.subList(0, limit)) + "]";
    }

    @ParameterizedTest
    @EnumSource(WasmMode.class)
    void answersByAirportInItsOwnWorld(WasmMode mode) {
        try (ViewProgram program = WasmPrograms.load(Guests.component("delays-c"), mode);
                ViewInstance view = Guests.started(program);
                ViewInstance restored = Guests.started(program)) {
            assertThat(program.world()).isEqualTo("thalweg:view@0.1.0");
            assertThat(program.usesIndex()).isFalse();
            assertThat(Guests.append(view, Flights.batch(Flights.COUNT))).isEmpty();
            assertThat(Guests.ask(view, "")).isEqualTo(list(RECOUNT.size()));
            assertThat(Guests.ask(view, "", "limit", "10")).isEqualTo(list(10));
            String denver = RECOUNT.stream()
                    .filter(one -> one.contains("DEN"))
                    .findFirst()
                    .orElseThrow();
            assertThat(Guests.ask(view, "", "airport", "DEN")).isEqualTo(denver);
            assertThat(Guests.ask(view, "", "airport", "XYZ")).isEqualTo("refused: no flight has left from XYZ");
            assertThat(Guests.ask(view, "", "airpört", "XYZ"))
                    .isEqualTo("refused: unknown parameter airpört; there are airport and limit");
            restored.restore(view.snapshot());
            assertThat(Guests.ask(restored, "")).isEqualTo(list(RECOUNT.size()));
        }
    }

    @Test
    void refusesWhatIsNoFlightAndKeepsItsState() {
        try (ViewProgram program = WasmPrograms.load(Guests.component("delays-c"), WasmMode.COMPILED);
                ViewInstance view = Guests.started(program)) {
            Batch events = Batch.of(
                    "{\"delay\":5,\"origin\":\"LAX\"}",
                    "{\"delay\":5}",
                    "{\"delay\":\"late\",\"origin\":\"LAX\"}",
                    "{\"delay\":15,\"origin\":\"LAX\"}");
            assertThat(Guests.append(view, events))
                    .containsExactly(
                            "2: not a flight: \"origin\" is no airport code of three letters",
                            "3: not a flight: \"delay\" is no whole number of minutes");
            assertThat(Guests.ask(view, "", "airport", "LAX"))
                    .isEqualTo("{\"airport\":\"LAX\",\"flights\":2,\"averageDelay\":10.0,\"worstDelay\":15}");
        }
    }

    @ParameterizedTest
    @EnumSource(WasmMode.class)
    void answersByAirportAsAMachine(WasmMode mode) {
        try (ViewProgram program = WasmPrograms.load(Guests.component("delays-machine-c"), mode);
                ViewInstance view = Guests.started(program)) {
            assertThat(program.world()).isEqualTo("primatomic:machine@0.0.1");
            Guests.append(view, Flights.batch(Flights.COUNT));
            assertThat(Guests.ask(view, "")).isEqualTo(list(RECOUNT.size()));
            assertThat(Guests.ask(view, "nowhere")).isEqualTo("null");
        }
    }
}
