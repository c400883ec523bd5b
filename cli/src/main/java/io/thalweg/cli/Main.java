package io.thalweg.cli;

import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.StandardOutput;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Where the command starts. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 141 nobody reads the output any more. */
public final class Main {
    /** How a shell sees that a program ended because its pipe's other end was gone. */
    private static final int CLOSED_PIPE = 128 + 13;

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(
                StandardOutput.over(new FileOutputStream(FileDescriptor.out)),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                arguments));
    }

    /** One command from its words to its status; what it printed is written when this returns, or the status says that it is not. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        String[] words = spelledOut(arguments);
        int status = commandLine(out, err, words).execute(words);
        try {
            out.flush();
            return status;
        } catch (StandardOutput.Lost lost) {
            return status == 0 ? complain(lost, err) : status;
        }
    }

    /** {@code help log read} is {@code log read --help}, as who comes from git or docker expects. */
    private static String[] spelledOut(String... arguments) {
        if (arguments.length == 0 || !arguments[0].equals("help")) {
            return arguments;
        }
        String[] words = Arrays.copyOfRange(arguments, 1, arguments.length + 1);
        words[words.length - 1] = "--help";
        return words;
    }

    /** The command as far as these words need it, all of it without any, writing to the given streams. */
    static CommandLine commandLine(PrintWriter out, PrintWriter err, String... arguments) {
        return ThalwegCommand.line(arguments)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(Main::runOrHelp)
                .setParameterExceptionHandler((exception, _) -> misused(exception))
                .setExecutionExceptionHandler((exception, line, _) -> complain(exception, line.getErr()));
    }

    /** Help is output, too: picocli would answer its loss with a stack trace. */
    private static int runOrHelp(ParseResult parsed) {
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (StandardOutput.Lost lost) {
            throw new ExecutionException(parsed.commandSpec().commandLine(), "output lost", lost);
        }
    }

    private static int complain(Exception exception, PrintWriter err) {
        if (exception instanceof StandardOutput.Lost lost && lost.nobodyReads()) {
            return CLOSED_PIPE;
        }
        err.println("thalweg: " + Failure.describe(exception));
        return 1;
    }

    /** A word that is not known gets what comes near it, a wrong value why it is; what is missing gets the whole usage. */
    private static int misused(ParameterException exception) {
        CommandLine command = exception.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("thalweg: " + exception.getMessage());
        if (exception instanceof UnmatchedArgumentException unknown) {
            UnmatchedArgumentException.printSuggestions(unknown, err);
        }
        if (exception instanceof UnmatchedArgumentException
                || (exception.getArgSpec() != null && !(exception instanceof MissingParameterException))) {
            err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
        } else {
            command.usage(err);
        }
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }
}
