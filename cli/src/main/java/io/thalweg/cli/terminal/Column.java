package io.thalweg.cli.terminal;

import java.time.Instant;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** One thing to show of a JSON object, and how. */
public record Column(String title, Function<JsonNode, String> format) {

    /** A field, or a field of a field with a dot between. */
    public static Column of(String title, String field) {
        return new Column(title, object -> {
            JsonNode value = object;
            for (String name : field.split("\\.", -1)) {
                value = value.path(name);
            }
            return plain(value);
        });
    }

    /** The same column of that element of the array {@code list} whose flag is set. */
    public Column inside(String list, String flag) {
        return new Column(title, object -> {
            for (JsonNode element : object.path(list)) {
                if (element.path(flag).asBoolean(false)) {
                    return text(element);
                }
            }
            return "-";
        });
    }

    /** A field that holds seconds since 1970. */
    public static Column time(String title, String field) {
        return new Column(
                title,
                object -> object.path(field).isNumber()
                        ? Instant.ofEpochSecond(object.path(field).asLong()).toString()
                        : plain(object.path(field)));
    }

    public String text(JsonNode object) {
        return format.apply(object);
    }

    private static String plain(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return "-";
        }
        return value.isValueNode() ? value.asString() : value.toString();
    }
}
