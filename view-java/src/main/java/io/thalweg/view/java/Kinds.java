package io.thalweg.view.java;

import io.thalweg.index.schema.Schema;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Handlers of one log, one for each type of event; made by {@link Declaration#log(String, String)}. Events are JSON objects, one member of which names
 * their type. Those of a type that no handler is for are passed over: what is in a log may be for other views. Not thread-safe; once the view is
 * declared it does not change.
 */
public final class Kinds {
    private final String member;
    private final Map<String, Kind<?>> kinds = new LinkedHashMap<>();

    /** What is known of one type. */
    private record Kind<E>(Schema<E> schema, Function<E, @Nullable String> key, Handler<E> handler) {
        Event<E> read(Object json) {
            return new Event<>(this, schema.typed(json));
        }
    }

    /** An event of a log of several types, as its handler takes it. */
    static final class Event<E> {
        private final Kind<E> kind;
        private final E event;

        private Event(Kind<E> kind, E event) {
            this.kind = kind;
            this.event = event;
        }

        @Nullable
        String key() {
            return kind.key.apply(event);
        }

        void handle(Step step) throws Exception {
            kind.handler.handle(step, event);
        }
    }

    Kinds(String member) {
        this.member = member;
    }

    /** What becomes of events of a type, about the key that they were appended with. */
    public <E> Kinds on(String type, Class<E> form, Handler<E> handler) {
        return on(type, form, _ -> null, handler);
    }

    /**
     * What becomes of events of a type.
     *
     * @param type as the event names it
     * @param form a record; members that it does not have are ignored, that which names the type among them
     * @param key says what an event is about where it was appended without a key
     */
    public <E> Kinds on(String type, Class<E> form, Function<E, @Nullable String> key, Handler<E> handler) {
        if (kinds.putIfAbsent(type, new Kind<>(Schema.of(form), key, handler)) != null) {
            throw new DeclarationException("there are two handlers of type " + type + Declaration.line());
        }
        return this;
    }

    /** Reads events; there is none of a type that no handler is for. */
    Codec<Optional<Event<?>>> codec() {
        JsonMapper json = JsonMapper.shared();
        return new Codec<>() {
            @Override
            public byte[] encode(Optional<Event<?>> event) {
                throw new UnsupportedOperationException("events of a log that is followed are only read");
            }

            @Override
            public Optional<Event<?>> decode(byte[] payload) {
                Object read;
                try {
                    read = json.readValue(payload, Object.class);
                } catch (JacksonException e) {
                    throw new IllegalArgumentException("event is no JSON: " + e.getOriginalMessage(), e);
                }
                if (!(read instanceof Map<?, ?> object) || !(object.get(member) instanceof String type)) {
                    throw new IllegalArgumentException("event has no member \"" + member
                            + "\" that names its type: it is no object, or has no such text");
                }
                Kind<?> kind = kinds.get(type);
                return kind == null ? Optional.empty() : Optional.of(kind.read(object));
            }
        };
    }
}
