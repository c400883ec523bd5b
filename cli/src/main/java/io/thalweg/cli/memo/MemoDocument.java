package io.thalweg.cli.memo;

import io.thalweg.cli.terminal.Failure;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import io.thalweg.model.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a memo says, as JSON: {@code tenant}, {@code kind}, {@code topic}, {@code object}, {@code precursors}, {@code references}, and the
 * body in one of three forms: {@code name} of a topic, {@code edit} with its nonce and changes, or {@code body} in hex.
 */
final class MemoDocument {
    private static final Set<String> FIELDS =
            Set.of("tenant", "kind", "topic", "object", "precursors", "references", "name", "edit", "body");

    private MemoDocument() {}

    static Memo parse(JsonNode document) {
        for (String field : document.propertyNames()) {
            if (!FIELDS.contains(field)) {
                throw new Failure("a memo has no field " + field + "; known are "
                        + FIELDS.stream().sorted().toList());
            }
        }
        TenantId tenant = TenantId.parse(text(document, "tenant"));
        if (document.has("name")) {
            return TopicModel.genesis(tenant, text(document, "name"));
        }
        return new Memo(
                tenant,
                kind(text(document, "kind")),
                document.has("topic") ? MemoId.parse(text(document, "topic")) : null,
                document.has("object") ? MemoId.parse(text(document, "object")) : null,
                ids(document, "precursors"),
                ids(document, "references"),
                body(document));
    }

    private static Kind kind(String name) {
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> new Failure("a memo of kind " + name + " is unknown; known are "
                        + Arrays.toString(Kind.values()).toLowerCase(Locale.ROOT)));
    }

    private static byte[] body(JsonNode document) {
        JsonNode edit = document.path("edit");
        if (!edit.isObject()) {
            return document.has("body") ? HexFormat.of().parseHex(text(document, "body")) : new byte[0];
        }
        List<Change> changes = new ArrayList<>();
        for (JsonNode change : edit.path("changes")) {
            changes.add(change(change));
        }
        return Edit.of(UUID.fromString(text(edit, "nonce")), changes).encode();
    }

    private static Change change(JsonNode change) {
        String what = text(change, "change");
        String field = what.equals("delete") ? "" : text(change, "field");
        return switch (what) {
            case "set_last" -> new Change.SetLast(field, value(change));
            case "unset_last" -> new Change.UnsetLast(field);
            case "set_all" -> new Change.SetAll(field, value(change));
            case "unset_all" -> new Change.UnsetAll(field);
            case "add" -> new Change.Add(field, whole("by", change.path("by")));
            case "insert" -> new Change.Insert(field, value(change));
            case "remove" -> new Change.Remove(field, value(change));
            case "relate" -> new Change.Relate(field, MemoId.parse(text(change, "object")));
            case "unrelate" -> new Change.Unrelate(field);
            case "delete" -> new Change.Delete();
            default -> throw new Failure("the change " + what + " is unknown");
        };
    }

    private static Value value(JsonNode change) {
        List<String> types = Stream.of("text", "integer", "number", "boolean", "time", "bytes")
                .filter(change::has)
                .toList();
        if (types.size() != 1) {
            throw new Failure("the change " + change + " has " + types
                    + ", expected one of text, integer, number, boolean, time and bytes");
        }
        return value(types.getFirst(), change.path(types.getFirst()));
    }

    private static Value value(String type, JsonNode value) {
        return switch (type) {
            case "text" -> new Value.Text(value.asString());
            case "integer" -> new Value.Whole(whole(type, value));
            case "number" -> new Value.Real(value.asDouble());
            case "boolean" -> new Value.Truth(value.asBoolean());
            case "time" -> time(Instant.parse(value.asString()));
            default -> new Value.Bytes(HexFormat.of().parseHex(value.asString()));
        };
    }

    private static long whole(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new Failure(name + " is " + value + ", expected a whole number of 64 bits");
        }
        return value.longValue();
    }

    private static Value time(Instant time) {
        return new Value.Time(Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano()));
    }

    private static List<MemoId> ids(JsonNode document, String field) {
        List<MemoId> ids = new ArrayList<>();
        document.path(field).forEach(id -> ids.add(MemoId.parse(id.asString())));
        return ids;
    }

    private static String text(JsonNode document, String field) {
        @Nullable JsonNode value = document.get(field);
        if (value == null || !value.isString()) {
            throw new Failure("needs text for " + field + ", but has " + (value == null ? "nothing" : value));
        }
        return value.asString();
    }
}
