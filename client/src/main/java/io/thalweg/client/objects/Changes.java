package io.thalweg.client.objects;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Changes of one object that belong together. Not thread-safe. */
public final class Changes {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ObjectNode document = JSON.createObjectNode();

    /** Sets a field. A time is text of RFC 3339, bytes are base64. */
    public Changes set(String field, String value) {
        object("set").put(field, value);
        return this;
    }

    public Changes set(String field, long value) {
        object("set").put(field, Long.toString(value));
        return this;
    }

    public Changes set(String field, double value) {
        object("set").put(field, value);
        return this;
    }

    public Changes set(String field, boolean value) {
        object("set").put(field, value);
        return this;
    }

    public Changes unset(String field) {
        document.withArray("unset").add(field);
        return this;
    }

    /** Adds to a counter. */
    public Changes add(String counter, long by) {
        object("add").put(counter, Long.toString(by));
        return this;
    }

    /** Inserts text into a set. */
    public Changes insert(String set, String element) {
        object("insert").withArray(set).add(element);
        return this;
    }

    /** Removes text from a set; who inserts it without knowing of that keeps it in. */
    public Changes remove(String set, String element) {
        object("remove").withArray(set).add(element);
        return this;
    }

    public Changes relate(String relationship, String object) {
        object("relate").put(relationship, object);
        return this;
    }

    public Changes unrelate(String relationship) {
        document.withArray("unrelate").add(relationship);
        return this;
    }

    private ObjectNode object(String name) {
        return document.withObject("/" + name);
    }

    byte[] encode() {
        return JSON.writeValueAsBytes(document);
    }
}
