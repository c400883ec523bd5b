package io.thalweg.cli.tenant;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Limits that a tenant may be given: a number, or {@code none}. */
final class TenantLimits {
    @Option(names = "--rate", paramLabel = "N", description = "Requests a second, or none for no limit.")
    private @Nullable String rate;

    @Option(names = "--storage-bytes", paramLabel = "N", description = "Bytes of events kept, or none.")
    private @Nullable String storageBytes;

    @Option(names = "--logs", paramLabel = "N", description = "Logs, or none.")
    private @Nullable String logs;

    @Option(names = "--views", paramLabel = "N", description = "Views, or none.")
    private @Nullable String views;

    /** The limits of {@code before}, with what was given in their place. */
    ObjectNode over(JsonNode before) {
        ObjectNode json = before.isObject() ? (ObjectNode) before.deepCopy() : Api.JSON.createObjectNode();
        given().forEach((field, text) -> {
            if (field.equals("requests_per_second")) {
                json.remove("burst"); // it follows the rate
            }
            if (text.equals("none")) {
                json.putNull(field);
            } else {
                json.put(field, number(field, text));
            }
        });
        return json;
    }

    boolean isEmpty() {
        return given().isEmpty();
    }

    private Map<String, String> given() {
        Map<String, String> given = new LinkedHashMap<>();
        put(given, "requests_per_second", rate);
        put(given, "storage_bytes", storageBytes);
        put(given, "max_logs", logs);
        put(given, "max_views", views);
        return given;
    }

    private static void put(Map<String, String> given, String field, @Nullable String text) {
        if (text != null) {
            given.put(field, text);
        }
    }

    private static long number(String field, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new Failure(field + " is " + text + ", expected a number, or none for no limit");
        }
    }
}
