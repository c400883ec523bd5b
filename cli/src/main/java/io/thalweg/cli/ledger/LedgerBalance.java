package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.LedgerAccess;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "balance",
        description = "Show an account and what is pending on it, at one moment.",
        mixinStandardHelpOptions = true)
final class LedgerBalance implements Callable<Integer> {
    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "ACCOUNT", description = "Id of the account.")
    private String account = "";

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "As it was then: nanoseconds since 1970, or such as 2026-11-20T10:00:00Z.")
    private @Nullable String at;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            String when = at == null ? "" : "?at=" + Api.escape(at);
            JsonNode statement = api.get(access.path("/accounts/" + Api.escape(account) + "/statement" + when));
            if (output.isJson()) {
                output.out().println(statement);
                return 0;
            }
            output.table(Api.JSON.createArrayNode().add(statement.path("account")), LedgerColumns.ACCOUNT);
            if (!statement.path("pending").isEmpty()) {
                output.out().println();
                output.table(statement.path("pending"), LedgerColumns.TRANSFER);
            }
            return 0;
        }
    }
}
