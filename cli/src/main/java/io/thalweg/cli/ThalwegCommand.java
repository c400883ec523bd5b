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
import io.thalweg.cli.node.SigningKeyCommand;
import io.thalweg.cli.node.SlabCommand;
import io.thalweg.cli.node.VerifyCommand;
import io.thalweg.cli.object.ObjectCommand;
import io.thalweg.cli.object.TopicCommand;
import io.thalweg.cli.tenant.TenantCommand;
import io.thalweg.cli.train.CommandLines;
import io.thalweg.cli.train.TrainCommand;
import io.thalweg.cli.view.ViewCommand;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import picocli.AutoComplete;
import picocli.CommandLine;
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
        synopsisSubcommandLabel = "COMMAND")
final class ThalwegCommand implements Runnable, CommandLines {
    /** To know all commands costs more than most of them: half a second of the processor. So only the one that is asked for is looked at. */
    private static final Map<String, Class<?>> COMMANDS = new LinkedHashMap<>();

    /** What needs to see all others. */
    private static final String COMPLETION = "generate-completion";

    static {
        COMMANDS.put("dev", DevCommand.class);
        COMMANDS.put("node", NodeCommand.class);
        COMMANDS.put("slab", SlabCommand.class);
        COMMANDS.put("local", LocalCommand.class);
        COMMANDS.put("log", LogCommand.class);
        COMMANDS.put("view", ViewCommand.class);
        COMMANDS.put("ledger", LedgerCommand.class);
        COMMANDS.put("tenant", TenantCommand.class);
        COMMANDS.put("key", KeyCommand.class);
        COMMANDS.put("topic", TopicCommand.class);
        COMMANDS.put("object", ObjectCommand.class);
        COMMANDS.put("memo", MemoCommand.class);
        COMMANDS.put("durability", DurabilityCommand.class);
        COMMANDS.put("verify", VerifyCommand.class);
        COMMANDS.put("signing-key", SigningKeyCommand.class);
        COMMANDS.put("backup", BackupCommand.class);
        COMMANDS.put("cluster", ClusterCommand.class);
        COMMANDS.put("bench", BenchCommand.class);
        COMMANDS.put("train", TrainCommand.class);
        COMMANDS.put(COMPLETION, AutoComplete.GenerateCompletion.class);
    }

    /** The root with all commands, or with the one alone that the first argument names. */
    static CommandLine line(String... arguments) {
        CommandLine line = new CommandLine(new ThalwegCommand());
        Class<?> only = arguments.length == 0 || arguments[0].equals(COMPLETION) ? null : COMMANDS.get(arguments[0]);
        if (only != null) {
            line.addSubcommand(only);
        } else {
            COMMANDS.values().forEach(line::addSubcommand);
        }
        return line;
    }

    /** The names of all commands. */
    static Set<String> names() {
        return COMMANDS.keySet();
    }

    @Spec
    private CommandSpec spec;

    @Override
    public CommandLine commandLine(PrintWriter out, PrintWriter err, String... arguments) {
        return Main.commandLine(out, err, arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do, e.g. thalweg dev");
    }
}
