package io.thalweg.cli.view;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "explore",
        description = "Look at a place of an index of a view in Java: what it is, how much, and some of what is in it.",
        mixinStandardHelpOptions = true)
final class ViewExplore implements Callable<Integer> {
    /** Most characters of a sample in a table. */
    private static final int SHOWN_MAX = 60;

    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "VIEW", description = "Name of the view.")
    private String view = "";

    @Parameters(index = "1", paramLabel = "INDEX", description = "Name of the index; view status --json lists them.")
    private String index = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "PATH",
            description = "Where, as JSON: '[[\"key\",\"alice\"],[\"sorted_map_range\",10,20]]'; all of it if missing.")
    private String path = "[]";

    @Option(names = "--limit", paramLabel = "N", description = "Entries to show, 1 to 100; 20 unless said.")
    private int limit = 20;

    @Option(names = "--page", paramLabel = "NEXT", description = "Goes on where an answer said that there is more.")
    private @Nullable String page;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            ObjectNode body = Api.JSON.createObjectNode().put("limit", limit).set("path", parsed());
            if (page != null) {
                body.put("page", page);
            }
            JsonNode place =
                    api.post("/views/" + Api.escape(view) + "/indexes/" + Api.escape(index) + "/explore", body);
            output.show(
                    place,
                    List.of(
                            Column.of("what", "schema"),
                            Column.of("size", "size"),
                            Column.of("value", "value"),
                            Column.of("more at page", "next")));
            output.note(
                    place.path("entries"),
                    List.of(
                            Column.of("KEY", "key"),
                            Column.of("WHAT", "schema"),
                            Column.of("SIZE", "size"),
                            new Column("SAMPLE", ViewExplore::sample)));
            return 0;
        }
    }

    private static String sample(JsonNode entry) {
        String sample = Column.of("SAMPLE", "sample").text(entry);
        return sample.length() <= SHOWN_MAX ? sample : sample.substring(0, SHOWN_MAX) + "…";
    }

    private JsonNode parsed() {
        try {
            return Api.JSON.readTree(path);
        } catch (JacksonException e) {
            throw new Failure("the path is no JSON: " + e.getOriginalMessage()
                    + "; a place is named by navigators, such as '[[\"key\",\"alice\"]]'");
        }
    }
}
