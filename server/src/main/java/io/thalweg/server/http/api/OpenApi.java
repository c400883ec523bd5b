package io.thalweg.server.http.api;

import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The OpenAPI 3.1 document, written from the table of routes; the schemas that the routes name are in {@code schemas.json} beside
 * this class.
 */
final class OpenApi {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String SCHEMAS = "#/components/schemas/";
    private static final String ERROR = "Error";

    /** The largest whole number that every reader of JSON keeps exact. */
    private static final long EXACT_MAX = 1L << 53;

    /** What stands in paths under a name that ends in _id and is no UUID. */
    private static final Map<String, Shape> PATHS = Map.of(
            "account_id",
            Shape.wide(),
            "transfer_id",
            Shape.wide(),
            "object_id",
            Shape.memo(),
            "memo_id",
            Shape.memo());

    private OpenApi() {}

    static byte[] document(List<Route> routes) {
        ObjectNode document = MAPPER.createObjectNode();
        document.put("openapi", "3.1.0");
        ObjectNode info = document.putObject("info");
        info.put("title", "Thalweg");
        info.put("version", "0.1.0");
        info.put(
                "description",
                "Logs of durable, ordered events, and views of them. Paths, fields and errors are those of"
                        + " Primatomic's API, with additions; errors are {\"error\", \"code\"} everywhere.");
        info.putObject("license").put("name", "Apache-2.0").put("identifier", "Apache-2.0");
        document.putArray("servers").addObject().put("url", "/");
        ObjectNode paths = document.putObject("paths");
        ObjectNode schemas = schemas();
        Examples examples = new Examples(MAPPER, schemas);
        for (Route route : routes) {
            // Two templates that differ in the name of a parameter only are one path to OpenAPI.
            ObjectNode path = paths.withObjectProperty(documented(route.template()));
            operation(path.putObject(route.method().text().toLowerCase(Locale.ROOT)), route, examples);
        }
        ObjectNode components = document.putObject("components");
        components.set("schemas", schemas);
        ObjectNode security = components.putObject("securitySchemes");
        security.putObject("token")
                .put("type", "http")
                .put("scheme", "bearer")
                .put("description", "A token from POST /auth/token or /auth/login, or an API key itself.");
        security.putObject("operator")
                .put("type", "http")
                .put("scheme", "bearer")
                .put("description", "The operator's key, from DIR/secrets/operator.key on the node.");
        return MAPPER.writeValueAsBytes(document);
    }

    /** The template under which a path stands in the document. */
    static String documented(String template) {
        return template.equals("/logs/{name}") ? "/logs/{log_id}" : template;
    }

