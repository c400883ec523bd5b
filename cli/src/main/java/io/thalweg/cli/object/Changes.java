package io.thalweg.cli.object;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What to change of an object, in the words of the command line. */
final class Changes {
    @Option(names = "--set", paramLabel = "FIELD=VALUE", description = "Set a field; JSON, or text.")
    private List<String> set = new ArrayList<>();

    @Option(names = "--unset", paramLabel = "FIELD", description = "Take a field's value away.")
    private List<String> unset = new ArrayList<>();

    @Option(names = "--add", paramLabel = "FIELD=N", description = "Add to a counter.")
    private List<String> add = new ArrayList<>();

    @Option(names = "--insert", paramLabel = "FIELD=VALUE", description = "Insert into a set.")
    private List<String> insert = new ArrayList<>();

    @Option(names = "--remove", paramLabel = "FIELD=VALUE", description = "Remove from a set.")
    private List<String> remove = new ArrayList<>();

    @Option(names = "--relate", paramLabel = "NAME=OBJECT", description = "Relate to an object.")
    private List<String> relate = new ArrayList<>();

    @Option(names = "--unrelate", paramLabel = "NAME", description = "Relate to nothing.")
    private List<String> unrelate = new ArrayList<>();

    @Option(names = "--nines", paramLabel = "N", description = "Wait until the change has so many nines.")
    private @Nullable Integer nines;

    @Option(names = "--timeout", paramLabel = "MS", description = "How long to wait for them (30000).")
    private @Nullable Integer timeoutMs;

    /** The parameters of the request that carries the changes. */
    String query() {
        return (nines == null ? "" : "?durability=" + nines)
                + (timeoutMs == null ? "" : (nines == null ? "?" : "&") + "timeout=" + timeoutMs);
    }

    ObjectNode body() {
        ObjectNode body = Api.JSON.createObjectNode();
        values(body, "set", set);
        values(body, "add", add);
        elements(body, "insert", insert);
        elements(body, "remove", remove);
        values(body, "relate", relate);
        unset.forEach(field -> body.withArrayProperty("unset").add(field));
        unrelate.forEach(field -> body.withArrayProperty("unrelate").add(field));
        return body;
    }

    private static void values(ObjectNode body, String what, List<String> assignments) {
        for (String each : assignments) {
            body.withObjectProperty(what).set(field(each), value(each));
        }
    }

    private static void elements(ObjectNode body, String what, List<String> assignments) {
        for (String each : assignments) {
            body.withObjectProperty(what).withArrayProperty(field(each)).add(value(each));
        }
    }

    private static String field(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new Failure("'" + assignment + "' is no FIELD=VALUE");
        }
        return assignment.substring(0, equals);
    }

    /** What is JSON is taken as such; anything else is text, so that names need no quotes. */
    private static JsonNode value(String assignment) {
        String text = assignment.substring(assignment.indexOf('=') + 1);
        try {
            return Api.JSON.readTree(text);
        } catch (JacksonException e) {
            return Api.JSON.getNodeFactory().stringNode(text);
        }
    }
}
