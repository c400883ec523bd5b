package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.EventPrinter;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "read", description = "Print events of a log.", mixinStandardHelpOptions = true)
final class LogRead implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "LOG", description = "Name or id of the log.")
    private String log = "";

    @Option(names = "--partition", paramLabel = "P", description = "Only this partition (default: all of them).")
    private @Nullable Integer partition;

    @Option(
            names = "--after",
            paramLabel = "POSITION",
            description = "Behind this position, as a read or append gave it.")
    private @Nullable String after;

    @Option(names = "--from", paramLabel = "N", description = "First sequence (default: the oldest that is kept).")
    private @Nullable Long from;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many events (default: ${DEFAULT-VALUE}).")
    private int limit = 100;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            JsonNode page =
                    api.get("/logs/" + api.logId(log) + "/events?limit=" + limit + (from == null ? "" : "&from=" + from)
                            + (partition == null ? "" : "&partition=" + partition)
                            + (after == null ? "" : "&after=" + after));
            EventPrinter printer = new EventPrinter(output);
            page.path("events").forEach(printer::print);
            return 0;
        }
    }
}
