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

@Command(name = "create", description = "Create a log.", mixinStandardHelpOptions = true)
final class LogCreate implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "Name, unique among your logs.")
    private String name = "";

    @Option(names = "--partitions", paramLabel = "N", description = "How many partitions (default: ${DEFAULT-VALUE}).")
    private int partitions = 1;

    @Option(names = "--with", paramLabel = "LOG", description = "Put it beside this log, in the same shard.")
    private @Nullable String with;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            JsonNode created = api.post("/logs", wanted(api));
            output.say("created " + name + "  " + created.path("log_id").asString(), created);
            return 0;
        }
    }

    private ObjectNode wanted(Api api) throws Exception {
        ObjectNode wanted = Api.JSON.createObjectNode().put("name", name).put("partitions", partitions);
        return with == null ? wanted : wanted.put("with", api.logId(with));
    }
}
