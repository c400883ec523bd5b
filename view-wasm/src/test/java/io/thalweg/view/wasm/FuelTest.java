package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.ViewTrap;
import io.thalweg.view.schedule.ViewHostOptions;
import io.thalweg.view.wasm.engine.Fuel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a call may do is counted in its code: the same on every run, compiled or interpreted. */
class FuelTest {
    /** Fuel for about as long. */
    private static ViewInstance start(ViewProgram program, Duration time) {
        ViewInstance view =
                program.start(new ViewLimits(1 << 20, time, 1 << 20), new MapIndex(), MemoryGrant.unbounded());
        view.init();
        return view;
    }

    private static long left(ViewInstance view) {
        return ((WasmInstance) view).fuelLeft();
    }

    /** How an event traps, and what is left then. */
    private static String trap(WasmMode mode, String event) {
        try (ViewProgram program = WasmPrograms.load(Guests.component("hostile-machine"), mode);
                ViewInstance view = start(program, Duration.ofMillis(2))) {
            try {
                Guests.append(view, Batch.of(event));
            } catch (ViewTrap e) {
                assertThat(e.getCause()).as("%s", e).hasNoCause();
                return e.getMessage() + " with " + left(view);
            }
            return "no trap";
        }
    }

    /** Also where the engine's interpreter is cold: until the JVM has compiled it, it takes several times as much stack for a call. */
    @ParameterizedTest
    @ValueSource(strings = {"Loop", "Recursion"})
    void whatHasNoEndTrapsAtTheSameCountOnEveryRun(String event) throws InterruptedException {
        List<String> ends = new ArrayList<>();
        Thread worker = new Thread(
                null,
                () -> {
                    for (int run = 0; run < 3; run++) {
                        for (WasmMode mode : List.of(WasmMode.INTERPRETED, WasmMode.COMPILED)) {
                            ends.add(trap(mode, event));
                        }
                    }
                },
                "as those of views",
                ViewHostOptions.WORKER_STACK_BYTES);
        worker.start();
        worker.join();
        assertThat(ends).hasSize(6).containsOnly(ends.getFirst());
        assertThat(ends.getFirst())
                .startsWith("append of event 1 trapped: " + (event.equals("Loop") ? "out of fuel" : "call stack"));
    }

    @Test
    void eachCallHasAsMuchAsTheOneBefore() {
        try (ViewProgram program = WasmPrograms.load(Guests.component("counter-c"), WasmMode.COMPILED);
                ViewInstance view = start(program, Duration.ofMillis(1))) {
            List<Long> left = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Guests.append(view, Batch.of("{\"inc\": 7}"));
                left.add(left(view));
            }
            assertThat(left.subList(1, 100)).containsOnly(left.get(1));
            assertThat(left.get(1)).isBetween(1L, Fuel.UNITS_PER_MS - 50);
        }
    }
}
