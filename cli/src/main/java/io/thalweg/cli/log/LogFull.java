package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "full",
        description = "Say which views in Java an append with ack=full waits for; '*' for all that follow the log.",
        mixinStandardHelpOptions = true)
final class LogFull implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "LOG", description = "Name or id of the log.")
    private String log = "";

    @Parameters(index = "1..*", paramLabel = "VIEW", description = "Names of views; none for no view.")
    private List<String> views = List.of();

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            ObjectNode change = Api.JSON.createObjectNode();
            ArrayNode names = change.putArray("full");
            views.forEach(names::add);
            JsonNode reply = api.patch("/logs/" + api.logId(log), change);
            output.say(
                    "appends to " + log + " with ack=full wait for "
                            + (views.isEmpty() ? "no view" : String.join(", ", views)),
                    reply);
            return 0;
        }
    }
}
