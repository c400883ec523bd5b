package io.thalweg.cli;

import io.thalweg.bench.BenchCommand;
import io.thalweg.cli.cluster.ClusterCommand;
import io.thalweg.cli.key.KeyCommand;
import io.thalweg.cli.ledger.LedgerCommand;
import io.thalweg.cli.local.LocalCommand;
import io.thalweg.cli.log.LogCommand;
import io.thalweg.cli.memo.DurabilityCommand;
import io.thalweg.cli.memo.MemoCommand;
import io.thalweg.cli.node.BackupCommand;
import io.thalweg.cli.node.DevCommand;
import io.thalweg.cli.node.NodeCommand;
import io.thalweg.cli.node.SlabCommand;
import io.thalweg.cli.node.VerifyCommand;
import io.thalweg.cli.object.ObjectCommand;
import io.thalweg.cli.object.TopicCommand;
import io.thalweg.cli.tenant.TenantCommand;
import io.thalweg.cli.train.TrainCommand;
import io.thalweg.cli.view.ViewCommand;
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
            SlabCommand.class,
            LocalCommand.class,
            LogCommand.class,
            ViewCommand.class,
            LedgerCommand.class,
            TenantCommand.class,
            KeyCommand.class,
            TopicCommand.class,
            ObjectCommand.class,
            MemoCommand.class,
            DurabilityCommand.class,
            VerifyCommand.class,
            BackupCommand.class,
            ClusterCommand.class,
            BenchCommand.class,
            TrainCommand.class,
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
