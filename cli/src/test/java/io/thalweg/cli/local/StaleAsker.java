package io.thalweg.cli.local;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Asks a view at one node after the other, without a pause and for whatever the node knows, and remembers what was no answer. */
final class StaleAsker implements Runnable {
    private final HttpClient http;
    private final String key;
    private final String view;
    private final Set<String> nodes; // guarded by this
    private final List<String> failures = new ArrayList<>(); // guarded by this
    private long answers; // guarded by this
    private volatile boolean stopping;

    /** @param view its path */
    StaleAsker(HttpClient http, List<String> nodes, String key, String view) {
        this.http = http;
        this.nodes = new HashSet<>(nodes);
        this.key = key;
        this.view = view;
    }

    /** Asks a node no more; none is being asked when this returns. */
    synchronized void leave(String node) {
        nodes.remove(node);
    }

    synchronized void join(String node) {
        nodes.add(node);
    }

    synchronized long answers() {
        return answers;
    }

    synchronized List<String> failures() {
        return List.copyOf(failures);
    }

    void stop() {
        stopping = true;
    }

    /** What a node says; a text that begins with 200 is an answer. */
    String ask(String node) throws InterruptedException {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(node + view + "/query"))
                            .timeout(Duration.ofSeconds(30))
                            .header("Authorization", "Bearer " + key)
                            .POST(BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            return answer.statusCode() + " " + answer.body();
        } catch (IOException e) {
            return "no answer: " + e;
        }
    }

    @Override
    public void run() {
        try {
            while (!stopping) {
                round();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void round() throws InterruptedException {
        for (String node : nodes) {
            String answer = ask(node);
            if (answer.startsWith("200 ")) {
                answers++;
            } else {
                failures.add(node + ": " + answer);
            }
        }
    }
}
