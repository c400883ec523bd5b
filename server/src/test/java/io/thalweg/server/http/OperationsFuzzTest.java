package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import io.thalweg.server.Client;
import io.thalweg.server.Contract;
import io.thalweg.server.TestNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Every operation of the API's document, called with what the document allows and with what it forbids. Whatever is sent, the answer is one
 * that the document knows; the node never fails (500), and never accepts a parameter or a body that the document forbids.
 *
 * <p>{@code -Dthalweg.fuzz.seconds=600} goes on for longer, {@code -Dthalweg.fuzz.seed=N} repeats a run; a failure names both.
 */
class OperationsFuzzTest {
    private static final int SECONDS = Integer.getInteger("thalweg.fuzz.seconds", 0);

    /** As many whatever the machine: a build tries the same everywhere. */
    private static final int CALLS = 1_200;

    private static final long SEED = Long.getLong("thalweg.fuzz.seed", 20_261_128);
    private static final List<String> NO_NUMBERS =
            List.of("x", "1.5", "", "+1", "0x10", "9223372036854775808", "-", "1 ", "١");

    private record Operation(String method, String path, JsonNode described) {
        boolean endless() {
            return described.at("/responses/200/content").has("text/event-stream");
        }
    }

    /** A call, and whether the document forbids something in it. */
    private record Made(HttpRequest request, String text, boolean forbidden) {}

    private final Random random = new Random(SEED);
    private final Map<String, Integer> seen = new TreeMap<>();
    private JsonNode document = Client.MAPPER.createObjectNode();

