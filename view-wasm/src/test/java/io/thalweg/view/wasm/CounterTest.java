package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewProgram;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The counter of the Primatomic documentation, from every toolchain, in both modes. */
class CounterTest {

    @ParameterizedTest
    @CsvSource({
        "counter-c, COMPILED",
        "counter-c, INTERPRETED",
        "counter-rs, COMPILED",
        "counter-rs, INTERPRETED",
        "counter-as, COMPILED",
        "counter-as, INTERPRETED",
        "counter-js, COMPILED",
        "counter-js, INTERPRETED"
    })
    void countsAndComesBackFromItsSnapshot(String name, WasmMode mode) {
        try (ViewProgram program = WasmPrograms.load(Guests.component(name), mode);
                ViewInstance one = Guests.started(program);
                ViewInstance two = Guests.started(program)) {
            assertThat(program.world()).isEqualTo("primatomic:machine@0.0.1");
            assertThat(program.usesIndex()).isFalse();
            // The one in JavaScript brings stand-ins for what it does not use, and calls between them and itself.
            assertThat(program.stubs())
                    .isEqualTo(
                            name.equals("counter-js")
                                    ? List.of("a call from one component to another inside this one")
                                    : List.of());
            assertThat(Guests.append(
                            one, Batch.of("{\"inc\": 10}", "{\"dec\": 3}", "no counter event", "", "{\"inc\": 4}")))
                    .isEmpty();
            assertThat(Guests.ask(one, "")).isEqualTo("{\"count\":11}");

            Guests.append(two, Batch.of("{\"dec\": 100}"));
            two.restore(one.snapshot());
            assertThat(Guests.ask(two, "")).isEqualTo("{\"count\":11}");
            assertThat(two.snapshot()).isEqualTo(one.snapshot());
            assertThat(one.memoryBytes()).isPositive().isLessThan(64 << 20);
        }
    }
}
