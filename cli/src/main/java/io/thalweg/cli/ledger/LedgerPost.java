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
import tools.jackson.databind.node.ObjectNode;

@Command(name = "post", description = "Book what a pending transfer reserved.", mixinStandardHelpOptions = true)
final class LedgerPost implements Callable<Integer> {
    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "PENDING", description = "Id of the pending transfer.")
    private String pending = "";

    @Parameters(index = "1", paramLabel = "AMOUNT", arity = "0..1", description = "How much of it (default: all).")
    private String amount = "max";

    @Option(names = "--id", paramLabel = "ID", description = "Id of this transfer (default: a fresh one).")
    private String id = Ids.next().toString();

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            ObjectNode transfer = Api.JSON
                    .createObjectNode()
                    .put("id", id)
                    .put("pending_id", pending)
                    .put("amount", amount);
            transfer.putArray("flags").add("post_pending_transfer");
            output.say("posted transfer " + pending, access.createOne(api, "transfers", transfer));
            return 0;
        }
    }
}
