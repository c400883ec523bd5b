package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What docs/views-guide.md shows is what runs. */
class GuideTest {

    @Test
    void theListingIsTheExampleThatRuns() throws IOException {
        String guide = Files.readString(Path.of("../docs/views-guide.md"));
        assertThat(guide).contains("```c\n" + Files.readString(Path.of("../examples/views/c/latest.c")) + "```");
        try (ViewProgram program = WasmPrograms.load(Guests.component("latest-c"), WasmMode.COMPILED);
                ViewInstance view = Guests.started(program);
                ViewInstance restored = Guests.started(program)) {
            assertThat(Guests.append(view, Batch.of("one", "", "three")))
                    .containsExactly("2: an event without a payload says nothing");
            String answer = "{\"events\":2,\"last\":1000000000000000003}";
            assertThat(Guests.ask(view, "")).isEqualTo(answer);
            restored.restore(view.snapshot());
            assertThat(Guests.ask(restored, "")).isEqualTo(answer);
        }
    }
}
