package io.thalweg.cli.memo;

import picocli.CommandLine.Command;

/** Memos, also where no server runs. */
@Command(
        name = "memo",
        description = "Look at memos.",
        mixinStandardHelpOptions = true,
        subcommands = {MemoShow.class, MemoGraph.class, MemoHashCommand.class})
public final class MemoCommand {
    private MemoCommand() {}
}
