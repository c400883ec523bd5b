package io.thalweg.cli.view;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "repair",
        description = "Retry, edit or leave out all events at which a view in Java is parked that a filter fits.",
        mixinStandardHelpOptions = true)
final class ViewRepair implements Callable<Integer> {
    /** Most characters of a reason in a table. */
    private static final int SHOWN_MAX = 60;

    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "VIEW", description = "Name of the view.")
    private String view = "";

    @Parameters(index = "1", paramLabel = "ACTION", description = "retry, skip (for ever), or edit (with --payload).")
    private String action = "";

    @Option(
            names = "--version-number",
            paramLabel = "N",
            description =
                    "What is parked of this version of a view in Java, which may stand beside the one that answers.")
    private @Nullable Integer version;

    @Option(names = "--partition", paramLabel = "P", description = "Only what is parked in this partition.")
    private @Nullable Integer partition;

    @Option(names = "--stream", paramLabel = "STREAM", description = "Only this stream, as view status names it.")
    private @Nullable String stream;

    @Option(names = "--sequence", paramLabel = "N", description = "Only the event of this sequence.")
    private @Nullable Long sequence;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Only what failed with this in its reason.")
    private @Nullable String reason;

    @Option(
            names = "--payload",
            paramLabel = "FILE",
            description = "For edit: what the handler gets in the place of the event, which stays as it is in its log.")
    private @Nullable Path payload;

    @Override
    public Integer call() throws Exception {
        if (action.equals("edit") != (payload != null)) {
            throw new Failure("--payload goes with edit, and edit needs one");
        }
        ObjectNode body = Api.JSON.createObjectNode().put("action", action);
        if (version != null) {
            body.put("version", version);
        }
        if (partition != null) {
            body.put("partition", partition);
        }
        if (stream != null) {
            body.put("stream", stream);
        }
        if (sequence != null) {
            body.put("sequence", sequence);
        }
        if (reason != null) {
            body.put("reason", reason);
        }
        if (payload != null) {
            body.put("payload", Base64.getEncoder().encodeToString(Files.readAllBytes(payload)));
            body.put("encoding", "base64");
        }
        try (Api api = access.open()) {
            JsonNode reply = api.post("/views/" + Api.escape(view) + "/repair", body);
            JsonNode repaired = reply.path("repaired");
            output.say(repaired.size() + " parked events", reply);
            output.note(
                    repaired,
                    List.of(
                            Column.of("PARTITION", "partition"),
                            Column.of("STREAM", "stream"),
                            Column.of("SEQUENCE", "sequence"),
                            Column.of("OUTCOME", "outcome"),
                            new Column("REASON", ViewRepair::reason)));
            return 0;
        }
    }

    private static String reason(JsonNode event) {
        String reason = Column.of("REASON", "reason").text(event);
        return reason.length() <= SHOWN_MAX ? reason : reason.substring(0, SHOWN_MAX) + "…";
    }
}
