package io.thalweg.view.wasm.component;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class WorldTest {

    @Test
    void theWorldsOfTheLoaderAreThoseOfTheWit() throws IOException {
        String machine = Files.readString(Path.of("../wit/machine/machine.wit"));
        String view = Files.readString(Path.of("../wit/view/view.wit"));
        for (World.Expected expected : World.MACHINE.functions) {
            assertThat(machine).contains("  " + expected.text() + ";");
        }
        for (World.Expected expected : World.VIEW.functions) {
            assertThat(view).contains("  " + expected.name() + ": func(");
        }
        assertThat(machine).contains("package " + World.MACHINE.title() + ";");
        assertThat(view).contains("package " + World.VIEW.title() + ";");
    }
}
