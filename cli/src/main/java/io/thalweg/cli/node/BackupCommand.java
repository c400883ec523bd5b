package io.thalweg.cli.node;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import io.thalweg.server.data.Backup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Copies a node's data directory, also while the node runs, into one from which a node is sure to start. */
@Command(
        name = "backup",
        description = {
            "Copy a node's data directory, also while the node runs.",
            "What was acknowledged before the command began is in the copy, and the command has tried that a node"
                    + " starts from it."
        },
        mixinStandardHelpOptions = true)
public final class BackupCommand implements Callable<Integer> {
    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "DIR", description = "The node's data directory.")
    private Path data = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "COPY",
            description = "Where the copy goes: a folder that is not there yet, or empty.")
    private Path copy = Path.of("");

    @Override
    public Integer call() throws InterruptedException {
        Backup.Made made;
        try {
            made = Backup.make(data, copy);
        } catch (IOException e) {
            throw new Failure(String.valueOf(e.getMessage()));
        }
        output.say(
                "copied " + made.bytes() + " bytes; a node starts from " + copy,
                Api.JSON
                        .createObjectNode()
                        .put("copy", copy.toString())
                        .put("bytes", made.bytes())
                        .put("rounds", made.rounds()));
        return 0;
    }
}
