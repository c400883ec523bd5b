package io.thalweg.cli.object;

import picocli.CommandLine.Command;

/** Objects: what people and devices edit, also while they are cut off. */
@Command(
        name = "object",
        description = "Create, edit, read and follow objects.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ObjectCreate.class,
            ObjectShow.class,
            ObjectEdit.class,
            ObjectDelete.class,
            ObjectList.class,
            ObjectHistory.class,
            ObjectWatch.class
        })
public final class ObjectCommand {
    private ObjectCommand() {}
}
