package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the commands of the user documents exactly as printed, and compares what they print with what the page shows. */
class TourIT {
    @TempDir
    private Path directory = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/ledger.md", "docs/operations.md", "docs/cluster.md", "docs/objects.md"})
    void theCommandsOfThePageDoWhatItShows(String page) throws Exception {
        for (String name : List.of("thalweg", "examples", "docs")) {
            link(name);
        }
        ConsoleDocument document = ConsoleDocument.read(DevProcess.REPOSITORY.resolve(page));
        ConsoleDocument.Step start = document.steps().getFirst();
        assertThat(start.command())
                .as("the first command starts the node, or several")
                .matches("\\./thalweg (dev|local .*)");

        try (ReadyProcess node = DevProcess.start(
                        directory, Arrays.asList(start.command().split(" ")));
                Shell shell = new Shell(directory, Map.of("LC_ALL", "C.UTF-8"))) {
            assertThat(start.matches(List.of(node.line())))
                    .as("ready line %s", node.line())
                    .isTrue();
            for (ConsoleDocument.Step step :
                    document.steps().subList(1, document.steps().size())) {
                Shell.Printed printed = shell.run(step.command());
                assertThat(step.matches(printed.lines()))
                        .as(
                                "%s line %d: $ %s%nshould print:%n%s%nbut printed (status %d):%n%s",
                                page,
                                step.line(),
                                step.command(),
                                String.join("\n", step.output()),
                                printed.status(),
                                String.join("\n", printed.lines()))
                        .isTrue();
            }
        }
    }

    private void link(String name) throws IOException {
        Files.createSymbolicLink(directory.resolve(name), DevProcess.REPOSITORY.resolve(name));
    }
}
