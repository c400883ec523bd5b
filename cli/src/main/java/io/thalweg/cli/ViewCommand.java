package io.thalweg.cli;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Views: deploy them, watch them, ask them, and look after those that got stuck. */
@Command(
        name = "view",
        description = "Deploy, watch and query views.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ViewCommand.Deploy.class,
            ViewCommand.ListAll.class,
            ViewCommand.Status.class,
            ViewCommand.Query.class,
            ViewCommand.Pause.class,
            ViewCommand.Resume.class,
            ViewCommand.Retry.class,
            ViewCommand.Skip.class,
            ViewCommand.Activate.class,
            ViewCommand.RollBack.class,
            ViewCommand.Delete.class
        })
final class ViewCommand {
    private ViewCommand() {}

    /** Which view, and how to reach it; what all commands about one view share. */
    static final class Target {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(index = "0", paramLabel = "LOG", description = "Name or id of the log, or ledger:NAME.")
        private String log = "";

        @Parameters(index = "1", paramLabel = "VIEW", description = "Name of the view.")
        private String view = "";

        String path(Api api) throws Exception {
            return "/logs/" + api.logId(log) + "/views/" + Api.escape(view);
        }

        /** Posts to an action of the view, e.g. {@code skip?sequence=7}, and says the sentence when it is done. */
        int act(String action, String sentence) throws Exception {
            try (Api api = access.open()) {
                JsonNode reply = api.post(path(api) + "/" + action, Api.JSON.createObjectNode());
                output.say(sentence, reply);
                return 0;
            }
        }
    }

    @Command(
            name = "deploy",
            description = "Deploy a component as a view, or as a new version of it.",
            mixinStandardHelpOptions = true)
    static final class Deploy implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Parameters(index = "2", paramLabel = "COMPONENT", description = "A WebAssembly component (.wasm).")
        private Path component = Path.of("");

        @Option(names = "--replace", description = "The view exists: deploy this as its next version.")
        private boolean replace;

