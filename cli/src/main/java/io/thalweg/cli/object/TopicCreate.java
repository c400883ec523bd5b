package io.thalweg.cli.object;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "create",
        description = "Make a topic, or add fields and relationships to one that is there.",
        mixinStandardHelpOptions = true)
final class TopicCreate implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Its name.")
    private String topic = "";

    @Parameters(
            index = "1..*",
            paramLabel = "FIELD:TYPE[:MERGE][:indexed]",
            description =
                    "Fields: text, integer, number, boolean, time or bytes; merged by last (the default), all, counter"
                            + " or set.")
    private List<String> fields = new ArrayList<>();

    @Option(names = "--relate", paramLabel = "NAME=TOPIC", description = "A relationship to objects of a topic.")
    private List<String> relationships = new ArrayList<>();

    @Option(names = "--nines", paramLabel = "N", description = "How durable its objects are to be (6).")
    private @Nullable Double nines;

    @Option(
            names = "--history",
            paramLabel = "keep|drop",
            description =
                    "Whether memos that a keyframe stands for are dropped; their ids, and whom they followed, stay.")
    private @Nullable String history;

    @Option(
            names = "--feeds",
            paramLabel = "LOG",
            description = "The log, by name or id, in which each memo of the topic becomes an event; '' ends that.")
    private @Nullable String feeds;

    @Option(
            names = "--follows",
            paramLabel = "LOG",
            description = "The log, by name or id, of which each event becomes a change of an object; '' ends that.")
    private @Nullable String follows;

    @Option(
            names = "--reader",
            paramLabel = "NAME",
            description = "A key or user that may read; may be repeated, and replaces those before. '' lets all read.")
    private @Nullable List<String> readers;

    @Option(
            names = "--writer",
            paramLabel = "NAME",
            description =
                    "A key or user that may write; may be repeated, and replaces those before. '' lets all write.")
    private @Nullable List<String> writers;

    @Override
    public Integer call() throws Exception {
        ObjectNode body = Api.JSON.createObjectNode();
        ObjectNode shown = body.putObject("fields");
        for (String field : fields) {
            String[] parts = field.split(":", -1);
            if (parts.length < 2) {
                throw new Failure("the field " + field + " has no type: say " + field + ":text, for example");
            }
            ObjectNode one = shown.putObject(parts[0]).put("type", parts[1]);
            for (int i = 2; i < parts.length; i++) {
                if (parts[i].equals("indexed")) {
                    one.put("indexed", true);
                } else {
                    one.put("merge", parts[i]);
                }
            }
        }
        if (!relationships.isEmpty()) {
            ObjectNode to = body.putObject("relationships");
            for (String each : relationships) {
                int equals = each.indexOf('=');
                if (equals < 1) {
                    throw new Failure("the relationship " + each + " is no NAME=TOPIC");
                }
                to.put(each.substring(0, equals), each.substring(equals + 1));
            }
        }
        if (nines != null) {
            body.putObject("durability").put("target_nines", nines);
        }
        if (history != null) {
            body.put("history", history);
        }
        if (readers != null || writers != null) {
            ObjectNode rights = body.putObject("rights");
            names(rights, "read", readers);
            names(rights, "write", writers);
        }
        try (Api api = access.open()) {
            log(api, body, "feeds", feeds);
            log(api, body, "follows", follows);
            JsonNode made = api.put("/topics/" + Api.escape(topic), body);
            output.say(
                    "topic " + topic + " has the fields " + made.path("fields").propertyNames(), made);
            return 0;
        }
    }

    private static void names(ObjectNode rights, String right, @Nullable List<String> names) {
        if (names != null) {
            ArrayNode all = rights.putArray(right);
            names.stream().filter(name -> !name.isEmpty()).forEach(all::add);
        }
    }

    private static void log(Api api, ObjectNode body, String way, @Nullable String log)
            throws IOException, InterruptedException {
        if (log != null) {
            body.put(way, log.isEmpty() ? "" : api.logId(log));
        }
    }
}