    @Test
    void whateverIsSentIsAnsweredAsTheDocumentSays(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data);
                HttpClient http = HttpClient.newHttpClient()) {
            document = node.anonymous().get("/openapi.json").json();
            Things things = new Things(node);
            List<Operation> operations = operations();
            long endNs = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
            for (long call = 0; call < CALLS || System.nanoTime() < endNs; call++) {
                if (call % 200 == 0) {
                    things.make();
                }
                Operation operation = operations.get((int) (call % operations.size()));
                Made made = call(operation, things, node);
                try {
                    send(http, operation, made, node.contract);
                } catch (IOException | AssertionError e) {
                    throw new AssertionError("seed " + SEED + ", call " + call + ": " + made.text(), e);
                }
            }
            // A run in which nothing succeeds, or nothing is refused, has tried nothing.
            assertThat(seen).containsKeys("200", "201", "400", "404");
            assertThat(node.anonymous().get("/health/ready").status()).isEqualTo(200);
        }
    }

    private List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        for (var path : document.get("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                operations.add(new Operation(
                        operation.getKey().toUpperCase(java.util.Locale.ROOT), path.getKey(), operation.getValue()));
            }
        }
        return operations;
    }

    private void send(HttpClient http, Operation operation, Made made, Contract contract)
            throws IOException, InterruptedException {
        Client.Answer answer;
        if (operation.endless()) {
            HttpResponse<InputStream> response = http.send(made.request(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                byte[] bytes = response.statusCode() == 200 ? new byte[0] : body.readAllBytes();
                answer = new Client.Answer(response.statusCode(), bytes, response);
            }
        } else {
            HttpResponse<byte[]> response = http.send(made.request(), HttpResponse.BodyHandlers.ofByteArray());
            answer = new Client.Answer(response.statusCode(), response.body(), response);
            contract.check(operation.method(), made.request().uri().getRawPath(), answer);
        }
        seen.merge(Integer.toString(answer.status()), 1, Integer::sum);
        assertThat(answer.status()).as(answer.text()).isNotEqualTo(500);
        if (made.forbidden()) {
            assertThat(answer.status())
                    .as("what the document forbids is refused")
                    .isGreaterThanOrEqualTo(400);
        }
    }

    private Made call(Operation operation, Things things, TestNode node) {
        boolean forbidden = false;
        StringBuilder path = new StringBuilder();
        for (String segment : operation.path().substring(1).split("/", -1)) {
            path.append('/')
                    .append(segment.startsWith("{") ? encoded(things.path(segment, operation, random)) : segment);
        }
        Map<String, String> headers = new LinkedHashMap<>();
        StringBuilder query = new StringBuilder();
        for (JsonNode parameter : operation.described().path("parameters")) {
            String name = parameter.get("name").asString();
            String in = parameter.get("in").asString();
            boolean wait = name.equals("timeout");
            if (in.equals("path") || (!wait && random.nextInt(3) != 0)) {
                continue;
            }
            boolean wrong = random.nextInt(4) == 0 && isBounded(parameter.get("schema"));
            String value =
                    wrong ? outside(parameter.get("schema")) : wait ? "20" : within(parameter.get("schema"), things);
            if (in.equals("query")) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(name)
                        .append('=')
                        .append(encoded(value));
                forbidden |= wrong;
            } else if (value.chars().allMatch(c -> c > ' ' && c < 127) && !value.isEmpty()) {
                headers.put(name, value);
                forbidden |= wrong;
            }
        }
        byte[] body = new byte[0];
        JsonNode content = operation.described().at("/requestBody/content");
        if (!content.isMissingNode() && random.nextInt(12) != 0) {
            List<String> types = List.copyOf(content.propertyNames());
            String type = types.get(random.nextInt(types.size()));
            JsonNode schema = content.get(type).path("schema");
            headers.put("Content-Type", type);
            if (schema.isMissingNode()) {
                body = bytes(type);
            } else {
                JsonNode value = things.body(operation, new SchemaValues(document, random, 30).value(schema), random);
                body = value.toString().getBytes(StandardCharsets.UTF_8);
                forbidden |= !valid(node.contract, document, schema, value);
                if (random.nextInt(10) == 0) {
                    body = spoilt(body);
                    forbidden = false;
                }
            }
        }
        String bearer =
                things.bearer(operation.described().get("x-thalweg-access").asString(), random);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(node.url() + path + query))
                .timeout(Duration.ofSeconds(60))
                .method(operation.method(), HttpRequest.BodyPublishers.ofByteArray(body));
        if (!bearer.isEmpty()) {
            request.header("Authorization", "Bearer " + bearer);
        }
        headers.forEach(request::header);
        String text = operation.method() + " " + path + query + " " + headers + " "
                + new String(body, StandardCharsets.UTF_8);
        return new Made(request.build(), text, forbidden);
    }

    private static boolean valid(Contract contract, JsonNode document, JsonNode schema, JsonNode value) {
        String name = schema.get("$ref").asString().replaceFirst(".*/", "");
        return contract.schema(document, name)
                .validate(value.toString(), InputFormat.JSON)
                .isEmpty();
    }

    private static boolean isBounded(JsonNode schema) {
        return !schema.get("type").asString().equals("string")
                || schema.has("enum")
                || schema.has("pattern")
                || schema.path("format").asString("").equals("uuid");
    }

    private String outside(JsonNode schema) {
        if (!schema.get("type").asString().equals("integer")) {
            return List.of("nope", "-1", "{}", "\u0000").get(random.nextInt(4));
        }
        int kind = random.nextInt(3);
        if (kind == 0 && schema.has("minimum")) {
            return Long.toString(schema.get("minimum").asLong() - 1);
        }
        if (kind == 1 && schema.has("maximum")) {
            return Long.toString(schema.get("maximum").asLong() + 1);
        }
        return NO_NUMBERS.get(random.nextInt(NO_NUMBERS.size()));
    }

    private String within(JsonNode schema, Things things) {
        if (schema.has("enum")) {
            return schema.get("enum")
                    .get(random.nextInt(schema.get("enum").size()))
                    .asString();
        }
        return switch (schema.get("type").asString()) {
            case "integer" -> {
                long least = schema.path("minimum").asLong(0);
                long most = schema.path("maximum").asLong(Long.MAX_VALUE - 1);
                yield Long.toString(
                        random.nextBoolean()
                                ? Math.clamp(random.nextInt(8), least, most)
                                : random.nextBoolean() ? least : most);
            }
            case "boolean" -> random.nextBoolean() ? "true" : "false";
            default ->
                schema.path("format").asString("").equals("uuid")
                        ? new java.util.UUID(random.nextLong(), random.nextLong()).toString()
                        : schema.has("pattern") ? Integer.toString(1 + random.nextInt(100)) : things.text(random);
        };
    }

    private byte[] bytes(String type) {
        if (type.contains("json")) {
            return List.of(
                            "{\"payload\":1}\n{\"payload\":2}\n",
                            "1\n2\n\n3",
                            "{",
                            "{\"id\":1,\"ledger\":1,\"code\":1}\n",
                            "\u0000")
                    .get(random.nextInt(5))
                    .getBytes(StandardCharsets.UTF_8);
        }
        byte[] bytes = new byte[random.nextInt(300)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] spoilt(byte[] body) {
        byte[] spoilt = java.util.Arrays.copyOf(body, random.nextInt(body.length + 1));
        if (spoilt.length > 0) {
            spoilt[random.nextInt(spoilt.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return spoilt;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
