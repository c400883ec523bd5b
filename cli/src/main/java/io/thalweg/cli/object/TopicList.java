package io.thalweg.cli.object;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

@Command(name = "list", description = "List topics.", mixinStandardHelpOptions = true)
final class TopicList implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            ArrayNode rows = Api.JSON.createArrayNode();
            for (JsonNode name : api.get("/topics").path("topics")) {
                rows.addObject().set("topic", name);
            }
            output.table(rows, List.of(Column.of("TOPIC", "topic")));
            return 0;
        }
    }
}
