package io.thalweg.cli.view;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.OneOrMore;
import io.thalweg.cli.terminal.Output;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "follow",
        description = "Print what a path finds in an index of a view in Java, then what becomes different, until"
                + " interrupted.",
        mixinStandardHelpOptions = true)
final class ViewFollow implements Callable<Integer> {
    private static final long AGAIN_MS = 1_000;

    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "VIEW", description = "Name of the view.")
    private String view = "";

    @Parameters(index = "1", paramLabel = "INDEX", description = "Name of the index.")
    private String index = "";

    @Parameters(index = "2", paramLabel = "PATH", description = "The path as JSON: '[[\"key\",\"alice\"]]'.")
    private String path = "";

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Stop after so many events.",
            converter = OneOrMore.class)
    private long count = Long.MAX_VALUE;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            String url = "/views/" + Api.escape(view) + "/indexes/" + Api.escape(index) + "/subscribe?path="
                    + Api.escape(path);
            String moment = null;
            long left = count;
            while (true) {
                Map<String, String> headers = new HashMap<>(Map.of("Accept", "text/event-stream"));
                if (moment != null) {
                    headers.put("Last-Event-ID", moment);
                }
                try (InputStream stream = api.stream(url, headers);
                        BufferedReader lines =
                                new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                    String event = "";
                    String id = null;
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        if (line.startsWith("event: ")) {
                            event = line.substring("event: ".length());
                        } else if (line.startsWith("id: ")) {
                            id = line.substring("id: ".length());
                        } else if (line.startsWith("data: ") && !event.equals("end")) {
                            output.out().println(event + " " + line.substring("data: ".length()));
                            output.out().flush();
                            moment = newer(id, moment);
                            id = null;
                            if (--left == 0) {
                                return 0;
                            }
                        }
                    }
                }
                // It ended because the view began again, the node stopped, or the token did; what became different
                // since comes first.
                api.renewToken();
                Thread.sleep(AGAIN_MS);
            }
        }
    }

    private static @Nullable String newer(@Nullable String id, @Nullable String before) {
        return id == null ? before : id;
    }
}
