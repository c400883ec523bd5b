package io.thalweg.server.http.objects;

import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import io.thalweg.model.LogId;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How models, changes and objects look in JSON. What is wrong with a document is an {@link IllegalArgumentException}. */
public final class ObjectForms {
    /** Whole numbers beyond it are written as text. */
    private static final BigInteger EXACT_MAX = BigInteger.TWO.pow(53);

    private static final Set<String> CHANGES =
            Set.of("set", "unset", "add", "insert", "remove", "relate", "unrelate", "durability");

    private static final Set<String> MODEL =
            Set.of("fields", "relationships", "durability", "history", "feeds", "follows", "rights");

    private ObjectForms() {}

    private static void known(JsonNode object, Set<String> names) {
        if (!object.isObject()) {
            throw new IllegalArgumentException("expected a JSON object with any of "
                    + names.stream().sorted().toList() + ", not "
                    + object.getNodeType().name().toLowerCase(Locale.ROOT));
        }
        for (String name : object.propertyNames()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException("'" + name + "' is unknown here; known are "
                        + names.stream().sorted().toList());
            }
        }
    }

    /** @param now what stays where the document does not say */
    static TopicModel model(JsonNode body, TopicModel.Policy now) {
        known(body, MODEL);
        Map<String, TopicModel.Field> fields = new TreeMap<>();
        members(body, "fields").forEach(each -> {
            JsonNode field = each.getValue();
            requireName("field", each.getKey());
            known(field, Set.of("type", "merge", "indexed"));
            fields.put(
                    each.getKey(),
                    new TopicModel.Field(
                            word(TopicModel.Type.class, text("type", field.path("type"))),
                            field.has("merge")
                                    ? word(TopicModel.Merge.class, text("merge", field.get("merge")))
                                    : TopicModel.Merge.LAST,
                            field.has("indexed")
                                    && must(
                                                    "indexed",
                                                    field.get("indexed").isBoolean(),
                                                    field.get("indexed"),
                                                    "true or false")
                                            .asBoolean()));
        });
        Map<String, String> relationships = new TreeMap<>();
        members(body, "relationships").forEach(each -> {
            requireName("relationship", each.getKey());
            String topic = text(each.getKey(), each.getValue());
            if (topic.isEmpty()) {
                throw new IllegalArgumentException(each.getKey() + " leads to no topic; name one");
            }
            relationships.put(each.getKey(), topic);
        });
        return new TopicModel(
                fields,
                relationships,
                new TopicModel.Policy(
                        target(body, now.target()),
                        drops(body, now.dropsHistory()),
                        log(body, "feeds", now.feeds()),
                        log(body, "follows", now.follows()),
                        names(body, "read", now.readers()),
                        names(body, "write", now.writers())));
    }

    /** The id of a log; empty to be rid of one. */
    private static String log(JsonNode body, String name, String now) {
        if (!body.has(name)) {
            return now;
        }
        String id = text(name, body.get(name));
        return id.isEmpty() ? id : LogId.parse(id).toString();
    }

    private static Set<String> names(JsonNode body, String right, Set<String> now) {
        if (!body.has("rights")) {
            return now;
        }
        JsonNode rights = body.get("rights");
        known(must("rights", rights.isObject(), rights, "an object"), Set.of("read", "write"));
        if (!rights.has(right)) {
            return now;
        }
        return elements(rights, right).map(each -> text(right, each)).collect(Collectors.toSet());
    }

    private static boolean drops(JsonNode body, boolean now) {
        if (!body.has("history")) {
            return now;
        }
        String history = text("history", body.get("history"));
        if (!history.equals("drop") && !history.equals("keep")) {
            throw new IllegalArgumentException("history is '" + history + "', expected keep or drop");
        }
        return history.equals("drop");
    }

    private static OptionalDouble target(JsonNode body, OptionalDouble targetNow) {
        if (!body.has("durability")) {
            return targetNow;
        }
        JsonNode durability = body.get("durability");
        known(must("durability", durability.isObject(), durability, "an object"), Set.of("target_nines"));
        JsonNode nines = durability.path("target_nines");
        return OptionalDouble.of(
                must("target_nines", nines.isNumber(), nines, "a number").asDouble());
    }

    /** The members of an object inside the body; none when it is left out. */
    private static Stream<Map.Entry<String, JsonNode>> members(JsonNode body, String name) {
        JsonNode object = body.path(name);
        must(name, object.isMissingNode() || object.isObject(), object, "an object");
        return object.propertyStream();
    }

    /** The elements of an array inside an object; none when it is left out. */
    private static Stream<JsonNode> elements(JsonNode body, String name) {
        JsonNode array = body.path(name);
        must(name, array.isMissingNode() || array.isArray(), array, "an array");
        return array.valueStream();
    }

    private static String text(String name, JsonNode json) {
        return must(name, json.isString(), json, "text").asString();
    }

    private static <E extends Enum<E>> E word(Class<E> type, String text) {
        for (E each : type.getEnumConstants()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(text)) {
                return each;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no "
                + type.getSimpleName().toLowerCase(Locale.ROOT) + ", expected one of "
                + Stream.of(type.getEnumConstants())
                        .map(each -> each.name().toLowerCase(Locale.ROOT))
                        .toList());
    }

    private static void requireName(String what, String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a " + what + " without a name");
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("the name of a " + what + " has control characters");
        }
    }

    static Map<String, Object> model(String name, TopicModel model, double targetNines) {
        Map<String, Object> fields = new TreeMap<>();
        model.fields()
                .forEach((field, is) -> fields.put(
                        field,
                        Map.of(
                                "type", is.type().name().toLowerCase(Locale.ROOT),
                                "merge", is.merge().name().toLowerCase(Locale.ROOT),
                                "indexed", is.indexed())));
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("topic", name);
        reply.put("fields", fields);
        reply.put("relationships", new TreeMap<>(model.relationships()));
        reply.put("durability", Map.of("target_nines", targetNines));
        TopicModel.Policy policy = model.policy();
        reply.put("history", policy.dropsHistory() ? "drop" : "keep");
        reply.put("feeds", policy.feeds());
        reply.put("follows", policy.follows());
        reply.put(
                "rights",
                Map.of(
                        "read", policy.readers().stream().sorted().toList(),
                        "write", policy.writers().stream().sorted().toList()));
        return reply;
    }

    /** The changes that a document asks for, as the model has them merge. */
    public static List<Change> changes(JsonNode body, TopicModel model) {
        known(body, CHANGES);
        Set<Change> changes = new LinkedHashSet<>(); // what is asked for twice is asked for
        members(body, "set")
                .forEach(each -> changes.add(model.set(each.getKey(), value(model, each.getKey(), each.getValue()))));
        elements(body, "unset").forEach(each -> changes.add(model.unset(text("unset", each))));
        members(body, "add")
                .forEach(each -> changes.add(model.add(each.getKey(), whole(each.getKey(), each.getValue()))));
        members(body, "insert")
                .forEach(each -> elements(body.get("insert"), each.getKey())
                        .forEach(
                                value -> changes.add(model.insert(each.getKey(), value(model, each.getKey(), value)))));
        members(body, "remove")
                .forEach(each -> elements(body.get("remove"), each.getKey())
                        .forEach(
                                value -> changes.add(model.remove(each.getKey(), value(model, each.getKey(), value)))));
        members(body, "relate")
                .forEach(each ->
                        changes.add(model.relate(each.getKey(), MemoId.parse(text(each.getKey(), each.getValue())))));
        elements(body, "unrelate").forEach(each -> changes.add(model.relate(text("unrelate", each), null)));
        target(body, OptionalDouble.empty()).ifPresent(nines -> changes.add(TopicModel.target(nines)));
        return List.copyOf(changes);
    }

    /**
     * The first field or relationship that a document of changes names and the model does not have; null when there is none.
     *
     * @throws IllegalArgumentException when the document is none of changes, whatever the model
     */
    public static @Nullable String unknownName(JsonNode body, TopicModel model) {
        known(body, CHANGES);
        return Stream.concat(
                        names(body, false).filter(name -> !model.fields().containsKey(name)),
                        names(body, true).filter(name -> !model.relationships().containsKey(name)))
                .findFirst()
                .orElse(null);
    }

    /**
     * Refuses a document of changes that no model will ever take: with a name that no model can have, or more changes than fit into one edit.
     *
     * @throws IllegalArgumentException saying what it is
     */
    public static void requirePossible(JsonNode body) {
        int[] changes = new int[1];
        names(body, false).forEach(name -> possible(name, TopicModel.FIELD_NAME_BYTES_MAX, changes));
        names(body, true).forEach(name -> possible(name, TopicModel.RELATIONSHIP_NAME_BYTES_MAX, changes));
    }

    private static void possible(String name, int bytesMax, int[] changes) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > bytesMax) {
            throw new IllegalArgumentException("a name of " + bytes + " bytes, expected 1 to " + bytesMax);
        }
        if (++changes[0] > Edit.CHANGES_MAX) {
            throw new IllegalArgumentException("more than " + Edit.CHANGES_MAX + " changes in one event");
        }
    }

    /** The fields, or the relationships, that a document of changes names. */
    private static Stream<String> names(JsonNode body, boolean relationships) {
        return relationships
                ? Stream.concat(
                        members(body, "relate").map(Map.Entry::getKey),
                        elements(body, "unrelate").map(each -> text("unrelate", each)))
                : Stream.concat(
                        Stream.of("set", "add", "insert", "remove")
                                .flatMap(kind -> members(body, kind).map(Map.Entry::getKey)),
                        elements(body, "unset").map(each -> text("unset", each)));
    }

    private static Value value(TopicModel model, String name, JsonNode json) {
        TopicModel.Field field = model.fields().get(name);
        return field == null ? new Value.Text("") : value(name, field.type(), json);
    }

    /** A value as a field of this type takes it. */
    static Value value(String name, TopicModel.Type type, JsonNode json) {
        try {
            return switch (type) {
                case TEXT ->
                    new Value.Text(must(name, json.isString(), json, "text").asString());
                case INTEGER -> new Value.Whole(whole(name, json));
                case NUMBER ->
                    new Value.Real(must(name, json.isNumber(), json, "a number").asDouble());
                case BOOLEAN ->
                    new Value.Truth(
                            must(name, json.isBoolean(), json, "true or false").asBoolean());
                case TIME ->
                    time(Instant.parse(
                            must(name, json.isString(), json, "a time").asString()));
                case BYTES ->
                    new Value.Bytes(Base64.getDecoder()
                            .decode(must(name, json.isString(), json, "base64").asString()));
            };
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(name + " is no time of RFC 3339: " + e.getMessage());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(name + " is a time that 64 bits of nanoseconds cannot tell: expected"
                    + " 1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z");
        }
    }

    /** A value as it stands in a query. */
    static Value ofText(String name, TopicModel.Type type, String text) {
        try {
            return switch (type) {
                case TEXT -> new Value.Text(text);
                case INTEGER -> new Value.Whole(Long.parseLong(text));
                case NUMBER -> new Value.Real(Double.parseDouble(text));
                case BOOLEAN -> {
                    if (!text.equals("true") && !text.equals("false")) {
                        throw new IllegalArgumentException(name + " is " + text + ", expected true or false");
                    }
                    yield new Value.Truth(text.equals("true"));
                }
                case TIME -> time(Instant.parse(text));
                case BYTES -> new Value.Bytes(Base64.getDecoder().decode(text));
            };
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is '" + text + "', expected a number");
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(name + " is no time of RFC 3339: " + e.getMessage());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(name + " is a time that 64 bits of nanoseconds cannot tell: expected"
                    + " 1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z");
        }
    }

    private static long whole(String name, JsonNode json) {
        must(name, json.isIntegralNumber() || json.isString(), json, "a whole number");
        try {
            return new BigInteger(json.asString()).longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(name + " is no whole number of 64 bits");
        }
    }

    private static JsonNode must(String name, boolean fits, JsonNode json, String expected) {
        if (!fits) {
            throw new IllegalArgumentException(name + " is " + json.getNodeType() + ", expected " + expected);
        }
        return json;
    }

    private static Value time(Instant time) {
        return new Value.Time(Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano()));
    }

    static @Nullable Object json(@Nullable Value value) {
        return switch (value) {
            case null -> null;
            case Value.Text text -> text.value();
            case Value.Whole whole -> whole(BigInteger.valueOf(whole.value()));
            case Value.Real real -> real.value();
            case Value.Truth truth -> truth.value();
            case Value.Time time ->
                Instant.ofEpochSecond(
                                Math.floorDiv(time.ns(), 1_000_000_000L), Math.floorMod(time.ns(), 1_000_000_000L))
                        .toString();
            case Value.Bytes bytes -> Base64.getEncoder().encodeToString(bytes.value());
        };
    }

    static Object whole(BigInteger value) {
        return value.abs().compareTo(EXACT_MAX) <= 0 ? value.longValue() : value.toString();
    }

    /** The fields of an object as its topic's model shows them; what is not set is left out. */
    static Map<String, Object> fields(Projection object, TopicModel model) {
        Map<String, Object> fields = new TreeMap<>();
        model.fields().forEach((name, field) -> {
            Object shown = switch (field.merge()) {
                case LAST -> json(object.last(name));
                case ALL -> several(object.all(name));
                case COUNTER -> whole(object.counter(name));
                case SET ->
                    object.elements(name).stream().map(ObjectForms::json).toList();
            };
            if (shown != null) {
                fields.put(name, shown);
            }
        });
        return fields;
    }

    /** One value as itself; several, of writers who did not know of each other, as a list. */
    private static @Nullable Object several(List<Value> values) {
        return values.size() > 1
                ? values.stream().map(ObjectForms::json).toList()
                : values.isEmpty() ? null : json(values.getFirst());
    }

    static List<String> ids(Iterable<MemoId> memos) {
        List<String> ids = new ArrayList<>();
        memos.forEach(memo -> ids.add(memo.toString()));
        return ids;
    }

    static Map<String, Object> object(
            ObjectHistory history, Projection projection, Iterable<MemoId> head, String topic, TopicModel model) {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("object_id", history.object().toString());
        reply.put("topic", topic);
        reply.put("fields", fields(projection, model));
        Map<String, String> relationships = new TreeMap<>();
        projection.relationships().forEach((name, object) -> relationships.put(name, object.toString()));
        reply.put("relationships", relationships);
        reply.put("head", ids(head));
        reply.put("deleted", projection.isDeleted());
        return reply;
    }
}
