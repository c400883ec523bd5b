package io.thalweg.server.http;

import java.util.List;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Random JSON for a schema of the API's document: mostly what the schema allows, with odd values wherever it leaves room, and now and then
 * something that it forbids.
 */
final class SchemaValues {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int DEPTH_MAX = 6;
    private static final List<String> TEXTS = List.of(
            "a",
            "books",
            "",
            " ",
            "$audit",
            "a/b",
            "..",
            "ünï\u0000",
            "\ud83d\ude00",
            "x".repeat(300),
            "null",
            "0",
            "%00",
            "a@example.com",
            "2026-01-01T00:00:00Z");
    private static final List<Long> NUMBERS = List.of(
            0L, 1L, 2L, 10L, 255L, 65_535L, 65_536L, -1L, 4_294_967_295L, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 53);

    private final JsonNode document;
    private final RandomGenerator random;

    /** One in so many values breaks its schema. */
    private final int breaks;

    SchemaValues(JsonNode document, RandomGenerator random, int breaks) {
        this.document = document;
        this.random = random;
        this.breaks = breaks;
    }

    JsonNode value(JsonNode schema) {
        return value(schema, 0);
    }

    private JsonNode value(JsonNode schema, int depth) {
        if (random.nextInt(breaks) == 0) {
            return anything(depth);
        }
        if (schema.has("$ref")) {
            return value(document.at(schema.get("$ref").asString().substring(1)), depth);
        }
        for (String choice : List.of("anyOf", "oneOf")) {
            if (schema.has(choice)) {
                return value(oneOf(schema.get(choice)), depth);
            }
        }
        if (schema.has("enum")) {
            return oneOf(schema.get("enum"));
        }
        if (schema.has("const")) {
            return schema.get("const");
        }
        JsonNode type = schema.path("type");
        return switch (type.isArray() ? oneOf(type).asString() : type.asString("")) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, depth);
            case "string" -> JSON.stringNode(text(schema));
            case "integer" -> JSON.numberNode(number(schema));
            case "number" ->
                random.nextBoolean() ? JSON.numberNode(number(schema)) : JSON.numberNode(random.nextDouble() * 20);
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            case "null" -> JSON.nullNode();
            default -> anything(depth);
        };
    }

    private JsonNode object(JsonNode schema, int depth) {
        ObjectNode object = JSON.objectNode();
        List<String> required =
                schema.path("required").valueStream().map(JsonNode::asString).toList();
        for (String name : schema.path("properties").propertyNames()) {
            boolean wanted = required.contains(name) ? random.nextInt(breaks) != 0 : random.nextInt(3) == 0;
            if (wanted) {
                object.set(name, value(schema.get("properties").get(name), depth + 1));
            }
        }
        JsonNode more = schema.path("additionalProperties");
        boolean free = more.isMissingNode() || more.asBoolean(more.isObject());
        int extra = free ? random.nextInt(3) : random.nextInt(breaks) == 0 ? 1 : 0;
        for (int i = 0; i < extra && depth < DEPTH_MAX; i++) {
            object.set(
                    TEXTS.get(random.nextInt(TEXTS.size())),
                    more.isObject() ? value(more, depth + 1) : anything(depth + 1));
        }
        return object;
    }

    private JsonNode array(JsonNode schema, int depth) {
        ArrayNode array = JSON.arrayNode();
        int least = schema.path("minItems").asInt(0);
        int most = Math.min(least + 4, schema.path("maxItems").asInt(4));
        for (int i = least + random.nextInt(most - least + 1); i > 0 && depth < DEPTH_MAX; i--) {
            array.add(schema.has("items") ? value(schema.get("items"), depth + 1) : anything(depth + 1));
        }
        return array;
    }

    private JsonNode anything(int depth) {
        return switch (random.nextInt(depth < DEPTH_MAX ? 8 : 6)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.booleanNode(random.nextBoolean());
            case 2 -> JSON.numberNode(NUMBERS.get(random.nextInt(NUMBERS.size())));
            case 3 -> JSON.numberNode(random.nextDouble() * 1e18);
            case 4, 5 -> JSON.stringNode(TEXTS.get(random.nextInt(TEXTS.size())));
            case 6 -> JSON.arrayNode().add(anything(depth + 1));
            default -> JSON.objectNode().set(TEXTS.get(random.nextInt(TEXTS.size())), anything(depth + 1));
        };
    }

    private String text(JsonNode schema) {
        String pattern = schema.path("pattern").asString("");
        if (pattern.startsWith("^[0-9]")) {
            return Long.toString(Math.max(0, NUMBERS.get(random.nextInt(NUMBERS.size()))));
        }
        if (pattern.contains("a-f")) {
            return String.format("%064x", random.nextInt(1_000));
        }
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private long number(JsonNode schema) {
        long least = schema.path("minimum").asLong(Long.MIN_VALUE);
        long most = schema.path("maximum").asLong(Long.MAX_VALUE);
        return Math.clamp(NUMBERS.get(random.nextInt(NUMBERS.size())), least, most);
    }

    private JsonNode oneOf(JsonNode choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
