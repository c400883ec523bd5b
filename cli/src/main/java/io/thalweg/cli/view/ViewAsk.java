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
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "ask",
        description = "Ask a query of a view in Java; prints its result as JSON.",
        mixinStandardHelpOptions = true)
final class ViewAsk implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "VIEW", description = "Name of the view.")
    private String view = "";

    @Parameters(index = "1", paramLabel = "QUERY", description = "Name of the query; view status lists them.")
    private String query = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "ARGUMENTS",
            description = "A JSON object, such as '{\"link\":\"https://example.org\"}'.")
    private String arguments = "{}";

    @Option(names = "--after", paramLabel = "POSITION", description = "The answer must include all up to there.")
    private @Nullable String after;

    @Option(names = "--at", paramLabel = "MOMENT", description = "As it was at this time, or at this position.")
    private @Nullable String at;

    @Option(names = "--timeout", paramLabel = "MS", description = "Longest time, in milliseconds, waiting included.")
    private @Nullable Long timeout;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            List<String> parameters = new ArrayList<>();
            if (after != null) {
                parameters.add("after=" + Api.escape(after));
            }
            if (at != null) {
                parameters.add("at=" + Api.escape(at));
            }
            if (timeout != null) {
                parameters.add("timeout=" + timeout);
            }
            String url = "/views/" + Api.escape(view) + "/queries/" + Api.escape(query)
                    + (parameters.isEmpty() ? "" : "?" + String.join("&", parameters));
            output.out().println(api.post(url, parsed()));
            return 0;
        }
    }

    private ObjectNode parsed() {
        try {
            if (Api.JSON.readTree(arguments) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            throw new Failure("the arguments are no JSON: " + e.getOriginalMessage());
        }
        throw new Failure("the arguments are no JSON object, such as '{\"link\":\"https://example.org\"}'");
    }
}
