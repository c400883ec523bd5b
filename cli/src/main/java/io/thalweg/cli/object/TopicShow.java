package io.thalweg.cli.object;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "show",
        description = "Show a topic's fields, relationships, target, rights, and how its feeds go on.",
        mixinStandardHelpOptions = true)
final class TopicShow implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "TOPIC", description = "Its name.")
    private String topic = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            JsonNode shown = api.get("/topics/" + Api.escape(topic));
            output.show(
                    shown,
                    List.of(
                            Column.of("TOPIC", "topic"),
                            Column.of("FIELDS", "fields"),
                            Column.of("RELATIONSHIPS", "relationships"),
                            Column.of("NINES WANTED", "durability.target_nines"),
                            Column.of("HISTORY", "history"),
                            Column.of("FEEDS", "feeds"),
                            Column.of("FOLLOWS", "follows"),
                            Column.of("RIGHTS", "rights")));
            if (!shown.path("ties").isEmpty()) {
                output.note(
                        shown.path("ties"),
                        List.of(
                                Column.of("LOG", "log_id"),
                                Column.of("PARTITION", "partition"),
                                Column.of("WAY", "way"),
                                Column.of("STATE", "state"),
                                Column.of("LEFT OUT", "left_out"),
                                Column.of("REASON", "reason")));
            }
            return 0;
        }
    }
}
