package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "delete", description = "Delete a log with all its events and views.", mixinStandardHelpOptions = true)
final class LogDelete implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "LOG", description = "Name or id of the log.")
    private String log = "";

    @Option(names = "--yes", description = "Yes, I mean it: there is no way back.")
    private boolean yes;

    @Override
    public Integer call() throws Exception {
        if (!yes) {
            throw new Failure("there is no way back from deleting; if you mean it, add --yes");
        }
        try (Api api = access.open()) {
            JsonNode reply = api.delete("/logs/" + api.logId(log));
            output.say("deleted " + log, reply);
            return 0;
        }
    }
}
