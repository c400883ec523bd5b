package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewProgram;
import java.lang.management.ClassLoadingMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Views come and go; the code that was generated for one goes with it. */
class UnloadingTest {
    private static final int PROGRAMS = 20;

    @Test
    void generatedCodeGoesWithItsProgram() {
        ClassLoadingMXBean classes = ManagementFactory.getClassLoadingMXBean();
        loadAndClose();
        long unloadedBefore = classes.getUnloadedClassCount();
        for (int i = 0; i < PROGRAMS; i++) {
            loadAndClose();
        }
        for (int i = 0; i < 50 && classes.getUnloadedClassCount() - unloadedBefore < 3 * PROGRAMS; i++) {
            System.gc();
        }
        assertThat(classes.getUnloadedClassCount() - unloadedBefore).isGreaterThanOrEqualTo(3 * PROGRAMS);
    }

    private static void loadAndClose() {
        try (ViewProgram program = WasmPrograms.load(Guests.component("counter-c"), WasmMode.COMPILED);
                ViewInstance view = Guests.started(program)) {
            Guests.append(view, Batch.of("{\"inc\":1}"));
        }
    }
}
