package io.thalweg.cli.local.recorded;

import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One client on a thread of its own, which asks whichever node chance says. */
abstract class Client {
    /** How long it asks for one thing before it leaves the outcome open. */
    static final Duration STUBBORN = Duration.ofSeconds(60);

    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final long LOOK_AGAIN_MS = 50;

    final Run run;
    final String name;
    final Random random;
    final AtomicLong done = new AtomicLong();
    private final Thread thread;
    private volatile @Nullable Throwable failure;

    Client(Run run, String name) {
        this.run = run;
        this.name = name;
        this.random = run.random(name);
        this.thread = Thread.ofPlatform().name(name).unstarted(this::live);
    }

    private void live() {
        try {
            while (!run.isStopping()) {
                act();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    /** Does one thing, which may take a while. */
    abstract void act() throws InterruptedException;

    final void start() {
        thread.start();
    }

    /** Waits for what is under way, when all are to stop. */
    final void end() throws InterruptedException {
        thread.join();
        giveBack();
    }

    /** Ends what it has open beside its thread. */
    void giveBack() {}

    /** How much it has done; throws what it met that is no fault of nodes. */
    final long progress() {
        if (failure != null) {
            throw new AssertionError(name + " gave up", failure);
        }
        return done.get();
    }

    /** Whether everybody waits for it behind each fault. */
    boolean isHasty() {
        return true;
    }

    /** Whether a reply with this status tells what became of what was asked for. */
    boolean isAnswer(int status) {
        return status < 300;
    }

    /** The answer of some node that has one; empty when this one has none at the moment. */
    final Optional<HttpResponse<String>> ask(HttpRequest.Builder request, String path) throws InterruptedException {
        return ask(run.nodes().get(random.nextInt(run.nodes().size())), request, path);
    }

    /** The same of one node. */
    final Optional<HttpResponse<String>> ask(String node, HttpRequest.Builder request, String path)
            throws InterruptedException {
        try {
            HttpResponse<String> answer = run.http()
                    .send(
                            request.uri(URI.create(node + path))
                                    .timeout(ANSWER)
                                    .setHeader("Authorization", "Bearer " + run.apiKey())
                                    .build(),
                            BodyHandlers.ofString());
            if (isAnswer(answer.statusCode())) {
                return Optional.of(answer);
            }
            if (answer.statusCode() < 500 && answer.statusCode() != 429) {
                throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
            }
        } catch (IOException e) {
            // It is gone, or it goes: nobody knows what became of what it was asked for.
        }
        Thread.sleep(LOOK_AGAIN_MS);
        return Optional.empty();
    }

    /** What some node answers, whenever that is: for what there is in the end. */
    final JsonNode insist(HttpRequest.Builder request, String path) throws InterruptedException {
        while (!run.isOverdue()) {
            Optional<HttpResponse<String>> answer = ask(request, path);
            if (answer.isPresent()) {
                return Api.JSON.readTree(answer.get().body());
            }
        }
        throw new AssertionError(path + " is not answered long after the last fault");
    }

    /** Appends under an idempotency key until that is answered; empty when it is not for long. */
    final Optional<Long> append(String to, String event, String key) throws InterruptedException {
        return appendWith("/logs/" + to + "/append", event, "Idempotency-Key", key);
    }

    /** The same under more headers than that key. */
    final Optional<Long> appendWith(String path, String event, String... headers) throws InterruptedException {
        long untilNs = System.nanoTime() + STUBBORN.toNanos();
        while (System.nanoTime() < untilNs) {
            HttpRequest.Builder request = HttpRequest.newBuilder()
                    .header("Content-Type", "text/plain")
                    .headers(headers)
                    .POST(BodyPublishers.ofString(event));
            Optional<HttpResponse<String>> answer = ask(request, path);
            if (answer.isPresent()) {
                return Optional.of(
                        Api.JSON.readTree(answer.get().body()).get("sequence").asLong());
            }
        }
        return Optional.empty();
    }
}
