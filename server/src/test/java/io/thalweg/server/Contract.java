package io.thalweg.server;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document as a judge: each reply must have a status, a media type and a body that the document allows. */
public final class Contract {
    /** Refusals of the door itself, before or without a route's own. */
    private static final Set<Integer> EVERYWHERE = Set.of(404, 405, 500, 503);

    private final Map<String, Schema> schemas = new ConcurrentHashMap<>();
    private volatile @Nullable JsonNode document;

    void learn(JsonNode openApi) {
        document = openApi;
    }

    public void check(String method, String path, Client.Answer answer) {
        JsonNode known = document;
        if (known == null) {
            return;
        }
        Optional<JsonNode> operation = operation(known, method, path);
        if (operation.isEmpty()) {
            if (!EVERYWHERE.contains(answer.status())) {
                throw new AssertionError(method + " " + path + " is not documented, but answers " + answer.status());
            }
            return;
        }
        JsonNode response = operation.get().path("responses").path(Integer.toString(answer.status()));
        if (response.isMissingNode()) {
            throw new AssertionError(method + " " + path + " answers " + answer.status() + ", which is not documented: "
                    + answer.text());
        }
        for (String header : answer.response().headers().map().keySet()) {
            if (header.startsWith("thalweg-") && !documented(response, header)) {
                throw new AssertionError(method + " " + path + " sends " + header + ", which is not documented");
            }
        }
        JsonNode content = response.path("content");
        if (content.isMissingNode()) {
            if (answer.body().length > 0) {
                throw new AssertionError(method + " " + path + " has a body that is not documented");
            }
            return;
        }
        String type = answer.header("content-type").replaceFirst(";.*", "");
        JsonNode schema = content.path(type).path("schema");
        // A view chooses the type of its answer, so bytes may come under any name.
        if (content.path(type).isMissingNode()
                && content.path("application/octet-stream").isMissingNode()) {
            throw new AssertionError(
                    method + " " + path + " answers " + answer.status() + " as " + type + ", which is not documented");
        }
        if (type.equals("application/json") && schema.has("$ref")) {
            String name = schema.get("$ref").asString().replaceFirst(".*/", "");
            List<Error> errors = schema(known, name).validate(answer.text(), InputFormat.JSON);
            if (!errors.isEmpty()) {
                throw new AssertionError(method + " " + path + " " + answer.text() + " is no " + name + ": " + errors);
            }
        }
    }

    private static boolean documented(JsonNode response, String header) {
        for (String name : response.path("headers").propertyNames()) {
            if (name.equalsIgnoreCase(header)) {
                return true;
            }
        }
        return false;
    }

    /** A schema of the document by its name. */
    public Schema schema(JsonNode known, String name) {
        return schemas.computeIfAbsent(name, _ -> {
            ObjectNode root = Client.MAPPER.createObjectNode();
            root.put("$ref", "#/components/schemas/" + name);
            root.putObject("components").set("schemas", known.at("/components/schemas"));
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(root.toString(), InputFormat.JSON);
        });
    }

    private static Optional<JsonNode> operation(JsonNode known, String method, String path) {
        Set<String> candidates = new HashSet<>();
        for (String template : known.get("paths").propertyNames()) {
            String pattern = Pattern.compile("\\{[^}]*}").matcher(template).replaceAll("[^/]+");
            if (path.matches(pattern)) {
                candidates.add(template);
            }
        }
        // A path without parameters wins over one with.
        return candidates.stream()
                .sorted((a, b) -> Boolean.compare(a.contains("{"), b.contains("{")))
                .map(template -> known.get("paths").get(template).get(method.toLowerCase(java.util.Locale.ROOT)))
                .filter(java.util.Objects::nonNull)
                .findFirst();
    }
}
