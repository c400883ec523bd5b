package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.LedgerAccess;
import io.thalweg.cli.terminal.Output;
import io.thalweg.client.Ids;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "transfer",
        description = "Move an amount from one account (debited) to another (credited).",
        mixinStandardHelpOptions = true)
final class LedgerBook implements Callable<Integer> {
    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "DEBIT", description = "Account that is debited.")
    private String debit = "";

    @Parameters(index = "1", paramLabel = "CREDIT", description = "Account that is credited.")
    private String credit = "";

    @Parameters(index = "2", paramLabel = "AMOUNT", description = "How much, in the smallest unit.")
    private String amount = "";

    @Option(
            names = "--id",
            paramLabel = "ID",
            description =
                    "Id of the transfer, which makes repeating this very command harmless (default: a fresh" + " one).")
    private String id = Ids.next().toString();

    @Option(names = "--unit", paramLabel = "N", description = "Unit of both accounts (default: 1).")
    private long unit = 1;

    @Option(names = "--code", paramLabel = "N", description = "Why it is booked (default: 1).")
    private int code = 1;

    @Option(names = "--pending", description = "Only reserve it, to be posted or voided later.")
    private boolean pending;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Let go of what is pending after so long.")
    private long timeout;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            ObjectNode transfer = Api.JSON
                    .createObjectNode()
                    .put("id", id)
                    .put("debit_account_id", debit)
                    .put("credit_account_id", credit)
                    .put("amount", amount)
                    .put("ledger", unit)
                    .put("code", code)
                    .put("timeout", timeout);
            ArrayNode flags = transfer.putArray("flags");
            if (pending) {
                flags.add("pending");
            }
            JsonNode result = access.createOne(api, "transfers", transfer);
            output.say((pending ? "reserved" : "booked") + " transfer " + id, result);
            return 0;
        }
    }
}
