package io.thalweg.cli.memo;

import picocli.CommandLine.Command;

/** Durability as a number, also where no server runs. */
@Command(
        name = "durability",
        description = "Say how likely a memo survives, and what would be lost.",
        mixinStandardHelpOptions = true,
        subcommands = {DurabilityScoreCommand.class, DurabilityOf.class, DurabilityReport.class})
public final class DurabilityCommand {
    private DurabilityCommand() {}
}
