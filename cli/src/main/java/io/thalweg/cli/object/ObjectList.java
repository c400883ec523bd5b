package io.thalweg.cli.object;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

@Command(
        name = "list",
        description = "List a topic's objects, all or by the values of indexed fields.",
        mixinStandardHelpOptions = true)
final class ObjectList implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Of which topic.")
    private String topic = "";

    @Parameters(index = "1..*", paramLabel = "FIELD=VALUE", description = "Only those with this value.")
    private List<String> where = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        StringBuilder query = new StringBuilder("?limit=1000");
        for (String each : where) {
            int equals = each.indexOf('=');
            if (equals < 1) {
                throw new Failure("'" + each + "' is no FIELD=VALUE");
            }
            query.append('&')
                    .append(Api.escape(each.substring(0, equals)))
                    .append('=')
                    .append(Api.escape(each.substring(equals + 1)));
        }
        try (Api api = access.open()) {
            ArrayNode all = Api.JSON.createArrayNode();
            String next = "";
            do {
                JsonNode page = api.get("/topics/" + Api.escape(topic) + "/objects" + query + next);
                page.path("objects").forEach(all::add);
                next = page.path("next").asString("");
                next = next.isEmpty() ? "" : "&page=" + next;
            } while (!next.isEmpty());
            output.table(all, List.of(Column.of("OBJECT", "object_id"), Column.of("FIELDS", "fields")));
            return 0;
        }
    }
}
