package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
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
        name = "split",
        description = "Move slots of a partition to a new one; the events of each key stay in order.",
        mixinStandardHelpOptions = true)
final class LogSplit implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "LOG", description = "Name or id of the log.")
    private String log = "";

    @Option(names = "--partition", paramLabel = "P", description = "Whose slots go (default: the only one).")
    private @Nullable Integer partition;

    @Option(
            names = "--slots",
            paramLabel = "FIRST-LAST",
            description = "Which slots go, of those that the partition has (default: the upper half).")
    private @Nullable String slots;

    @Override
    public Integer call() throws Exception {
        ObjectNode split = Api.JSON.createObjectNode();
        if (partition != null) {
            split.put("partition", partition);
        }
        if (slots != null) {
            String[] ends = slots.split("-", -1);
            try {
                split.put("first_slot", Integer.parseInt(ends[0])).put("last_slot", Integer.parseInt(ends[1]));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new Failure("--slots is '" + slots + "', expected FIRST-LAST, such as 2048-4095");
            }
        }
        try (Api api = access.open()) {
            JsonNode reply = api.post("/logs/" + api.logId(log) + "/split", split);
            JsonNode made =
                    reply.path("partitions").path(reply.path("partitions").size() - 1);
            output.say(
                    "log " + log + " has partition " + made.path("partition").asInt() + " with "
                            + made.path("slots").asInt() + " slots of partition "
                            + made.path("from").asInt() + ", behind its sequence "
                            + made.path("from_at").asString(),
                    reply);
            return 0;
        }
    }
}
