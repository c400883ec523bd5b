package io.thalweg.cli.view;

import io.thalweg.cli.api.Api;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "deploy",
        description = "Deploy a component as a view, or as a new version of it.",
        mixinStandardHelpOptions = true)
final class ViewDeploy implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Parameters(index = "2", paramLabel = "COMPONENT", description = "A WebAssembly component (.wasm).")
    private Path component = Path.of("");

    @Option(names = "--replace", description = "The view exists: deploy this as its next version.")
    private boolean replace;

    @Override
    public Integer call() throws Exception {
        try (Api api = target.access.open()) {
            HttpResponse<byte[]> response = api.send(
                    replace ? "PUT" : "POST",
                    target.path(api),
                    BodyPublishers.ofFile(component),
                    Map.of("Content-Type", "application/octet-stream"));
            JsonNode reply = Api.JSON.readTree(response.body());
            StringBuilder sentence = new StringBuilder("deployed " + target.view);
            if (replace) {
                sentence.append(" version ").append(reply.path("version").asLong());
            }
            if (reply.path("version").asLong() > 1) {
                sentence.append("; it takes over when it has caught up, see thalweg view status");
            }
            for (JsonNode stub : reply.path("stubbed_imports")) {
                sentence.append("\nimport ").append(stub.asString()).append(" is not provided and traps when called");
            }
            target.output.say(sentence.toString(), reply);
            return 0;
        }
    }
}
