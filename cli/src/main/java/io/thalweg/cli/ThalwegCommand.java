package io.thalweg.cli;

import io.thalweg.bench.BenchCommand;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the command line. */
@Command(
        name = "thalweg",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "An event-sourced data platform: logs, views, ledgers, and a way to talk to them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DevCommand.class,
            NodeCommand.class,
            LogCommand.class,
            ViewCommand.class,
            LedgerCommand.class,
            TenantCommand.class,
            KeyCommand.class,
            VerifyCommand.class,
            BenchCommand.class,
            AutoComplete.GenerateCompletion.class
        })
final class ThalwegCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do, e.g. thalweg dev");
    }
}
