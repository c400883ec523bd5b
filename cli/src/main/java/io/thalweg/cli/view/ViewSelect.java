package io.thalweg.cli.view;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.util.ArrayList;
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
        name = "select",
        description = "Read an index of a view in Java by a path; prints each value on a line.",
        mixinStandardHelpOptions = true)
final class ViewSelect implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "VIEW", description = "Name of the view.")
    private String view = "";

    @Parameters(index = "1", paramLabel = "INDEX", description = "Name of the index.")
    private String index = "";

    @Parameters(index = "2", paramLabel = "PATH", description = "The path as JSON: '[[\"key\",\"alice\"],[\"all\"]]'.")
    private String path = "";

    @Option(names = "--after", paramLabel = "POSITION", description = "The answer must include all up to there.")
    private @Nullable String after;

    @Option(names = "--timeout", paramLabel = "MS", description = "How long to wait for that, in milliseconds.")
    private @Nullable Long timeout;

    @Option(names = "--at", paramLabel = "MOMENT", description = "As it was then: a time, or a position.")
    private @Nullable String at;

    @Option(names = "--limit", paramLabel = "N", description = "Values in one answer; all are read in any case.")
    private int limit = 1_000;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            List<String> query = new ArrayList<>();
            if (after != null) {
                query.add("after=" + Api.escape(after));
            }
            if (at != null) {
                query.add("at=" + Api.escape(at));
            }
            if (timeout != null) {
                query.add("timeout=" + timeout);
            }
            String url = "/views/" + Api.escape(view) + "/indexes/" + Api.escape(index) + "/select"
                    + (query.isEmpty() ? "" : "?" + String.join("&", query));
            ObjectNode body = Api.JSON.createObjectNode().put("limit", limit).set("path", parsed());
            while (true) {
                JsonNode page = api.post(url, body);
                page.path("values").forEach(value -> output.out().println(value));
                if (page.path("next").isNull() || page.path("next").isMissingNode()) {
                    return 0;
                }
                body.put("page", page.path("next").asString());
            }
        }
    }

    private JsonNode parsed() {
        try {
            return Api.JSON.readTree(path);
        } catch (JacksonException e) {
            throw new Failure("the path is no JSON: " + e.getOriginalMessage()
                    + "; a path is a list of navigators, such as '[[\"key\",\"alice\"],[\"all\"]]'");
        }
    }
}
