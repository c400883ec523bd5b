package io.thalweg.server.agent;

import io.thalweg.cluster.action.Action;
import io.thalweg.cluster.action.Arguments;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Times;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.NullNode;

/** Actions in JSON, and their arguments out of it. */
public final class ActionForms {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private ActionForms() {}

    record Failure(String message) {}

    record State(@Nullable Failure error, @Nullable JsonNode payload, Action.Phase phase) {}

    record Full(
            JsonNode args,
            String createdTime,
            @Nullable String finishedTime,
            String id,
            String kind,
            Map<String, String> metadata,
            String scheduledTime,
            State state) {}

    static Full full(Action action) {
        return new Full(
                tree(action.args()),
                Times.text(action.createdNs()),
                action.finishedNs().isEmpty()
                        ? null
                        : Times.text(action.finishedNs().getAsLong()),
                action.id().toString(),
                action.kind(),
                action.metadata(),
                Times.text(action.scheduledNs()),
                new State(error(action.state()), payload(action.state()), action.phase()));
    }

    static @Nullable Failure error(Action.Change change) {
        return change.error().isEmpty() ? null : new Failure(change.error());
    }

    static @Nullable JsonNode payload(Action.Change change) {
        return change.payload().isEmpty() ? null : tree(change.payload());
    }

    static JsonNode tree(String json) {
        return MAPPER.readTree(json);
    }

    /** JSON as it is kept. */
    static String text(@Nullable JsonNode json) {
        return (json == null ? NullNode.getInstance() : json).toString();
    }

    /** The values of a map from outside, none of which may be null. */
    static Map<String, String> texts(Map<String, String> values) {
        values.forEach((name, value) -> {
            if (value == null) {
                throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'" + name + "' is null, expected a text");
            }
        });
        return values;
    }

    /** An id, or nothing for what cannot be one. */
    static Optional<UUID> id(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    static UUID requiredId(String text) {
        return id(text).orElseThrow(() -> new ThalwegException(ErrorCode.INVALID_REQUEST, "the id is not a UUID"));
    }

    /** The arguments in an action's text; {@link IllegalArgumentException} for what is no JSON. */
    public static Arguments arguments(String json) {
        JsonNode tree;
        try {
            tree = tree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the arguments are not JSON", e);
        }
        if (tree.isNull()) {
            return Arguments.NONE;
        }
        if (!tree.isObject()) {
            throw new IllegalArgumentException("the arguments are not a JSON object");
        }
        Map<String, Object> values = new HashMap<>();
        tree.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (!value.isNull()) {
                values.put(
                        entry.getKey(),
                        value.isString()
                                ? value.asString()
                                : value.isBoolean()
                                        ? (Object) value.asBoolean()
                                        : value.canConvertToLong() && value.isIntegralNumber()
                                                ? (Object) value.asLong()
                                                : value);
            }
        });
        return new Arguments(values);
    }
}
