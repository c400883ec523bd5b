package io.thalweg.cli.view;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Which view, and how to reach it; what all commands about one view share. */
final class ViewTarget {
    @Mixin
    final Access access = new Access();

    @Mixin
    final Output output = new Output();

    @Parameters(
            index = "0",
            paramLabel = "LOG",
            description = "Name or id of the log, or ledger:NAME; of a view in Java the view's name, and nothing else.")
    String log = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "VIEW", description = "Name of the view.")
    String view = "";

    /** What the view is called. */
    String name() {
        return view.isEmpty() ? log : view;
    }

    String path(Api api) throws Exception {
        return view.isEmpty() ? "/views/" + Api.escape(log) : "/logs/" + api.logId(log) + "/views/" + Api.escape(view);
    }

    /** Posts to an action of the view, e.g. {@code skip?sequence=7}, and says the sentence when it is done. */
    int act(String action, String sentence) throws Exception {
        try (Api api = access.open()) {
            JsonNode reply = api.post(path(api) + "/" + action, Api.JSON.createObjectNode());
            output.say(sentence, reply);
            return 0;
        }
    }
}
