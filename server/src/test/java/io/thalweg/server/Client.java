package io.thalweg.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A bearer's view of a node over HTTP. Every reply that it gets is checked against the node's own OpenAPI document. */
public final class Client {
    public static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final HttpClient http;
    private final String url;
    private final @Nullable String bearer;
    private final Contract contract;

    /** One reply. */
    public record Answer(int status, byte[] body, HttpResponse<?> response) {
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        public JsonNode json() {
            return MAPPER.readTree(body);
        }

        public String code() {
            return json().path("code").asString();
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    Client(HttpClient http, String url, @Nullable String bearer, Contract contract) {
        this.http = http;
        this.url = url;
        this.bearer = bearer;
        this.contract = contract;
    }

    public Client as(@Nullable String other) {
        return new Client(http, url, other, contract);
    }

    public HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(60));
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        return request;
    }

    public Answer send(HttpRequest request) {
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            Answer answer = new Answer(response.statusCode(), response.body(), response);
            contract.check(request.method(), request.uri().getRawPath(), answer);
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public Answer get(String path, String... headers) {
        return send(with(request(path).GET(), headers).build());
    }

    public Answer delete(String path) {
        return send(request(path).DELETE().build());
    }

    public Answer post(String path, String body, String... headers) {
        return post(path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    public Answer post(String path, byte[] body, String... headers) {
        return method("POST", path, body, headers);
    }

    public Answer method(String method, String path, byte[] body, String... headers) {
        return send(with(request(path), headers)
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
    }

    public Answer patch(String path, String body) {
        return method("PATCH", path, body.getBytes(StandardCharsets.UTF_8));
    }

    public Answer put(String path, String body) {
        return method("PUT", path, body.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpRequest.Builder with(HttpRequest.Builder request, String... headers) {
        return headers.length == 0 ? request : request.headers(headers);
    }

    /** Creates a log and gives its id. */
    public String createLog(String name) {
        Answer answer = post("/logs", "{\"name\":\"" + name + "\"}");
        if (answer.status() != 201) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
        return answer.json().get("log_id").asString();
    }
}
