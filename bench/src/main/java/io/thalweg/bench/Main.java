package io.thalweg.bench;

import picocli.CommandLine;

/** The benchmarks without the rest of the command line. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new BenchCommand()).execute(arguments));
    }
}
