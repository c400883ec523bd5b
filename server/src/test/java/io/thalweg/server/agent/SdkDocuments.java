package io.thalweg.server.agent;

import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the SDK that was released for the agent API takes, by its rules and not by its documents' examples, half of which it refuses: types, the case of words, and
 * what may be null or missing. Unknown fields are taken everywhere. Each method throws when the SDK would refuse the document.
 */
public final class SdkDocuments {
    private static final Set<String> STATUSES =
            Set.of("UNAVAILABLE", "NOT_IN_CLUSTER", "JOINING_CLUSTER", "LEAVING_CLUSTER", "UNHEALTHY", "HEALTHY");
    private static final Set<String> ROLES = Set.of("Primary", "Secondary", "Recovering");
    private static final Set<String> UNITS = Set.of("seconds", "milliseconds");
    private static final Set<String> PHASES = Set.of("NEW", "RUNNING", "DONE", "FAILED");

    private SdkDocuments() {}

    /** The SDK refuses a document. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why);
        }
    }

    /** {@code info/node}. */
    public static void node(JsonNode document) {
        JsonNode address = object(document, "address");
        address.propertyNames().forEach(name -> text(address, name));
        JsonNode agent = object(document, "agent_version");
        text(agent, "number");
        text(agent, "checkout");
        text(agent, "taint");
        scalars(document.get("attributes"));
        text(document, "node_id");
        variant(document.get("node_status"), "node_status", STATUSES, "UNKNOWN");
        text(document, "store_id");
        JsonNode store = object(document, "store_version");
        text(store, "number");
        textOrNothing(store, "checkout");
        textOrNothing(store, "extra");
    }

    /** {@code info/store}. */
    public static void store(JsonNode document) {
        text(document, "cluster_id");
        scalars(document.get("attributes"));
    }

    /** {@code info/shards}. */
    public static void shards(JsonNode document) {
        each(document, "shards", shard -> {
            text(shard, "id");
            variant(shard.get("role"), "role", ROLES, "Other");
            amount(shard.get("commit_offset"), "commit_offset");
            if (isThere(shard.get("lag"))) {
                amount(shard.get("lag"), "lag");
            }
        });
    }

    /** {@code actions/finished} and {@code actions/queue}. */
    public static void actions(JsonNode document) {
        each(document, "actions", action -> {
            id(action, "id");
            text(action, "kind");
            word(action.get("phase"), "phase", PHASES);
        });
    }

    /** {@code action/:id}. */
    public static void action(JsonNode document) {
        require(document.has("args"), "args is missing");
        time(document, "created_time");
        if (isThere(document.get("finished_time"))) {
            time(document, "finished_time");
        }
        id(document, "id");
        text(document, "kind");
        JsonNode metadata = object(document, "metadata");
        metadata.propertyNames().forEach(name -> text(metadata, name));
        time(document, "scheduled_time");
        word(object(document, "state").get("phase"), "phase", PHASES);
    }

    /** What comes with a status of 400 and above, but for an empty 404. */
    public static void refusal(JsonNode document) {
        JsonNode error = document.get("error");
        require(error != null && error.isBoolean() && error.asBoolean(), "error is not true");
        text(document, "error_msg");
    }

    // ---- the pieces

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Refused(otherwise);
        }
    }

    private static boolean isThere(@Nullable JsonNode value) {
        return value != null && !value.isNull();
    }

    private static JsonNode object(JsonNode document, String name) {
        JsonNode value = document.get(name);
        if (value == null || !value.isObject()) {
            throw new Refused(name + " is no object");
        }
        return value;
    }

    private static void each(JsonNode document, String name, Consumer<JsonNode> rule) {
        require(document.isObject(), "the document is no object");
        JsonNode all = document.get(name);
        if (all == null || !all.isArray()) {
            throw new Refused(name + " is no array");
        }
        all.forEach(rule);
    }

    private static void text(JsonNode document, String name) {
        var _ = read(document, name);
    }

    private static String read(JsonNode document, String name) {
        JsonNode value = document.get(name);
        if (value == null || !value.isString()) {
            throw new Refused(name + " is no text");
        }
        return value.asString();
    }

    private static void textOrNothing(JsonNode document, String name) {
        if (isThere(document.get(name))) {
            text(document, name);
        }
    }

    private static void id(JsonNode document, String name) {
        try {
            var _ = UUID.fromString(read(document, name));
        } catch (IllegalArgumentException e) {
            throw new Refused(name + " is no UUID");
        }
    }

    private static void time(JsonNode document, String name) {
        require(
                read(document, name)
                        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)"),
                name + " is no time");
    }

    private static void scalars(@Nullable JsonNode attributes) {
        if (attributes == null) {
            return;
        }
        require(attributes.isObject(), "attributes is no object");
        attributes.forEach(value -> require(!value.isContainer(), "an attribute is no scalar"));
    }

    private static void word(@Nullable JsonNode value, String name, Set<String> words) {
        require(value != null && value.isString() && words.contains(value.asString()), name + " is none of " + words);
    }

    /** One of some words, or an object whose one field has the text for the rest. */
    private static void variant(@Nullable JsonNode value, String name, Set<String> words, String rest) {
        if (value != null && value.isObject()) {
            require(value.size() == 1, name + " has not one field");
            text(value, rest);
        } else {
            word(value, name, words);
        }
    }

    private static void amount(@Nullable JsonNode amount, String name) {
        if (amount == null || !amount.isObject()) {
            throw new Refused(name + " is no object");
        }
        variant(amount.get("unit"), name + "'s unit", UNITS, "unit");
        JsonNode value = amount.get("value");
        require(
                value != null && value.isIntegralNumber() && value.canConvertToLong(),
                name + "'s value is no signed 64-bit integer");
    }
}
