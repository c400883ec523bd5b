package io.thalweg.server.http.api;

import io.thalweg.model.ErrorCode;
import io.thalweg.server.http.ErrorReply;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Examples of bodies, made from their schemas, so that none can say what its schema does not allow: of an object what it has to have (all
 * that it may have, if it has to have nothing), of a choice the first, of a list one, and for text what its name or form suggests.
 */
final class Examples {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Deeper than any schema is, unless it holds itself. */
    private static final int DEPTH_MAX = 12;

    private static final Map<String, String> BY_FORMAT =
            Map.of("uuid", "6f1c2c0e-6f0b-4c53-9d7e-0f8f5f3f6a11", "date-time", "2026-11-28T12:00:00.000000001Z");

    private static final Map<String, String> BY_NAME = Map.ofEntries(
            Map.entry("name", "orders"),
            Map.entry("log_name", "orders"),
            Map.entry("view_name", "totals"),
            Map.entry("tenant", "acme"),
            Map.entry("tenant_name", "acme"),
            Map.entry("email", "ada@example.com"),
            Map.entry("password", "correct horse battery"),
            Map.entry("current_password", "correct horse battery"),
            Map.entry("new_password", "staple horse battery"),
            Map.entry("api_key", "pat_0123456789abcdef"),
            Map.entry("access_token", "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"),
            Map.entry("content_type", "application/json"),
            Map.entry("key", "customer-4"),
            Map.entry("key_base64", "Y3VzdG9tZXItNA=="),
            Map.entry("topic", "people"),
            Map.entry("node_id", "n1"),
            Map.entry("leader", "n1"),
            Map.entry("class_name", "io.thalweg.examples.WordCount"),
            Map.entry("invite_url", "http://127.0.0.1:4780/invites/0123456789abcdef"),
            Map.entry("docs", "/docs"),
            Map.entry("openapi", "/openapi.json"));

    private final JsonMapper mapper;
    private final ObjectNode schemas;

    Examples(JsonMapper mapper, ObjectNode schemas) {
        this.mapper = mapper;
        this.schemas = schemas;
    }

    /** What the schema of this name describes. */
    JsonNode of(String name) {
        return of("", schemas.path(name), DEPTH_MAX);
    }

    /** A refusal with this status, in the words that the document has for it. */
    ObjectNode refusal(int status, String text) {
        ObjectNode error = mapper.createObjectNode().put("error", text);
        Optional<ErrorCode> code = Arrays.stream(ErrorCode.values())
                .filter(known -> ErrorReply.status(known) == status)
                .findFirst();
        return error.put("code", code.map(ErrorCode::text).orElse(null));
    }

    private JsonNode of(String name, JsonNode schema, int depth) {
        if (depth == 0) {
            throw new IllegalStateException("the schema of '" + name + "' holds itself, so it has no example");
        }
        if (schema.has("$ref")) {
            String ref = schema.path("$ref").asString();
            return of(name, schemas.path(ref.substring(ref.lastIndexOf('/') + 1)), depth - 1);
        }
        for (String given : new String[] {"const", "default"}) {
            if (schema.has(given)) {
                return schema.path(given);
            }
        }
        if (schema.has("enum")) {
            return schema.path("enum").get(0);
        }
        for (String choice : new String[] {"anyOf", "oneOf"}) {
            if (schema.has(choice)) {
                return of(name, schema.path(choice).get(0), depth - 1);
            }
        }
        JsonNode type = schema.path("type");
        return switch ((type.isArray() ? type.get(0) : type).asString("object")) {
            case "object" -> object(schema, depth);
            case "array" -> array(name, schema, depth);
            case "integer", "number" ->
                NODES.numberNode(Math.max(1, schema.path("minimum").asLong(1)));
            case "boolean" -> NODES.booleanNode(false);
            case "null" -> NODES.nullNode();
            default -> NODES.stringNode(text(name, schema));
        };
    }

    private ObjectNode object(JsonNode schema, int depth) {
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(one -> required.add(one.asString()));
        ObjectNode object = mapper.createObjectNode();
        schema.path("properties").properties().forEach(property -> {
            if (required.isEmpty() || required.contains(property.getKey())) {
                object.set(property.getKey(), of(property.getKey(), property.getValue(), depth - 1));
            }
        });
        return object;
    }

    private ArrayNode array(String name, JsonNode schema, int depth) {
        ArrayNode array = mapper.createArrayNode();
        long count = Math.max(1, schema.path("minItems").asLong(1));
        for (long i = 0; i < count; i++) {
            array.add(of(name, schema.path("items"), depth - 1));
        }
        return array;
    }

    private static String text(String name, JsonNode schema) {
        String pattern = schema.path("pattern").asString("");
        if (pattern.contains("a-f")) {
            return "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        }
        if (pattern.contains("0-9")) {
            return "100";
        }
        String formed = BY_FORMAT.get(schema.path("format").asString(""));
        return formed == null ? BY_NAME.getOrDefault(name, name.isEmpty() ? "text" : name) : formed;
    }
}
