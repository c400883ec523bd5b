package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "retain",
        description = "Say how long, or how much of, a log is kept; without options everything is.",
        mixinStandardHelpOptions = true)
final class LogRetain implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "LOG", description = "Name or id of the log.")
    private String log = "";

    @Option(names = "--seconds", paramLabel = "N", description = "Drop events older than this.")
    private @Nullable Long seconds;

    @Option(names = "--bytes", paramLabel = "N", description = "Drop the oldest events beyond this size.")
    private @Nullable Long bytes;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            ObjectNode change = Api.JSON.createObjectNode();
            change.putObject("retention").put("max_age_seconds", seconds).put("max_bytes", bytes);
            JsonNode reply = api.patch("/logs/" + api.logId(log), change);
            output.say("changed what is kept of " + log, reply);
            return 0;
        }
    }
}
