package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.EventPrinter;
import io.thalweg.cli.terminal.OneOrMore;
import io.thalweg.cli.terminal.Output;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "tail", description = "Print events as they come, until interrupted.", mixinStandardHelpOptions = true)
final class LogTail implements Callable<Integer> {
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

    @Option(names = "--from", paramLabel = "N", description = "First sequence (default: what comes next).")
    private @Nullable Long from;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Stop after so many events.",
            converter = OneOrMore.class)
    private long count = Long.MAX_VALUE;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            EventPrinter printer = new EventPrinter(output);
            long[] left = {count};
            new Tailing(api, "/logs/" + api.logId(log), query(), event -> {
                        printer.print(event);
                        return --left[0] > 0;
                    })
                    .run();
            return 0;
        }
    }

    private Map<String, String> query() {
        Map<String, String> query = new LinkedHashMap<>();
        if (from != null) {
            query.put("from", from.toString());
        }
        if (after != null) {
            query.put("after", after);
        }
        if (partition != null) {
            query.put("partition", partition.toString());
        }
        return query;
    }
}
