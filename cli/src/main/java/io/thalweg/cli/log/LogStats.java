package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "stats", description = "Show how much a log holds.", mixinStandardHelpOptions = true)
final class LogStats implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "LOG", description = "Name or id of the log.")
    private String log = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.show(
                    api.get("/logs/" + api.logId(log) + "/stats"),
                    List.of(
                            Column.of("name", "log_name"),
                            Column.of("id", "log_id"),
                            Column.of("events", "event_count"),
                            Column.of("bytes", "bytes"),
                            Column.of("first sequence", "first_sequence"),
                            Column.of("newest sequence", "head_sequence"),
                            Column.of("views", "view_count"),
                            Column.time("created", "created_at"),
                            Column.time("first event", "first_event_at"),
                            Column.time("last event", "last_event_at")));
            return 0;
        }
    }
}
