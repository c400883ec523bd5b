package io.thalweg.cluster.action;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The arguments of an action: scalars by name, as a door read them. */
public record Arguments(Map<String, Object> values) {
    public static final Arguments NONE = new Arguments(Map.of());

    /** @param values texts, whole numbers as {@link Long}, truth values */
    public Arguments {
        values = Map.copyOf(values);
    }

    /** Refuses names that the kind does not know. */
    public void requireOnly(String... known) {
        Set<String> names = Set.of(known);
        for (String name : values.keySet()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException("the argument '" + name + "' is unknown; known are " + names);
            }
        }
    }

    /** A text, if it is there. */
    public Optional<String> text(String name) {
        Object value = values.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof String text && !text.isEmpty()) {
            return Optional.of(text);
        }
        throw new IllegalArgumentException("the argument '" + name + "' is " + value + ", expected a text");
    }

    /** A text that has to be there. */
    public String required(String name) {
        return text(name).orElseThrow(() -> new IllegalArgumentException("the argument '" + name + "' is missing"));
    }

    /** A whole number of a range, or what is meant when it is not there. */
    public long number(String name, long otherwise, long min, long max) {
        Object value = values.getOrDefault(name, otherwise);
        if (value instanceof Long number && number >= min && number <= max) {
            return number;
        }
        throw new IllegalArgumentException(
                "the argument '" + name + "' is " + value + ", expected a whole number of " + min + " to " + max);
    }
}
