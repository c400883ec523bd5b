package io.thalweg.cli.local.recorded;

import io.thalweg.cli.api.Api;
import io.thalweg.testkit.history.LogHistory;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Reads a log of one partition, page by page. */
abstract class LogReader extends Client {
    private final String log;
    final LogHistory events;

    LogReader(Run run, String name, String log, LogHistory events) {
        super(run, name);
        this.log = log;
        this.events = events;
    }

    /**
     * Some events.
     *
     * @param head the last that there was
     */
    record Page(List<String> events, long head) {}

    final Optional<Page> read(String query) throws InterruptedException {
        Optional<HttpResponse<String>> answer =
                ask(HttpRequest.newBuilder().GET(), "/logs/" + log + "/events?limit=500&" + query);
        return answer.map(found -> {
            JsonNode page = Api.JSON.readTree(found.body());
            List<String> names = new ArrayList<>();
            page.get("events").forEach(event -> names.add(event.get("payload").asString()));
            return new Page(names, page.get("head").asLong());
        });
    }
}
