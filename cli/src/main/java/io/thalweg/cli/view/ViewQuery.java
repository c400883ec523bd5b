package io.thalweg.cli.view;

import io.thalweg.cli.api.Api;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "query", description = "Ask a view; prints its answer as it comes.", mixinStandardHelpOptions = true)
final class ViewQuery implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "INPUT",
            description = "What to ask; the view defines its form.")
    private String input = "";

    @Option(names = "--after", paramLabel = "N", description = "The answer must include all events up to N.")
    private @Nullable Long after;

    @Option(names = "--timeout", paramLabel = "MS", description = "How long to wait for that, in milliseconds.")
    private @Nullable Long timeout;

    @Option(names = "--param", paramLabel = "NAME=VALUE", description = "A parameter for the view; may come again.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Override
    public Integer call() throws Exception {
        try (Api api = target.access.open()) {
            List<String> query = new ArrayList<>();
            if (after != null) {
                query.add("after=" + after);
            }
            if (timeout != null) {
                query.add("timeout=" + timeout);
            }
            parameters.forEach((name, value) -> query.add(Api.escape(name) + "=" + Api.escape(value)));
            HttpResponse<byte[]> response = api.send(
                    "POST",
                    target.path(api) + "/query" + (query.isEmpty() ? "" : "?" + String.join("&", query)),
                    BodyPublishers.ofString(input),
                    Map.of("Content-Type", "application/octet-stream"));
            target.output.out().println(new String(response.body(), StandardCharsets.UTF_8).stripTrailing());
            return 0;
        }
    }
}
