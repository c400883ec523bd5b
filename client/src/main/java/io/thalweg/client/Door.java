package io.thalweg.client;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One attempt at a time to say something to a ledger over HTTP. Its connections end when nobody holds it: the JDK's client has no other end in
 * Java 17. Thread-safe.
 */
final class Door {
    private static final String RECORDS = "application/vnd.thalweg.ledger";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final String ledger;
    private final String bearer;

    Door(URI url, String ledger, String bearer) {
        String base = url.toString();
        this.ledger = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/ledgers/"
                + URLEncoder.encode(ledger, StandardCharsets.UTF_8).replace("+", "%20");
        this.bearer = bearer;
    }

    /** What an attempt came to. */
    sealed interface Answer {
        /** Why nothing is known to be booked; empty where it is. */
        String text();
    }

    /** One result for each event. */
    record Results(List<CreateResult> results) implements Answer {
        @Override
        public String text() {
            return "";
        }
    }

    /** Nothing was booked by this attempt, and the same again would be refused again. */
    record Refused(int status, String code, String text) implements Answer {}

    /** Nothing was booked by this attempt, but it may be by a later one. */
    record TryAgain(String text) implements Answer {}

    /** The attempt may have taken effect or may still do so; the same again, with the same number, will tell. */
    record Unclear(String text) implements Answer {}

    /** Sends a request that creates something. */
    Answer create(Kind kind, byte[] events, UUID session, long number, Duration timeout) throws InterruptedException {
        HttpRequest request = request(
                        "/" + kind.path + "?timeout=" + Math.min(Math.max(timeout.toMillis(), 1), 120_000), timeout)
                .header("Content-Type", RECORDS)
                .header("Thalweg-Session", session.toString())
                .header("Thalweg-Request", Long.toString(number))
                .POST(BodyPublishers.ofByteArray(events))
                .build();
        HttpResponse<byte[]> response;
        try {
            response = http.send(request, BodyHandlers.ofByteArray());
        } catch (IOException e) {
            return new Unclear(e.toString());
        }
        try {
            return response.statusCode() == 200
                    ? results(response.body(), events.length / Batch.EVENT_BYTES)
                    : refusal(response);
        } catch (JacksonException e) {
            return new Unclear("the reply is no JSON: " + e.getOriginalMessage());
        } catch (NumberFormatException e) {
            return new Unclear("the reply has a timestamp that is no number: " + e.getMessage());
        }
    }

    private static Answer results(byte[] body, int count) {
        List<CreateResult> results = new ArrayList<>(count);
        for (JsonNode result : JSON.readTree(body).path("results")) {
            results.add(new CreateResult(
                    result.path("status").asString(),
                    Long.parseLong(result.path("timestamp").asString())));
        }
        return results.size() == count
                ? new Results(results)
                : new Unclear("the reply has " + results.size() + " results for " + count + " events");
    }

    private static Answer refusal(HttpResponse<byte[]> response) {
        int status = response.statusCode();
        String text = new String(response.body(), StandardCharsets.UTF_8);
        String code = "";
        if (text.startsWith("{")) {
            JsonNode error = JSON.readTree(text);
            code = error.path("code").asString("");
            text = error.path("error").asString(text);
        }
        String shown = text + " (" + status + (code.isEmpty() ? "" : " " + code.toLowerCase(Locale.ROOT)) + ")";
        return switch (status) {
            // Called too fast, or the storage is used up, which does not pass by itself.
            case 429 -> code.equals("quota_exceeded") ? new Refused(status, code, shown) : new TryAgain(shown);
            case 503 ->
                // What stands in front of a node says 503, too, and nobody knows what it did before.
                code.equals("overloaded") || code.equals("not_leader") ? new TryAgain(shown) : new Unclear(shown);
            case 500, 502, 504 -> new Unclear(shown);
            default -> new Refused(status, code, shown);
        };
    }

    /** Rows of those ids that exist. */
    byte[] lookUp(Kind kind, byte[] ids, Duration timeout) throws IOException, InterruptedException {
        HttpRequest request = request("/" + kind.path + "/lookup", timeout)
                .header("Content-Type", RECORDS)
                .header("Accept", RECORDS)
                .POST(BodyPublishers.ofByteArray(ids))
                .build();
        HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new LedgerException(refusal(response).text());
        }
        return response.body();
    }

    private HttpRequest.Builder request(String path, Duration timeout) {
        return HttpRequest.newBuilder(URI.create(ledger + path))
                .timeout(timeout)
                .header("Authorization", "Bearer " + bearer);
    }
}
