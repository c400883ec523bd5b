package io.thalweg.cli;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Logs: create, fill, read and follow them. */
@Command(
        name = "log",
        description = "Create, fill, read and follow logs.",
        mixinStandardHelpOptions = true,
        subcommands = {
            LogCommand.Create.class,
            LogCommand.ListAll.class,
            LogCommand.Append.class,
            LogCommand.Read.class,
            LogCommand.Tail.class,
            LogCommand.Stats.class,
            LogCommand.Retain.class,
            LogCommand.Delete.class
        })
final class LogCommand {
    private LogCommand() {}

    @Command(name = "create", description = "Create a log.", mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "NAME", description = "Name, unique among your logs.")
        private String name = "";

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                JsonNode created = api.post("/logs", Api.JSON.createObjectNode().put("name", name));
                output.say("created " + name + "  " + created.path("log_id").asString(), created);
                return 0;
            }
        }
    }

    @Command(name = "list", description = "List your logs.", mixinStandardHelpOptions = true)
    static final class ListAll implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Option(names = "--all", description = "Also the platform's own logs, whose names begin with $.")
        private boolean all;

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                ArrayNode shown = Api.JSON.createArrayNode();
                for (JsonNode log : api.get("/logs").path("logs")) {
                    if (all || !log.path("log_name").asString().startsWith("$")) {
                        shown.add(log);
                    }
                }
                output.table(shown, List.of(Column.of("NAME", "log_name"), Column.of("ID", "log_id")));
                return 0;
            }
        }
    }

    @Command(
            name = "append",
            description = "Append events from a file or standard input; .gz is unpacked on the way.",
            mixinStandardHelpOptions = true)
    static final class Append implements Callable<Integer> {
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

        @Option(names = "--key", paramLabel = "KEY", description = "Key of a single event.")
        private @Nullable String key;

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

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open();
                    Input input = Input.open(file)) {
                String path = "/logs/" + api.logId(log);
                return lines ? appendLines(api, path, input) : appendWhole(api, path, input);
            }
        }

        private int appendWhole(Api api, String path, Input input) throws Exception {
            Map<String, String> headers = headers(idempotencyKey);
            headers.put("Content-Type", contentType);
            if (key != null) {
                headers.put("Thalweg-Key", key);
            }
            JsonNode reply = Api.JSON.readTree(api.send(
                            "POST",
                            path + "/append",
                            BodyPublishers.ofByteArray(input.stream().readAllBytes()),
                            headers)
                    .body());
            output.say("appended as sequence " + reply.path("sequence").asLong(), reply);
            return 0;
        }

        private int appendLines(Api api, String path, Input input) throws Exception {
            LineBatches batches = new LineBatches(input.stream());
            long events = 0;
            long last = 0;
            Long expected = expectedSequence;
            try (Progress progress = Progress.of("appending", input.bytes(), output.isJson())) {
                for (byte[] batch = batches.next(); batch.length > 0; batch = batches.next()) {
                    Map<String, String> headers = headers(idempotencyKey + ":" + batches.number());
                    headers.put("Content-Type", contentType);
                    if (expected != null) {
                        headers.put("Expected-Sequence", expected.toString());
                    }
                    JsonNode reply = Api.JSON.readTree(api.send(
                                    "POST",
                                    path + "/append_batch?delimiter=%0A",
                                    BodyPublishers.ofByteArray(batch),
                                    headers)
                            .body());
                    JsonNode sequences = reply.path("sequences");
                    events += sequences.size();
                    last = sequences.path(sequences.size() - 1).asLong();
                    expected = expected == null ? null : Long.valueOf(last);
                    progress.at(input.position());
                }
            }
            output.say(
                    "appended " + events + " events, the newest is sequence " + last,
                    Api.JSON.createObjectNode().put("events", events).put("sequence", last));
            return 0;
        }

        private Map<String, String> headers(String idempotency) {
            Map<String, String> headers = new HashMap<>();
            headers.put("Idempotency-Key", idempotency);
            if (expectedSequence != null && !lines) {
                headers.put("Expected-Sequence", expectedSequence.toString());
            }
            return headers;
        }
    }

    @Command(name = "read", description = "Print events of a log.", mixinStandardHelpOptions = true)
    static final class Read implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "LOG", description = "Name or id of the log.")
        private String log = "";

        @Option(names = "--from", paramLabel = "N", description = "First sequence (default: ${DEFAULT-VALUE}).")
        private long from = 1;

        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "At most so many events (default: ${DEFAULT-VALUE}).")
        private int limit = 100;

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                JsonNode page = api.get("/logs/" + api.logId(log) + "/events?from=" + from + "&limit=" + limit);
                EventPrinter printer = new EventPrinter(output);
                page.path("events").forEach(printer::print);
                return 0;
            }
        }
    }

    @Command(
            name = "tail",
            description = "Print events as they come, until interrupted.",
            mixinStandardHelpOptions = true)
    static final class Tail implements Callable<Integer> {
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
                        BufferedReader reader =
                                new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
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

    @Command(name = "stats", description = "Show how much a log holds.", mixinStandardHelpOptions = true)
    static final class Stats implements Callable<Integer> {
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

    @Command(
            name = "retain",
            description = "Say how long, or how much of, a log is kept; without options everything is.",
            mixinStandardHelpOptions = true)
    static final class Retain implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "LOG", description = "Name or id of the log.")
        private String log = "";

        @Option(names = "--seconds", paramLabel = "N", description = "Drop events older than this.")
        private @Nullable Long seconds;

        @Option(names = "--bytes", paramLabel = "N", description = "Drop the oldest events beyond this size.")
        private @Nullable Long bytes;

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                ObjectNode change = Api.JSON.createObjectNode();
                change.putObject("retention").put("max_age_seconds", seconds).put("max_bytes", bytes);
                JsonNode reply = api.patch("/logs/" + api.logId(log), change);
                output.say("changed what is kept of " + log, reply);
                return 0;
            }
        }
    }

    @Command(
            name = "delete",
            description = "Delete a log with all its events and views.",
            mixinStandardHelpOptions = true)
    static final class Delete implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "LOG", description = "Name or id of the log.")
        private String log = "";

        @Option(names = "--yes", description = "Yes, I mean it: there is no way back.")
        private boolean yes;

        @Override
        public Integer call() throws Exception {
            if (!yes) {
                throw new Failure("there is no way back from deleting; if you mean it, add --yes");
            }
            try (Api api = access.open()) {
                JsonNode reply = api.delete("/logs/" + api.logId(log));
                output.say("deleted " + log, reply);
                return 0;
            }
        }
    }
}
