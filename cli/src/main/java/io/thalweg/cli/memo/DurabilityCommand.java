package io.thalweg.cli.memo;

import picocli.CommandLine.Command;

/** Durability as a number, also where no server runs. */
@Command(
        name = "durability",
        description = "Calculate how likely a memo survives.",
        mixinStandardHelpOptions = true,
        subcommands = DurabilityScoreCommand.class)
public final class DurabilityCommand {
    private DurabilityCommand() {}
}
