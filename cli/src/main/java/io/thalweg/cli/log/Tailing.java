package io.thalweg.cli.log;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Follows a log by server-sent events for as long as it takes. A stream that ends, because its token did, because the node stopped or
 * because a proxy had enough, is opened again behind the last event, with a token of its own. One that ends twice without an event
 * between has a reason that does not pass, which the node tells in its {@code end} event.
 */
final class Tailing {
    private final Api api;
    private final String path;
    private final Map<String, String> query;
    private final Predicate<JsonNode> taker;
    private @Nullable String lastId;

    /**
     * @param path the log's path, to which {@code /tail} is added
     * @param query parameters; where to begin ({@code from}, {@code after}) counts until the first event
     * @param taker takes an event, and says whether it wants more
     */
    Tailing(Api api, String path, Map<String, String> query, Predicate<JsonNode> taker) {
        this.api = api;
        this.path = path;
        this.query = Map.copyOf(query);
        this.taker = taker;
    }

    /** Returns when the taker has had enough. */
    void run() throws IOException, InterruptedException {
        boolean endedBefore = false;
        while (true) {
            String before = lastId;
            String end = follow();
            if (end == null) {
                return;
            }
            boolean progress = lastId != null && !lastId.equals(before);
            if (endedBefore && !progress) {
                throw new Failure(end);
            }
            endedBefore = !progress;
            api.renewToken();
        }
    }

    /** One stream to its end: null when the taker has had enough, otherwise why it ended. */
    private @Nullable String follow() throws IOException, InterruptedException {
        Map<String, String> headers = new HashMap<>(Map.of("Accept", "text/event-stream"));
        if (lastId != null) {
            headers.put("Last-Event-ID", lastId);
        }
        Map<String, String> asked = new TreeMap<>(query);
        if (lastId != null) {
            asked.keySet().removeAll(Set.of("from", "after"));
        }
        String parameters = asked.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .collect(Collectors.joining("&", asked.isEmpty() ? "" : "?", ""));
        try (InputStream stream = api.stream(path + "/tail" + parameters, headers);
                BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            String id = lastId;
            String type = "";
            String data = "";
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("id:")) {
                    id = line.substring("id:".length()).strip();
                } else if (line.startsWith("event:")) {
                    type = line.substring("event:".length()).strip();
                } else if (line.startsWith("data:")) {
                    data += line.substring("data:".length());
                } else if (line.isEmpty() && !data.isEmpty()) {
                    if (type.equals("end")) {
                        return "the stream ended: "
                                + Api.JSON.readTree(data).path("reason").asString("no reason was given");
                    }
                    if (type.isEmpty()) {
                        lastId = id;
                        if (!taker.test(Api.JSON.readTree(data))) {
                            return null;
                        }
                    }
                    type = "";
                    data = "";
                }
            }
            return "the stream ended without a word";
        }
    }
}
