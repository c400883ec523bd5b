package io.thalweg.view.java;

import io.thalweg.index.schema.Schema;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** How events are bytes. Implementations are thread-safe; what cannot be decoded throws, and the event is treated as one that fails. */
public interface Codec<E> {
    byte[] encode(E event);

    E decode(byte[] payload);

    /** UTF-8. */
    static Codec<String> text() {
        return new Codec<>() {
            @Override
            public byte[] encode(String event) {
                return event.getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public String decode(byte[] payload) {
                return new String(payload, StandardCharsets.UTF_8);
            }
        };
    }

    /** JSON of what a schema describes; fields that are unknown are ignored, and those that are missing are null, zero or empty. */
    static <E> Codec<E> json(Schema<E> schema) {
        JsonMapper json = JsonMapper.shared();
        return new Codec<>() {
            @Override
            public byte[] encode(E event) {
                return json.writeValueAsBytes(schema.plain(event));
            }

            @Override
            public E decode(byte[] payload) {
                try {
                    return schema.typed(json.readValue(payload, Object.class));
                } catch (JacksonException e) {
                    throw new IllegalArgumentException("event is no JSON: " + e.getOriginalMessage(), e);
                }
            }
        };
    }

    /** JSON of a record or another type that has a schema. */
    static <E> Codec<E> json(Class<E> type) {
        return json(Schema.of(type));
    }
}
