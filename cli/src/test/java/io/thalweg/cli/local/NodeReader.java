package io.thalweg.cli.local;

import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/**
 * Reads what a {@link ClusterWriter} wrote at one node, however that one is, in turn where it stands and as of now. The node gives a right answer, or says with 503 why not, or
 * does not answer as long as it is not there; all else is remembered.
 */
final class NodeReader implements Runnable {
    private static final int EVENTS_MAX = 100;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final HttpClient http;
    private final String url;
    private final String key;
    private final ClusterWriter writer;
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final AtomicInteger right = new AtomicInteger();
    private volatile boolean stopping;

    /** @param log the writer's, of one partition, to which nobody else writes */
    NodeReader(HttpClient http, String node, String key, String log, ClusterWriter writer) {
        this.http = http;
        this.url = node + "/logs/" + log + "/events";
        this.key = key;
        this.writer = writer;
    }

    /** Answers that are neither right nor a reason. */
    List<String> wrong() {
        return wrong;
    }

    /** How many answers had events. */
    int right() {
        return right.get();
    }

    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        boolean now = false;
        while (!stopping) {
            now = !now;
            int acknowledged = writer.acknowledged().size();
            int from = Math.max(1, acknowledged - EVENTS_MAX / 2);
            String asked = url + "?limit=" + EVENTS_MAX + "&from=" + from + (now ? "&consistency=linearizable" : "");
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(URI.create(asked))
                                .timeout(Duration.ofSeconds(10))
                                .header("Authorization", "Bearer " + key)
                                .build(),
                        BodyHandlers.ofString());
                if (!isRight(answer, from, now ? acknowledged : 0)) {
                    wrong.add(asked + ", with " + acknowledged + " acknowledged: " + answer.statusCode() + " "
                            + answer.body());
                }
            } catch (IOException e) {
                // It does not run, or takes its time.
            } catch (InterruptedException e) {
                return;
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private boolean isRight(HttpResponse<String> answer, int from, int least) {
        JsonNode said = Api.JSON.readTree(answer.body());
        if (answer.statusCode() == 503) {
            return !said.path("error").asString("").isBlank();
        }
        if (answer.statusCode() != 200) {
            return false;
        }
        int next = from;
        for (JsonNode event : said.path("events")) {
            if (event.path("sequence").asLong() != next
                    || !event.path("payload").asString("").equals(writer.name(next))) {
                return false;
            }
            next++;
        }
        if (next > from) {
            right.incrementAndGet();
        }
        return next > least || next - from == EVENTS_MAX;
    }
}
