package io.thalweg.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.function.LongFunction;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Calls that change nothing, so that nobody minds how often they are made: one that is not answered, or is refused for a reason that passes, is made
 * again until its time is over, at the next node where the one asked is of no use. Thread-safe.
 */
final class Reads {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long AGAIN_MS = 50;
    private static final long AGAIN_MS_MAX = 2_000;
    private static final long ATTEMPT_NS_MIN = 1_000_000_000L;

    /** What another node may answer that this one does not. */
    private static final Set<String> OF_THE_NODE = Set.of("unavailable", "not_leader", "outcome_unknown");

    /** What the same node may answer later. */
    private static final Set<String> OF_THE_HOUR = Set.of("overloaded", "rate_limited");

    /** What somebody between here and the node says in its place. */
    private static final Set<Integer> OF_THE_WAY = Set.of(429, 502, 503, 504);

    private final HttpClient http;
    private final NodeAddresses nodes;
    private final String bearer;

    Reads(HttpClient http, NodeAddresses nodes, String bearer) {
        this.http = http;
        this.nodes = nodes;
        this.bearer = bearer;
    }

    /**
     * Makes a call until it has an answer. Of several nodes one that hangs takes half of the time that is left.
     */
    HttpResponse<byte[]> ask(String method, String path, byte[] body, Duration timeout) throws InterruptedException {
        return ask(method, leftMs -> path, body, timeout, nodes.count() > 1);
    }

    /**
     * The same for a call that the node itself ends in time, each attempt of which gets all the time that is left.
     *
     * @param path of the call when so many milliseconds are left for it
     * @throws LogException when it is refused for good, or when its time is over, with what was wrong the last time
     */
    HttpResponse<byte[]> ask(String method, LongFunction<String> path, byte[] body, Duration timeout)
            throws InterruptedException {
        return ask(method, path, body, timeout, false);
    }

    private HttpResponse<byte[]> ask(
            String method, LongFunction<String> path, byte[] body, Duration timeout, boolean halves)
            throws InterruptedException {
        long leftNs = timeout.toNanos();
        long endNs = System.nanoTime() + leftNs;
        long pauseMs = AGAIN_MS;
        int strangers = 0;
        for (int asked = 1; ; asked++) {
            String base = nodes.current();
            long attemptNs = halves ? Math.min(leftNs, Math.max(ATTEMPT_NS_MIN, leftNs / 2)) : leftNs;
            LogException trouble;
            try {
                HttpResponse<byte[]> response = http.send(
                        request(base + path.apply(leftNs / 1_000_000), attemptNs)
                                .method(
                                        method,
                                        body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
                                .build(),
                        BodyHandlers.ofByteArray());
                if (response.statusCode() / 100 == 2) {
                    return response;
                }
                trouble = refusal(response.statusCode(), new String(response.body(), StandardCharsets.UTF_8));
                // A node that is new, or behind, may not know yet what the others know.
                boolean isStranger = response.statusCode() == 404 && ++strangers < nodes.count();
                if (!isStranger && !isPassing(response.statusCode(), trouble)) {
                    throw trouble;
                }
                if (!OF_THE_HOUR.contains(trouble.code())) {
                    nodes.leave(base);
                }
            } catch (IOException e) {
                nodes.leave(base);
                trouble = new LogException("", "the node did not answer: " + e);
            }
            // The next node may answer at once; when all were asked it takes some time.
            boolean all = asked % nodes.count() == 0 || OF_THE_HOUR.contains(trouble.code());
            long waitMs = all ? pauseMs : 0;
            pauseMs = all ? Math.min(AGAIN_MS_MAX, 2 * pauseMs) : pauseMs;
            leftNs = endNs - System.nanoTime() - waitMs * 1_000_000;
            if (leftNs < 1_000_000) {
                throw trouble;
            }
            Thread.sleep(waitMs);
        }
    }

    private HttpRequest.Builder request(String url, long timeoutNs) {
        return HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofNanos(timeoutNs))
                .header("Authorization", "Bearer " + bearer);
    }

    /** Whether a later call, or one to another node, may be answered. */
    static boolean isPassing(int status, LogException refusal) {
        return refusal.code().isEmpty()
                ? OF_THE_WAY.contains(status)
                : OF_THE_NODE.contains(refusal.code()) || OF_THE_HOUR.contains(refusal.code());
    }

    /** What an answer that is none says. */
    static LogException refusal(int status, String text) {
        try {
            JsonNode error = JSON.readTree(text);
            return new LogException(
                    error.path("code").asString(""), error.path("error").asString(text));
        } catch (JacksonException e) {
            return new LogException("", status + " " + text);
        }
    }
}
