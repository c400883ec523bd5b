package io.thalweg.cli.view;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "list", description = "List the views of a log.", mixinStandardHelpOptions = true)
final class ViewList implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(
            arity = "0..1",
            paramLabel = "LOG",
            description = "Name or id of the log, or ledger:NAME; without it, the views in Java.")
    private String log = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.table(
                    api.get(log.isEmpty() ? "/views" : "/logs/" + api.logId(log) + "/views")
                            .path("views"),
                    List.of(
                            Column.of("NAME", "view_name"),
                            Column.of("STATE", "state"),
                            Column.of("POSITION", "position"),
                            Column.of("LAG", "lag"),
                            Column.of("VERSION", "active_version")));
            return 0;
        }
    }
}
