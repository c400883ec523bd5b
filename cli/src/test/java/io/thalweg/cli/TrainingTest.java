package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache made by commands that nobody understood would make no start quicker, and nobody would see it. */
final class TrainingTest {
    @Test
    void trainingUnderstandsEachOfItsCommands(@TempDir Path data) {
        StringWriter said = new StringWriter();
        PrintWriter to = new PrintWriter(said, true);
        assertThat(Main.run(to, to, "train", "command", "--data", data.toString()))
                .as("%s", said)
                .isZero();
    }
}
