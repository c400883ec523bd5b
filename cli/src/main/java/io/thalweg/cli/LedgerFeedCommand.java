package io.thalweg.cli;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Copies a ledger's change events into a log, for any view to follow. Sequences are the same in both: each batch is appended
 * only where it belongs, so that neither a repetition nor a second copier at work can leave an event out or twice.
 */
@Command(
        name = "feed",
        description =
                "Copy a ledger's change events into a log of their own, which any view can follow. Goes on where it"
                        + " stopped.",
        mixinStandardHelpOptions = true)
final class LedgerFeedCommand implements Callable<Integer> {
    private static final int PAGE = 2000;
    private static final long PAUSE_MS = 200;

    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "LOG", description = "Name or id of the log; nothing else may append to it.")
    private String log = "";

    @Option(names = "--follow", description = "Go on with new events until stopped.")
    private boolean follow;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            String target = "/logs/" + api.logId(log);
            long head = api.get(target + "/stats").path("head_sequence").asLong();
            while (true) {
                HttpResponse<byte[]> events = api.send(
                        "GET",
                        access.path("/events?limit=" + PAGE + "&from=" + (head + 1)),
                        BodyPublishers.noBody(),
                        Map.of("Accept", "application/x-ndjson"));
                if (events.body().length > 0) {
                    api.send(
                            "POST",
                            target + "/append_batch",
                            BodyPublishers.ofByteArray(events.body()),
                            Map.of("Content-Type", "application/x-ndjson", "Expected-Sequence", Long.toString(head)));
                    head = Long.parseLong(events.headers()
                                    .firstValue("Thalweg-Next-Sequence")
                                    .orElseThrow())
                            - 1;
                } else if (follow) {
                    Thread.sleep(PAUSE_MS);
                } else {
                    output.say(
                            "the log has all " + head + " events",
                            Api.JSON.createObjectNode().put("sequence", head));
                    return 0;
                }
            }
        }
    }
}
