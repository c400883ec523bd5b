package io.thalweg.cli.api;

import io.thalweg.cli.terminal.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The HTTP API as one tenant's key sees it. The key is exchanged for a token on first use. Used by one thread. */
public final class Api implements AutoCloseable {
    public static final JsonMapper JSON = JsonMapper.builder().build();

    /** What stands before the name of a ledger where a log is meant. */
    private static final String LEDGER = "ledger:";

    private final HttpClient http;
    private final URI base;

    /** What is exchanged for tokens; empty when the bearer needs no exchange. */
    private final String apiKey;

    private @Nullable String token;

    /** An API at {@code base} for whoever holds the key; {@code trust} says whose certificates are believed. */
    public Api(URI base, String apiKey, SSLContext trust) {
        this.http = HttpClient.newBuilder()
                .connectTimeout(Duration.ofSeconds(10))
                .sslContext(trust)
                .build();
        this.base = base;
        this.apiKey = apiKey;
    }

    /** An API whose bearer needs no exchange. */
    public static Api withToken(URI base, String token, SSLContext trust) {
        Api api = new Api(base, "", trust);
        api.token = token;
        return api;
    }

    /** One path segment or query value, escaped. */
    public static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    public JsonNode get(String path) throws IOException, InterruptedException {
        return json(send("GET", path, BodyPublishers.noBody(), Map.of()));
    }

    public JsonNode post(String path, ObjectNode body) throws IOException, InterruptedException {
        return json(send("POST", path, body(body), Map.of("Content-Type", "application/json")));
    }

    public JsonNode patch(String path, ObjectNode body) throws IOException, InterruptedException {
        return json(send("PATCH", path, body(body), Map.of("Content-Type", "application/json")));
    }

    public JsonNode put(String path, ObjectNode body) throws IOException, InterruptedException {
        return json(send("PUT", path, body(body), Map.of("Content-Type", "application/json")));
    }

    public JsonNode delete(String path) throws IOException, InterruptedException {
        return json(send("DELETE", path, BodyPublishers.noBody(), Map.of()));
    }

    /**
     * Sends anything and returns the reply, whose status is a success; a refusal is a {@link Failure} with the API's text. A token that
     * ended on the way is renewed once; {@code body} can be sent twice for it.
     */
    public HttpResponse<byte[]> send(String method, String path, BodyPublisher body, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> response = exchange(method, path, body, headers, BodyHandlers.ofByteArray());
        if (response.statusCode() >= 400) {
            throw refusal(response.statusCode(), new String(response.body(), StandardCharsets.UTF_8));
        }
        return response;
    }

    /** Like {@link #send}, for a reply that may never end. */
    public InputStream stream(String path, Map<String, String> headers) throws IOException, InterruptedException {
        HttpResponse<InputStream> response =
                exchange("GET", path, BodyPublishers.noBody(), headers, BodyHandlers.ofInputStream());
        if (response.statusCode() >= 400) {
            try (InputStream reply = response.body()) {
                throw refusal(response.statusCode(), new String(reply.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return response.body();
    }

    /** Takes a new token with the next request, where there is a key to get one with. */
    public void renewToken() {
        if (!apiKey.isEmpty()) {
            token = null;
        }
    }

    private <T> HttpResponse<T> exchange(
            String method, String path, BodyPublisher body, Map<String, String> headers, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        boolean old = token != null && !apiKey.isEmpty();
        HttpResponse<T> response = connected(request(method, path, body, headers), handler);
        if (response.statusCode() != 401 || !old) {
            return response;
        }
        renewToken();
        return connected(request(method, path, body, headers), handler);
    }

    private <T> HttpResponse<T> connected(HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        try {
            return http.send(request, handler);
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new Failure("cannot connect to " + base + "; is a node running there? Start one with: ./thalweg dev");
        } catch (SSLHandshakeException e) {
            throw new Failure("no secure connection to " + base + ": " + e.getMessage()
                    + "; give the certificate of the authority that signed the node's with --ca");
        }
    }

    /** The id of a log by its name, or of a ledger by its name behind {@code ledger:}; the text itself when it is a log's id. */
    public String logId(String nameOrId) throws IOException, InterruptedException {
        if (nameOrId.startsWith(LEDGER)) {
            return get("/ledgers/" + escape(nameOrId.substring(LEDGER.length())))
                    .path("ledger_id")
                    .asString();
        }
        for (JsonNode log : get("/logs").path("logs")) {
            if (nameOrId.equals(log.path("log_name").asString())
                    || nameOrId.equals(log.path("log_id").asString())) {
                return log.path("log_id").asString();
            }
        }
        throw new Failure("there is no log " + nameOrId + "; create it with: thalweg log create " + nameOrId);
    }

    @Override
    public void close() {
        http.close();
    }

    private HttpRequest request(String method, String path, BodyPublisher body, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .method(method, body)
                .header("Authorization", "Bearer " + token());
        headers.forEach(request::header);
        return request.build();
    }

    private String token() throws IOException, InterruptedException {
        String known = token;
        if (known != null) {
            return known;
        }
        HttpRequest exchange = HttpRequest.newBuilder(base.resolve("/auth/token"))
                .header("Content-Type", "application/json")
                .POST(body(JSON.createObjectNode().put("api_key", apiKey)))
                .build();
        HttpResponse<byte[]> response = connected(exchange, BodyHandlers.ofByteArray());
        if (response.statusCode() >= 400) {
            throw refusal(response.statusCode(), new String(response.body(), StandardCharsets.UTF_8));
        }
        String fresh = json(response).path("access_token").asString();
        token = fresh;
        return fresh;
    }

    private static BodyPublisher body(ObjectNode json) {
        return BodyPublishers.ofByteArray(JSON.writeValueAsBytes(json));
    }

    private static JsonNode json(HttpResponse<byte[]> response) {
        return response.body().length == 0 ? JSON.createObjectNode() : JSON.readTree(response.body());
    }

    private static Failure refusal(int status, String body) {
        try {
            String error = JSON.readTree(body).path("error").asString("");
            if (!error.isEmpty()) {
                return new Failure(error + " (" + status + ")");
            }
        } catch (JacksonException e) {
            // Not the API's error shape, for example a proxy's page: show what came.
        }
        return new Failure("the node answered " + status + ": " + body.strip());
    }
}
