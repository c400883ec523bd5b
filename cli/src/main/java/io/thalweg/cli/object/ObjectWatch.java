package io.thalweg.cli.object;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.OneOrMore;
import io.thalweg.cli.terminal.Output;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        description = "Print a topic's objects as they change, until interrupted.",
        mixinStandardHelpOptions = true)
final class ObjectWatch implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "TOPIC", description = "Of which topic.")
    private String topic = "";

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Stop after so many changes.",
            converter = OneOrMore.class)
    private long count = Long.MAX_VALUE;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open();
                BufferedReader events = new BufferedReader(new InputStreamReader(
                        api.stream(
                                "/topics/" + Api.escape(topic) + "/objects/subscribe",
                                Map.of("Accept", "text/event-stream")),
                        StandardCharsets.UTF_8))) {
            String event = "";
            for (String line = events.readLine(); line != null && count > 0; line = events.readLine()) {
                if (line.startsWith("event: ")) {
                    event = line.substring("event: ".length());
                } else if (line.startsWith("data: ") && event.equals("change")) {
                    output.out().println(line.substring("data: ".length()));
                    output.out().flush();
                    count--;
                } else if (line.startsWith("data: ")) {
                    output.err().println(event + " " + line.substring("data: ".length()));
                }
            }
            return 0;
        }
    }
}
