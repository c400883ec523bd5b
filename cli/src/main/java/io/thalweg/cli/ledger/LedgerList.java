package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "list", description = "List your ledgers.", mixinStandardHelpOptions = true)
final class LedgerList implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.table(
                    api.get("/ledgers").path("ledgers"),
                    List.of(Column.of("NAME", "name"), Column.of("ID", "ledger_id")));
            return 0;
        }
    }
}
