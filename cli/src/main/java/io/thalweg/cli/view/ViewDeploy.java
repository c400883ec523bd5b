package io.thalweg.cli.view;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "deploy",
        description = "Deploy a component as a view, or as a new version of it.",
        mixinStandardHelpOptions = true)
final class ViewDeploy implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(
            arity = "1..3",
            paramLabel = "FILE",
            description = "LOG VIEW COMPONENT, a WebAssembly component (.wasm); or a jar alone, with --class.")
    private List<String> words = List.of();

    @Option(names = "--class", paramLabel = "CLASS", description = "The class in the jar that is the view.")
    private @Nullable String className;

    @Option(
            names = "--name",
            paramLabel = "VIEW",
            description = "Name of the view in Java (default: its class, in small letters).")
    private @Nullable String name;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Partitions of a view in Java and its new logs; with --replay also of a next version.")
    private @Nullable Integer partitions;

    @Option(
            names = "--dry-run",
            paramLabel = "N",
            arity = "0..1",
            fallbackValue = "1000",
            description =
                    "Deploy nothing: process the view's newest N events (1000 unless said) of each stream by the jar"
                            + " and by the version of today, and show which answers and index entries would differ.")
    private @Nullable Integer dryRun;

    @Mixin
    private final Replay replay = new Replay();

    @Option(
            names = "--rolling",
            description = "A next version comes to one partition after the other, on the indexes that there are, and no"
                    + " further than it gets through.")
    private boolean rolling;

    @Option(
            names = "--migrate",
            description = "The view goes on while a copy of its indexes is made beside it, which this version reads and"
                    + " goes on from; it takes over when it is where the view is.")
    private boolean migrate;

    @Option(names = "--replace", description = "The view exists: deploy this as its next version.")
    private boolean replace;

    @Override
    public Integer call() throws Exception {
        String named = className;
        if (named != null && words.size() == 1) {
            return deployJava(named, Path.of(words.getFirst()));
        }
        if (named != null || words.size() != 3) {
            throw new Failure("give LOG VIEW COMPONENT.wasm, or FILE.jar --class CLASS");
        }
        String view = words.get(1);
        try (Api api = access.open()) {
            HttpResponse<byte[]> response = api.send(
                    replace ? "PUT" : "POST",
                    "/logs/" + api.logId(words.getFirst()) + "/views/" + Api.escape(view),
                    BodyPublishers.ofFile(Path.of(words.getLast())),
                    Map.of("Content-Type", "application/octet-stream"));
            JsonNode reply = Api.JSON.readTree(response.body());
            StringBuilder sentence = new StringBuilder("deployed " + view);
            if (replace) {
                sentence.append(" version ").append(reply.path("version").asLong());
            }
            if (reply.path("version").asLong() > 1) {
                sentence.append("; it takes over when it has caught up, see thalweg view status");
            }
            for (JsonNode stub : reply.path("stubbed_imports")) {
                sentence.append("\nimport ").append(stub.asString()).append(" is not provided and traps when called");
            }
            output.say(sentence.toString(), reply);
            return 0;
        }
    }

    private int deployJava(String className, Path jar) throws Exception {
        String view = name == null
                ? className.substring(className.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)
                : name;
        if ((rolling ? 1 : 0) + (migrate ? 1 : 0) + (replay.isWanted() ? 1 : 0) > 1) {
            throw new Failure(
                    "--rolling is on the indexes that there are, --migrate on a copy of them, and --replay makes"
                            + " others: give one of them");
        }
        if (dryRun != null) {
            return rehearse(view, className, jar, dryRun);
        }
        try (Api api = access.open()) {
            HttpResponse<byte[]> response = api.send(
                    "PUT",
                    "/views/" + Api.escape(view) + "?class=" + Api.escape(className)
                            + (partitions == null ? "" : "&partitions=" + partitions)
                            + (rolling
                                    ? "&way=rolling"
                                    : migrate ? "&way=migrate" : replay.isWanted() ? "&" + replay.way() : ""),
                    BodyPublishers.ofFile(jar),
                    Map.of("Content-Type", "application/java-archive"));
            JsonNode reply = Api.JSON.readTree(response.body());
            long candidate = reply.path("candidate_version").asLong(0);
            output.say(
                    candidate == 0
                            ? "deployed " + view + " version "
                                    + reply.path("active_version").asLong()
                            : "deployed " + view + " version " + candidate + " beside version "
                                    + reply.path("active_version").asLong()
                                    + "; it takes over by itself, see thalweg view status " + view,
                    reply);
            return 0;
        }
    }

    private int rehearse(String view, String className, Path jar, int events) throws Exception {
        try (Api api = access.open()) {
            HttpResponse<byte[]> response = api.send(
                    "POST",
                    "/views/" + Api.escape(view) + "/rehearse?class=" + Api.escape(className) + "&events=" + events,
                    BodyPublishers.ofFile(jar),
                    Map.of("Content-Type", "application/java-archive"));
            JsonNode reply = Api.JSON.readTree(response.body());
            List<String> leftOut = new ArrayList<>();
            reply.path("left_out").forEach(each -> leftOut.add(each.asString()));
            int differences = 0;
            for (String kind : List.of("answers", "entries", "emitted", "failures")) {
                differences += reply.path(kind).size();
            }
            output.say(
                    differences + " differences in " + reply.path("events").asLong() + " events"
                            + (leftOut.isEmpty() ? "" : ", and maybe more: " + String.join("; ", leftOut)),
                    reply);
            for (String kind : List.of("answers", "entries", "emitted", "failures")) {
                output.note(
                        reply.path(kind),
                        List.of(
                                Column.of(kind.toUpperCase(Locale.ROOT), "what"),
                                Column.of("TODAY", "before"),
                                Column.of("WITH THE JAR", "after")));
            }
            return 0;
        }
    }
}
