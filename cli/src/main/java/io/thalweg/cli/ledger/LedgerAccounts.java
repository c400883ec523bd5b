package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.LedgerAccess;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "accounts", description = "List accounts, oldest first.", mixinStandardHelpOptions = true)
final class LedgerAccounts implements Callable<Integer> {
    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Option(names = "--limit", paramLabel = "N", description = "Most accounts (default: ${DEFAULT-VALUE}).")
    private int limit = 100;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.table(api.get(access.path("/accounts?limit=" + limit)).path("accounts"), LedgerColumns.ACCOUNT);
            return 0;
        }
    }
}
