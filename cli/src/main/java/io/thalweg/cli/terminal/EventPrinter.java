package io.thalweg.cli.terminal;

import tools.jackson.databind.JsonNode;

/** Prints events as the API gives them in JSON: one a line. */
public final class EventPrinter {
    private final Output output;

    public EventPrinter(Output output) {
        this.output = output;
    }

    public void print(JsonNode event) {
        if (output.isJson()) {
            output.out().println(event);
            return;
        }
        output.out()
                .println((event.has("partition") ? event.path("partition").asInt() + "/" : "")
                        + event.path("sequence").asLong() + "  "
                        + event.path("time").asString("") + "  " + payload(event));
    }

    private static String payload(JsonNode event) {
        JsonNode payload = event.path("payload");
        return payload.isString() ? payload.asString() : payload.toString();
    }
}
