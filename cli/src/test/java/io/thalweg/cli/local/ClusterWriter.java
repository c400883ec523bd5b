package io.thalweg.cli.local;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Appends events that say who wrote them and which, one after the other, each until it is acknowledged: what fails or is refused for
 * the moment goes to the next node, under the same idempotency key. What was acknowledged is remembered.
 */
final class ClusterWriter implements Runnable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient http;
    private final List<String> nodes;
    private final String key;
    private final String log;
    private final String name;
    private int at;
    private volatile boolean stopping;
    private volatile @Nullable AssertionError refused;
    private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();

    /** @param first the node that it begins with */
    ClusterWriter(HttpClient http, List<String> nodes, String key, String log, int first) {
        this.http = http;
        this.nodes = nodes;
        this.key = key;
        this.log = log;
        this.name = "w" + first;
        this.at = first;
    }

    /** Sequences of acknowledged events by what they say; fails once it was refused something that no repeat cures. */
    Map<String, Long> acknowledged() {
        AssertionError why = refused;
        if (why != null) {
            throw new IllegalStateException("the writer has ended", why);
        }
        return acknowledged;
    }

    /** What its event of a number says; its first is number 1. */
    String name(int number) {
        return name + "-" + number;
    }

    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        for (int number = 1; !stopping; number++) {
            append(name(number));
        }
    }

    private void append(String payload) {
        HttpRequest.Builder request = HttpRequest.newBuilder()
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "text/plain")
                .header("Idempotency-Key", payload)
                .POST(BodyPublishers.ofString(payload));
        while (!stopping) {
            try {
                HttpResponse<String> response = http.send(
                        request.uri(URI.create(nodes.get(at) + "/logs/" + log + "/append"))
                                .build(),
                        BodyHandlers.ofString());
                if (response.statusCode() == 200 || response.statusCode() == 201) {
                    acknowledged.put(
                            payload,
                            JSON.readTree(response.body()).get("sequence").asLong());
                    return;
                }
                if (response.statusCode() < 500) {
                    refused = new AssertionError(
                            nodes.get(at) + " says " + response.statusCode() + " " + response.body());
                    stopping = true;
                    return;
                }
            } catch (IOException e) {
                // The node is gone, or going: the next one knows.
            } catch (InterruptedException e) {
                return;
            }
            at = (at + 1) % nodes.size();
        }
    }
}
