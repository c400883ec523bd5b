package io.thalweg.cli.key;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "revoke", description = "End a key at once.", mixinStandardHelpOptions = true)
final class KeyRevoke implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "ID", description = "The key's id, see list.")
    private String id = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            JsonNode reply = api.delete("/keys/" + Api.escape(id));
            output.say("revoked " + id, reply);
            return 0;
        }
    }
}
