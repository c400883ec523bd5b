package io.thalweg.cli.view;

import io.thalweg.cli.api.Api;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(name = "delete", description = "Delete a view and its state; the log stays.", mixinStandardHelpOptions = true)
final class ViewDelete implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Override
    public Integer call() throws Exception {
        try (Api api = target.access.open()) {
            JsonNode reply = api.delete(target.path(api));
            target.output.say("deleted " + target.name(), reply);
            return 0;
        }
    }
}
