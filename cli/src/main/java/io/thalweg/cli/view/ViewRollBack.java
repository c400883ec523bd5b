package io.thalweg.cli.view;

import io.thalweg.cli.api.Api;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(name = "rollback", description = "Let the version before answer again.", mixinStandardHelpOptions = true)
final class ViewRollBack implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Override
    public Integer call() throws Exception {
        try (Api api = target.access.open()) {
            String path = target.path(api);
            JsonNode before = api.get(path);
            JsonNode after = api.post(path + "/rollback", Api.JSON.createObjectNode());
            target.output.say(sentence(before, after), after);
            return 0;
        }
    }

    /** What it did: give up a version that was to take over, or let the one before answer again. */
    private String sentence(JsonNode before, JsonNode after) {
        long active = after.path("active_version").asLong();
        long candidate = before.path("candidate_version").asLong(0);
        return candidate != 0
                ? "version " + candidate + " of " + target.name() + " does not take over; version " + active
                        + " goes on answering"
                : "version " + active + " of " + target.name() + " answers again, instead of version "
                        + before.path("active_version").asLong();
    }
}
