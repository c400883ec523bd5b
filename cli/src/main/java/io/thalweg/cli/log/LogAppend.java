package io.thalweg.cli.log;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Input;
import io.thalweg.cli.terminal.LineBatches;
import io.thalweg.cli.terminal.OneOrMore;
import io.thalweg.cli.terminal.Output;
import io.thalweg.cli.terminal.Progress;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
        name = "append",
        description = "Append events from a file or standard input; .gz is unpacked on the way.",
        mixinStandardHelpOptions = true)
final class LogAppend implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "LOG", description = "Name or id of the log.")
    private String log = "";

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            arity = "0..1",
            description = "What to append (default: standard input).")
    private @Nullable String file;

    @Option(names = "--lines", description = "Each line is an event (otherwise the whole input is one).")
    private boolean lines;

    @Option(
            names = "--content-type",
            paramLabel = "TYPE",
            description = "Media type of each event (default: application/octet-stream).")
    private String contentType = "application/octet-stream";

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "What the events are about; it decides on the partition.")
    private @Nullable String key;

    @Option(names = "--partition", paramLabel = "P", description = "The partition, whatever the key says.")
    private @Nullable Integer partition;

    @Option(
            names = "--producer",
            paramLabel = "NAME/EPOCH",
            description = "Number the append as this producer's; a repetition is recognised for ever.")
    private @Nullable String producer;

    @Option(
            names = "--number",
            paramLabel = "N",
            description = "Number of the append; that of the first batch with --lines.")
    private @Nullable Long number;

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "Makes repeating this very command harmless (default: a fresh one).")
    private String idempotencyKey = UUID.randomUUID().toString();

    @Option(
            names = "--expected-sequence",
            paramLabel = "N",
            description = "Append only if the log's newest sequence is N.")
    private @Nullable Long expectedSequence;

    @Option(
            names = "--from-line",
            paramLabel = "N",
            description = "With --lines: begin with this line, as a command that failed on the way says.",
            converter = OneOrMore.class)
    private @Nullable Long fromLine;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if ((producer == null) != (number == null)) {
            throw new Failure("--producer and --number go together: the number is what tells a repetition");
        }
        if (fromLine != null && !lines) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--from-line goes with --lines: otherwise the whole input is one event",
                    spec.findOption("--from-line"),
                    fromLine.toString());
        }
        try (Api api = access.open();
                Input input = Input.open(file)) {
            String path = "/logs/" + api.logId(log);
            return lines ? appendLines(api, path, input) : appendWhole(api, path, input);
        }
    }

    private int appendWhole(Api api, String path, Input input) throws Exception {
        Map<String, String> headers = headers(idempotencyKey, number == null ? 0 : number);
        headers.put("Content-Type", contentType);
        JsonNode reply = Api.JSON.readTree(api.send(
                        "POST",
                        path + "/append" + (partition == null ? "" : "?partition=" + partition),
                        BodyPublishers.ofByteArray(input.stream().readAllBytes()),
                        headers)
                .body());
        output.say("appended as sequence " + reply.path("sequence").asLong(), reply);
        return 0;
    }

    private int appendLines(Api api, String path, Input input) throws Exception {
        LineBatches batches = new LineBatches(input.stream(), fromLine == null ? 1 : fromLine);
        long events = 0;
        long last = 0;
        long next = number == null ? 0 : number;
        Long expected = expectedSequence;
        try (Progress progress = Progress.of("appending", input.bytes(), output.isJson())) {
            for (byte[] batch = batches.next(); batch.length > 0; batch = batches.next()) {
                Map<String, String> headers = headers(idempotencyKey + ":" + batches.firstOfBatch(), next++);
                headers.put("Content-Type", contentType);
                if (expected != null) {
                    headers.put("Expected-Sequence", expected.toString());
                }
                JsonNode reply;
                try {
                    reply = Api.JSON.readTree(api.send(
                                    "POST",
                                    path + "/append_batch?delimiter=%0A"
                                            + (partition == null ? "" : "&partition=" + partition),
                                    BodyPublishers.ofByteArray(batch),
                                    headers)
                            .body());
                } catch (IOException | Failure e) {
                    throw new Failure(
                            Failure.describe(e) + "\n" + howToGoOn(events, last, batches.firstOfBatch(), next - 1));
                }
                JsonNode sequences = reply.path("sequences");
                events += sequences.size();
                last = sequences.path(sequences.size() - 1).asLong();
                expected = expected == null ? null : Long.valueOf(last);
                progress.at(input.position());
            }
        }
        output.say(
                "appended " + events + " events" + (events == 0 ? "" : ", the newest is sequence " + last),
                Api.JSON.createObjectNode().put("events", events).put("sequence", last));
        return 0;
    }

    /** What a command that failed on the way leaves to do: the batch at which it stopped may be there or not, and its key decides. */
    private String howToGoOn(long events, long last, long line, long numbered) {
        String before = events == 0
                ? "nothing was acknowledged before"
                : events + " events were acknowledged before, the newest is sequence " + last;
        return before + "; to go on, repeat the command with --from-line " + line
                + (producer == null ? " --idempotency-key " + idempotencyKey : " --number " + numbered);
    }

    private Map<String, String> headers(String idempotency, long numbered) {
        Map<String, String> headers = new HashMap<>();
        if (producer == null) {
            headers.put("Idempotency-Key", idempotency);
        } else {
            headers.put("Thalweg-Producer", producer);
            headers.put("Thalweg-Number", Long.toString(numbered));
        }
        if (key != null) {
            headers.put("Thalweg-Key", key);
        }
        if (expectedSequence != null && !lines) {
            headers.put("Expected-Sequence", expectedSequence.toString());
        }
        return headers;
    }
}
