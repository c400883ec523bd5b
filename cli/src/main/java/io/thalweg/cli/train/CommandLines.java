package io.thalweg.cli.train;

import java.io.PrintWriter;
import picocli.CommandLine;

/** The root of all commands, as training needs it. */
public interface CommandLines {
    /** The line that understands these arguments, as a start with them would make it. */
    CommandLine commandLine(PrintWriter out, PrintWriter err, String... arguments);
}