    private static ObjectNode schemas() {
        try (InputStream in = Objects.requireNonNull(OpenApi.class.getResourceAsStream("schemas.json"))) {
            return (ObjectNode) MAPPER.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String scheme(Access access) {
        return switch (access) {
            case OPERATOR -> "operator";
            default -> "token";
        };
    }

    private static void operation(ObjectNode operation, Route route, Examples examples) {
        operation.put("operationId", route.id());
        operation.put("summary", route.summary());
        operation.putArray("tags").add(route.tag());
        ArrayNode security = operation.putArray("security");
        if (route.access() != Access.OPEN) {
            security.addObject().putArray(scheme(route.access()));
        }
        operation.put("x-thalweg-access", route.access().name().toLowerCase(Locale.ROOT));
        ArrayNode parameters = operation.putArray("parameters");
        for (String segment : documented(route.template()).substring(1).split("/", -1)) {
            if (Route.isParameter(segment)) {
                String name = segment.substring(1, segment.length() - 1);
                ObjectNode parameter = parameters.addObject();
                parameter.put("name", name).put("in", "path").put("required", true);
                schema(parameter, name.endsWith("_id") ? PATHS.getOrDefault(name, Shape.uuid()) : Shape.text());
            }
        }
        for (Route.Parameter known : route.parameters()) {
            // Accept is described by the answers, and a name with a star is a family, which OpenAPI cannot say.
            if (!known.name().equals("Accept") && !known.name().endsWith("*")) {
                ObjectNode parameter = parameters.addObject();
                parameter.put("name", known.name()).put("in", known.in()).put("description", known.text());
                schema(parameter, known.shape());
            }
        }
        if (!route.takes().isEmpty()) {
            ObjectNode body = operation.putObject("requestBody");
            body.put("required", route.bodyRequired());
            ObjectNode content = body.putObject("content");
            content(content, route.takes(), examples::of);
            route.takes()
                    .keySet()
                    .forEach(mediaType -> BinaryExamples.of(route.id(), mediaType)
                            .ifPresent(example -> content.withObjectProperty(mediaType)
                                    .putObject("examples")
                                    .putObject(example.name())
                                    .put("summary", example.summary())
                                    .put("externalValue", example.address(mediaType))));
        }
        ObjectNode responses = operation.putObject("responses");
        route.answers().forEach((status, answer) -> {
            ObjectNode response = responses.putObject(Integer.toString(status));
            response.put("description", answer.text());
            headers(response, route, status);
            if (!answer.content().isEmpty()) {
                content(
                        response.putObject("content"),
                        answer.content(),
                        schema -> schema.equals(ERROR) ? examples.refusal(status, answer.text()) : examples.of(schema));
            }
        });
    }

    private static void headers(ObjectNode response, Route route, int status) {
        for (Route.Sent sent : route.sends()) {
            if (sent.with(status)) {
                schema(header(response, sent.name(), sent.text()), sent.shape());
            }
        }
        if (status == 429 || status == 503) {
            schema(header(response, "Retry-After", "Seconds to wait before the next try."), Shape.integer(0, 3600));
        }
    }

    private static ObjectNode header(ObjectNode response, String name, String text) {
        ObjectNode header = response.withObjectProperty("headers").putObject(name);
        return header.put("description", text);
    }

    private static void schema(ObjectNode of, Shape shape) {
        ObjectNode schema = of.putObject("schema");
        schema.put("type", shape.type());
        if (shape.format() != null) {
            schema.put("format", shape.format());
        }
        if (shape.least() != null) {
            schema.put("minimum", shape.least());
        }
        // A bound that is the type's own says nothing more than the format, and passes what JSON's readers keep exact.
        if (shape.most() != null && shape.most() < EXACT_MAX) {
            schema.put("maximum", shape.most());
        }
        if (shape.pattern() != null) {
            schema.put("pattern", shape.pattern());
        }
        if (!shape.choices().isEmpty()) {
            shape.choices().forEach(schema.putArray("enum")::add);
        }
        if (shape.otherwise() != null) {
            schema.set("default", MAPPER.valueToTree(shape.otherwise()));
        }
    }

    private static void content(
            ObjectNode content, Map<String, @Nullable String> types, Function<String, JsonNode> example) {
        types.forEach((mediaType, schema) -> {
            ObjectNode described = content.putObject(mediaType);
            if (schema != null) {
                described.putObject("schema").put("$ref", SCHEMAS + schema);
                if (mediaType.equals(MediaTypes.JSON) || areLines(mediaType)) {
                    // The schema of lines is that of one.
                    described.set("example", example.apply(schema));
                }
            } else if (areLines(mediaType)) {
                lines(mediaType, types, example).ifPresent(lines -> described.put("example", lines));
            }
        });
    }

    private static boolean areLines(String mediaType) {
        return mediaType.equals(MediaTypes.NDJSON) || mediaType.equals(MediaTypes.EVENTS_NDJSON);
    }

    /** A line where everything may stand. */
    private static final String ANY_LINE = "{\"customer\":4,\"amount\":25}";

    /** A line of the only body that is lines and nothing else: events that say where they go. */
    private static final String ADDRESSED_LINE =
            "{\"log\":\"6f1c2c0e-6f0b-4c53-9d7e-0f8f5f3f6a11\",\"payload\":" + ANY_LINE + "}";

    /** A body of lines without a schema of their own: each as an element of the list that the same body is as one JSON value. */
    private static Optional<String> lines(
            String mediaType, Map<String, @Nullable String> types, Function<String, JsonNode> example) {
        String whole = types.get(mediaType.equals(MediaTypes.NDJSON) ? MediaTypes.JSON : MediaTypes.EVENTS_JSON);
        if (whole == null) {
            return Optional.of(ADDRESSED_LINE + "\n");
        }
        JsonNode body = example.apply(whole);
        JsonNode list = body.isObject() && body.size() == 1 ? body.iterator().next() : body;
        if (!list.isArray() || list.isEmpty()) {
            return Optional.empty();
        }
        JsonNode first = list.get(0);
        return Optional.of((first.isObject() && first.isEmpty() ? ANY_LINE : first.toString()) + "\n");
    }
}
