package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.local.PagePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the commands of a user document exactly as printed, but for their {@linkplain PagePorts ports}, and compares what they print with what the page
 * shows. What starts nodes goes on, as it does for a reader in another terminal.
 */
abstract class Tour {
    private static final Pattern STARTS_NODES = Pattern.compile("\\./thalweg (dev|local|node)( .*)?");

    @TempDir
    private Path directory = Path.of("");

    private final Deque<ReadyProcess> started = new ArrayDeque<>();

    @AfterEach
    void end() throws IOException {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }

    private Shell.Printed run(Shell shell, String command) throws IOException {
        if (!STARTS_NODES.matcher(command).matches()) {
            return shell.run(command);
        }
        ReadyProcess nodes = DevProcess.start(directory, List.of("bash", "-c", "exec " + command));
        started.push(nodes);
        return new Shell.Printed(List.of(nodes.line()), 0);
    }

    final void runs(String page) throws Exception {
        for (String name : List.of("thalweg", "examples", "docs")) {
            link(name);
        }
        ConsoleDocument document = ConsoleDocument.read(DevProcess.REPOSITORY.resolve(page));
        assertThat(document.steps()).as("a page of commands").isNotEmpty();
        PagePorts ports = PagePorts.take();
        try (Shell shell = new Shell(directory, Map.of("LC_ALL", "C.UTF-8"))) {
            for (ConsoleDocument.Step step : document.steps()) {
                Shell.Printed printed = run(shell, ports.in(step.command()));
                List<String> shown = step.output().stream().map(ports::in).toList();
                assertThat(new ConsoleDocument.Step(step.line(), step.command(), shown).matches(printed.lines()))
                        .as(
                                "%s line %d: $ %s%nshould print:%n%s%nbut printed (status %d):%n%s",
                                page,
                                step.line(),
                                step.command(),
                                String.join("\n", shown),
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
