package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "create", description = "Create a ledger.", mixinStandardHelpOptions = true)
final class LedgerCreate implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "Name, unique among your ledgers.")
    private String name = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            JsonNode created = api.post("/ledgers", Api.JSON.createObjectNode().put("name", name));
            output.say("created " + name + "  " + created.path("ledger_id").asString(), created);
            return 0;
        }
    }
}
