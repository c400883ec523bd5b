package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.LedgerAccess;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "history", description = "Show transfers of an account, oldest first.", mixinStandardHelpOptions = true)
final class LedgerHistory implements Callable<Integer> {
    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "ACCOUNT", description = "Id of the account.")
    private String account = "";

    @Option(names = "--limit", paramLabel = "N", description = "Most transfers (default: ${DEFAULT-VALUE}).")
    private int limit = 100;

    @Option(names = "--newest-first", description = "The other way round.")
    private boolean reversed;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            String query = "/transfers?limit=" + limit + (reversed ? "&reversed=true" : "");
            output.table(
                    api.get(access.path("/accounts/" + Api.escape(account) + query))
                            .path("transfers"),
                    LedgerColumns.TRANSFER);
            return 0;
        }
    }
}
