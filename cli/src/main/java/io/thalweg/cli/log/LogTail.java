package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.EventPrinter;
import io.thalweg.cli.terminal.Output;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
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

    @Option(names = "--from", paramLabel = "N", description = "First sequence (default: what comes next).")
    private @Nullable Long from;

    @Option(names = "--count", paramLabel = "N", description = "Stop after so many events.")
    private long count = Long.MAX_VALUE;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            String path = "/logs/" + api.logId(log) + "/tail" + (from == null ? "" : "?from=" + from);
            EventPrinter printer = new EventPrinter(output);
            try (InputStream stream = api.stream(path, Map.of("Accept", "text/event-stream"));
                    BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                long seen = 0;
                for (String line = reader.readLine(); line != null && seen < count; line = reader.readLine()) {
                    if (line.startsWith("data:")) {
                        printer.print(Api.JSON.readTree(line.substring("data:".length())));
                        output.out().flush();
                        seen++;
                    }
                }
            }
            return 0;
        }
    }
}