        @Override
        public Integer call() throws Exception {
            try (Api api = target.access.open()) {
                HttpResponse<byte[]> response = api.send(
                        replace ? "PUT" : "POST",
                        target.path(api),
                        BodyPublishers.ofFile(component),
                        Map.of("Content-Type", "application/octet-stream"));
                JsonNode reply = Api.JSON.readTree(response.body());
                StringBuilder sentence = new StringBuilder("deployed " + target.view);
                if (replace) {
                    sentence.append(" version ").append(reply.path("version").asLong());
                }
                for (JsonNode stub : reply.path("stubbed_imports")) {
                    sentence.append("\nimport ")
                            .append(stub.asString())
                            .append(" is not provided and traps when called");
                }
                target.output.say(sentence.toString(), reply);
                return 0;
            }
        }
    }

    @Command(name = "list", description = "List the views of a log.", mixinStandardHelpOptions = true)
    static final class ListAll implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "LOG", description = "Name or id of the log, or ledger:NAME.")
        private String log = "";

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                output.table(
                        api.get("/logs/" + api.logId(log) + "/views").path("views"),
                        List.of(
                                Column.of("NAME", "view_name"),
                                Column.of("STATE", "state"),
                                Column.of("POSITION", "position"),
                                Column.of("LAG", "lag"),
                                Column.of("VERSION", "active_version")));
                return 0;
            }
        }
    }

    @Command(name = "status", description = "Show how a view is doing.", mixinStandardHelpOptions = true)
    static final class Status implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Override
        public Integer call() throws Exception {
            try (Api api = target.access.open()) {
                target.output.show(
                        api.get(target.path(api)),
                        List.of(
                                Column.of("name", "view_name"),
                                Column.of("state", "state"),
                                Column.of("reason", "reason"),
                                Column.of("parked at", "blocked_at"),
                                Column.of("position", "position"),
                                Column.of("head", "head"),
                                Column.of("lag", "lag"),
                                Column.of("events a second", "events_per_second"),
                                Column.of("version", "active_version"),
                                Column.of("world", "world").inside("versions", "active"),
                                Column.of("snapshot at", "snapshot.sequence").inside("versions", "active"),
                                Column.of("memory, bytes", "memory_bytes").inside("versions", "active"),
                                Column.of("compute, ms", "compute_ms").inside("versions", "active")));
                return 0;
            }
        }
    }

    @Command(
            name = "query",
            description = "Ask a view; prints its answer as it comes.",
            mixinStandardHelpOptions = true)
    static final class Query implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Parameters(
                index = "2",
                arity = "0..1",
                paramLabel = "INPUT",
                description = "What to ask; the view defines its form.")
        private String input = "";

        @Option(names = "--after", paramLabel = "N", description = "The answer must include all events up to N.")
        private @Nullable Long after;

        @Option(names = "--timeout", paramLabel = "MS", description = "How long to wait for that, in milliseconds.")
        private @Nullable Long timeout;

        @Option(names = "--param", paramLabel = "NAME=VALUE", description = "A parameter for the view; may come again.")
        private Map<String, String> parameters = new LinkedHashMap<>();

        @Override
        public Integer call() throws Exception {
            try (Api api = target.access.open()) {
                List<String> query = new ArrayList<>();
                if (after != null) {
                    query.add("after=" + after);
                }
                if (timeout != null) {
                    query.add("timeout=" + timeout);
                }
                parameters.forEach((name, value) -> query.add(Api.escape(name) + "=" + Api.escape(value)));
                HttpResponse<byte[]> response = api.send(
                        "POST",
                        target.path(api) + "/query" + (query.isEmpty() ? "" : "?" + String.join("&", query)),
                        BodyPublishers.ofString(input),
                        Map.of("Content-Type", "application/octet-stream"));
                target.output.out().println(new String(response.body(), StandardCharsets.UTF_8).stripTrailing());
                return 0;
            }
        }
    }

    @Command(name = "pause", description = "Stop following the log for now.", mixinStandardHelpOptions = true)
    static final class Pause implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Override
        public Integer call() throws Exception {
            return target.act("pause", "paused " + target.view);
        }
    }

    @Command(name = "resume", description = "Follow the log again.", mixinStandardHelpOptions = true)
    static final class Resume implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Override
        public Integer call() throws Exception {
            return target.act("resume", "resumed " + target.view);
        }
    }

    @Command(
            name = "retry",
            description = "Try the event again at which a view is parked.",
            mixinStandardHelpOptions = true)
    static final class Retry implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Override
        public Integer call() throws Exception {
            return target.act("retry", "retrying " + target.view);
        }
    }

    @Command(
            name = "skip",
            description = "Pass over the event at which a view is parked; it goes to the dead-letter log.",
            mixinStandardHelpOptions = true)
    static final class Skip implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Option(names = "--sequence", required = true, paramLabel = "N", description = "The event's sequence.")
        private long sequence;

        @Override
        public Integer call() throws Exception {
            return target.act("skip?sequence=" + sequence, "skipped " + sequence + " of " + target.view);
        }
    }

    @Command(name = "activate", description = "Let a version answer from now on.", mixinStandardHelpOptions = true)
    static final class Activate implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Option(names = "--version-number", required = true, paramLabel = "N", description = "The version.")
        private long version;

        @Override
        public Integer call() throws Exception {
            return target.act("activate?version=" + version, "version " + version + " of " + target.view + " answers");
        }
    }

    @Command(name = "rollback", description = "Let the version before answer again.", mixinStandardHelpOptions = true)
    static final class RollBack implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Override
        public Integer call() throws Exception {
            return target.act("rollback", "the version before of " + target.view + " answers again");
        }
    }

    @Command(
            name = "delete",
            description = "Delete a view and its state; the log stays.",
            mixinStandardHelpOptions = true)
    static final class Delete implements Callable<Integer> {
        @Mixin
        private final Target target = new Target();

        @Override
        public Integer call() throws Exception {
            try (Api api = target.access.open()) {
                JsonNode reply = api.delete(target.path(api));
                target.output.say("deleted " + target.view, reply);
                return 0;
            }
        }
    }
}
