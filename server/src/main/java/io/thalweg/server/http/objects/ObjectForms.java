package io.thalweg.server.http.objects;

import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How models, changes and objects look in JSON. What is wrong with a document is an {@link IllegalArgumentException}. */
final class ObjectForms {
    /** Whole numbers beyond it are written as text. */
    private static final BigInteger EXACT_MAX = BigInteger.TWO.pow(53);

    private static final Set<String> CHANGES = Set.of("set", "unset", "add", "insert", "remove", "relate", "unrelate");

    private static final Set<String> MODEL = Set.of("fields", "relationships", "durability", "history");

    private ObjectForms() {}

    private static void known(JsonNode object, Set<String> names) {
        if (!object.isObject()) {
            throw new IllegalArgumentException("the body is not a JSON object");
        }
        for (String name : object.propertyNames()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException("'" + name + "' is unknown here; known are "
                        + names.stream().sorted().toList());
            }
        }
    }

    static TopicModel model(JsonNode body, double targetNow) {
        known(body, MODEL);
        Map<String, TopicModel.Field> fields = new TreeMap<>();
        body.path("fields").propertyStream().forEach(each -> {
            JsonNode field = each.getValue();
            known(field, Set.of("type", "merge", "indexed"));
            fields.put(
                    each.getKey(),
                    new TopicModel.Field(
                            word(TopicModel.Type.class, field.path("type").asString("")),
                            word(TopicModel.Merge.class, field.path("merge").asString("last")),
                            field.path("indexed").asBoolean(false)));
        });
        Map<String, String> relationships = new TreeMap<>();
        body.path("relationships")
                .propertyStream()
                .forEach(
                        each -> relationships.put(each.getKey(), each.getValue().asString()));
        if (!body.path("history").asString("keep").equals("keep")) {
            throw new IllegalArgumentException("history is kept: 'keep' is all that 'history' can be");
        }
        return new TopicModel(
                fields,
                relationships,
                body.path("durability").path("target_nines").asDouble(targetNow));
    }

    private static <E extends Enum<E>> E word(Class<E> type, String text) {
        for (E each : type.getEnumConstants()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(text)) {
                return each;
            }
        }
        throw new IllegalArgumentException(
                "'" + text + "' is no " + type.getSimpleName().toLowerCase(Locale.ROOT));
    }

    static Map<String, Object> model(String name, TopicModel model) {
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
        reply.put("durability", Map.of("target_nines", model.targetNines()));
        reply.put("history", "keep");
        return reply;
    }

    static List<Change> changes(JsonNode body, TopicModel model) {
        known(body, CHANGES);
        List<Change> changes = new ArrayList<>();
        body.path("set")
                .propertyStream()
                .forEach(each -> changes.add(model.set(each.getKey(), value(model, each.getKey(), each.getValue()))));
        body.path("unset").forEach(each -> changes.add(model.unset(each.asString())));
        body.path("add")
                .propertyStream()
                .forEach(each -> changes.add(model.add(each.getKey(), whole(each.getKey(), each.getValue()))));
        body.path("insert")
                .propertyStream()
                .forEach(each -> each.getValue()
                        .forEach(
                                value -> changes.add(model.insert(each.getKey(), value(model, each.getKey(), value)))));
        body.path("remove")
                .propertyStream()
                .forEach(each -> each.getValue()
                        .forEach(
                                value -> changes.add(model.remove(each.getKey(), value(model, each.getKey(), value)))));
        body.path("relate")
                .propertyStream()
                .forEach(each -> changes.add(
                        model.relate(each.getKey(), MemoId.parse(each.getValue().asString()))));
        body.path("unrelate").forEach(each -> changes.add(model.relate(each.asString(), null)));
        return changes;
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

    private static Object whole(BigInteger value) {
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
