package io.thalweg.view.wasm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Another engine costs a few files: nothing else knows which one runs. */
class EngineSeamTest {

    @Test
    void onlyAFewFilesKnowTheEngine() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            List<String> knowing = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> text(file).contains("run.endive"))
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
            assertThat(knowing)
                    .containsExactly(
                            "EndiveBody.java",
                            "EndiveFuel.java",
                            "EndiveMeter.java",
                            "EndiveModule.java",
                            "EndiveTypes.java",
                            "LinearMemory.java");
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
