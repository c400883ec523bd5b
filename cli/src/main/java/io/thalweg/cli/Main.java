package io.thalweg.cli;

import io.thalweg.cli.terminal.Failure;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;

/** Where the command starts. Exit codes: 0 done, 1 refused or failed, 2 wrong usage. */
public final class Main {
    private Main() {}

    // java.util.logging forgets the level of a logger that nobody holds.
    private static final Logger HELIDON = Logger.getLogger("io.helidon");

    public static void main(String[] arguments) {
        HELIDON.setLevel(Level.WARNING);
        System.exit(commandLine(
                        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                        new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .execute(arguments));
    }

    /** The whole command, writing to the given streams; what tests run. */
    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        return new CommandLine(new ThalwegCommand())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((exception, line, _) -> {
                    line.getErr().println("thalweg: " + Failure.describe(exception));
                    return 1;
                });
    }
}
