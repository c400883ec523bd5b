package io.thalweg.cli.local.recorded;

import io.thalweg.cli.api.Api;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** A way to whatever node answers: for what a cluster has in the end. */
@FunctionalInterface
interface Asked {
    /** What is answered, whenever it is. */
    JsonNode ask(HttpRequest.Builder request, String path) throws InterruptedException;

    default JsonNode post(String path, String body) throws InterruptedException {
        return ask(HttpRequest.newBuilder().POST(BodyPublishers.ofString(body)), path);
    }

    /** All payloads of a log that has whatever was acknowledged; those of a key in their order. */
    default void payloads(String log, Consumer<String> to) throws InterruptedException {
        String after = "";
        while (true) {
            JsonNode page = ask(
                    HttpRequest.newBuilder().GET(),
                    "/logs/" + log + "/events?consistency=linearizable&limit=1000" + after);
            if (page.get("events").isEmpty()) {
                return;
            }
            for (JsonNode event : page.get("events")) {
                to.accept(event.get("payload").asString());
            }
            after = "&after=" + page.get("position").asString();
        }
    }

    /** The same of one that has JSON. */
    default List<JsonNode> events(String log) throws InterruptedException {
        List<JsonNode> all = new ArrayList<>();
        payloads(log, payload -> all.add(Api.JSON.readTree(payload)));
        return all;
    }

    /** All pairs of an index: each key, and what stands there. */
    default List<JsonNode> select(String view, String index) throws InterruptedException {
        String path = "/views/" + view + "/indexes/" + index + "/select?consistency=linearizable";
        List<JsonNode> all = new ArrayList<>();
        String page = "";
        while (true) {
            JsonNode found = post(path, "{\"path\":[[\"all\"]],\"limit\":1000" + page + "}");
            found.get("values").forEach(all::add);
            JsonNode next = found.path("next");
            if (!next.isString()) {
                return all;
            }
            page = ",\"page\":\"" + next.asString() + "\"";
        }
    }
}
