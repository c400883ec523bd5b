package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.LedgerAccess;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "open", description = "Open accounts.", mixinStandardHelpOptions = true)
final class LedgerOpen implements Callable<Integer> {
    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "ID", arity = "1..*", description = "Ids of the accounts: numbers from 1.")
    private List<String> ids = List.of();

    @Option(
            names = "--unit",
            paramLabel = "N",
            description = "What is booked, such as a currency; transfers stay within one (default: 1).")
    private long unit = 1;

    @Option(names = "--code", paramLabel = "N", description = "What kind of account it is (default: 1).")
    private int code = 1;

    @Option(
            names = "--flag",
            paramLabel = "FLAG",
            description = "history, debits_must_not_exceed_credits, credits_must_not_exceed_debits; may come again.")
    private List<String> flags = List.of();

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            ArrayNode wanted = Api.JSON.createArrayNode();
            for (String id : ids) {
                ObjectNode account =
                        wanted.addObject().put("id", id).put("ledger", unit).put("code", code);
                ArrayNode names = account.putArray("flags");
                flags.forEach(names::add);
            }
            ArrayNode results = access.createMany(api, "accounts", wanted);
            boolean failed = false;
            for (int i = 0; i < results.size(); i++) {
                String status = results.get(i).path("status").asString();
                boolean there = status.equals("created") || status.equals("exists");
                failed |= !there;
                String shown = there ? "opened account " + ids.get(i) : "account " + ids.get(i) + ": " + status;
                output.say(shown, ((ObjectNode) results.get(i)).put("id", ids.get(i)));
            }
            return failed ? 1 : 0;
        }
    }
}
