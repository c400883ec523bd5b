package io.thalweg.cli.log;

import picocli.CommandLine.Command;

/** Logs: create, fill, read and follow them. */
@Command(
        name = "log",
        description = "Create, fill, read and follow logs.",
        mixinStandardHelpOptions = true,
        subcommands = {
            LogCreate.class,
            LogList.class,
            LogAppend.class,
            LogRead.class,
            LogTail.class,
            LogStats.class,
            LogRetain.class,
            LogSplit.class,
            LogFull.class,
            LogDelete.class
        })
public final class LogCommand {
    private LogCommand() {}
}
