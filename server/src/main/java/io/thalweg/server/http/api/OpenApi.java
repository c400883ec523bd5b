package io.thalweg.server.http.api;

import io.thalweg.server.http.Access;
import io.thalweg.server.http.Route;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
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
        for (Route route : routes) {
            // Two templates that differ in the name of a parameter only are one path to OpenAPI.
            ObjectNode path = paths.withObjectProperty(documented(route.template()));
            operation(path.putObject(route.method().text().toLowerCase(Locale.ROOT)), route);
        }
        ObjectNode components = document.putObject("components");
        components.set("schemas", schemas());
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

    private static void operation(ObjectNode operation, Route route) {
        operation.put("operationId", route.id());
        operation.put("summary", route.summary());
        operation.putArray("tags").add(route.tag());
        if (route.access() != Access.OPEN) {
            operation
                    .putArray("security")
                    .addObject()
                    .putArray(route.access() == Access.OPERATOR ? "operator" : "token");
        }
        operation.put("x-thalweg-access", route.access().name().toLowerCase(Locale.ROOT));
        ArrayNode parameters = operation.putArray("parameters");
        for (String segment : documented(route.template()).substring(1).split("/", -1)) {
            if (Route.isParameter(segment)) {
                String name = segment.substring(1, segment.length() - 1);
                ObjectNode parameter = parameters.addObject();
                parameter.put("name", name).put("in", "path").put("required", true);
                parameter.putObject("schema").put("type", "string");
            }
        }
        for (Route.Parameter known : route.parameters()) {
            // Accept is described by the answers, and a name with a star is a family, which OpenAPI cannot say.
            if (!known.name().equals("Accept") && !known.name().endsWith("*")) {
                ObjectNode parameter = parameters.addObject();
                parameter.put("name", known.name()).put("in", known.in()).put("description", known.text());
                parameter.putObject("schema").put("type", known.type());
            }
        }
        if (!route.takes().isEmpty()) {
            ObjectNode body = operation.putObject("requestBody");
            content(body.putObject("content"), route.takes());
        }
        ObjectNode responses = operation.putObject("responses");
        route.answers().forEach((status, answer) -> {
            ObjectNode response = responses.putObject(Integer.toString(status));
            response.put("description", answer.text());
            if (!answer.content().isEmpty()) {
                content(response.putObject("content"), answer.content());
            }
        });
    }

    private static void content(ObjectNode content, Map<String, @Nullable String> types) {
        types.forEach((mediaType, schema) -> {
            ObjectNode described = content.putObject(mediaType);
            if (schema != null) {
                described.putObject("schema").put("$ref", SCHEMAS + schema);
            }
        });
    }
}
