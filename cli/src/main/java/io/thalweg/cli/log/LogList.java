package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

@Command(name = "list", description = "List your logs.", mixinStandardHelpOptions = true)
final class LogList implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Option(names = "--all", description = "Also the platform's own logs, whose names begin with $.")
    private boolean all;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            ArrayNode shown = Api.JSON.createArrayNode();
            for (JsonNode log : api.get("/logs").path("logs")) {
                if (all || !log.path("log_name").asString().startsWith("$")) {
                    shown.add(log);
                }
            }
            output.table(shown, List.of(Column.of("NAME", "log_name"), Column.of("ID", "log_id")));
            return 0;
        }
    }
}
