package io.thalweg.cli.local.recorded;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** What clients have in common: the nodes that they ask, the seed by which they act, and until when they do. Thread-safe. */
final class Run {
    private static final Duration OVERDUE = Duration.ofMinutes(5);

    private final List<String> nodes;
    private final String apiKey;
    private final long seed;
    private final HttpClient http = HttpClient.newHttpClient();
    private volatile boolean stopping;
    private volatile long stoppedNs;

    Run(List<String> nodes, String apiKey, long seed) {
        this.nodes = List.copyOf(nodes);
        this.apiKey = apiKey;
        this.seed = seed;
    }

    /** URLs, always in the same order. */
    List<String> nodes() {
        return nodes;
    }

    String apiKey() {
        return apiKey;
    }

    HttpClient http() {
        return http;
    }

    /** What one of them decides by: the same of the same seed. */
    Random random(String client) {
        return new Random(seed ^ client.hashCode());
    }

    /** Has everybody end what is under way, and begin nothing. */
    void stop() {
        stoppedNs = System.nanoTime();
        stopping = true;
    }

    boolean isStopping() {
        return stopping;
    }

    /** Whether a healthy cluster had time enough for all that was under way when everybody was to stop. */
    boolean isOverdue() {
        return stopping && System.nanoTime() - stoppedNs > OVERDUE.toNanos();
    }
}
