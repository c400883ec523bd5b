package io.thalweg.view.java;

import io.thalweg.index.schema.Schema;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What handlers answer, as JSON. */
final class Answers {
    private static final JsonMapper JSON = JsonMapper.shared();

    private Answers() {}

    static byte[] json(Object answer) {
        return JSON.writeValueAsBytes(plain(answer));
    }

    static Object parse(byte[] json) {
        return JSON.readValue(json, Object.class);
    }

    private static @Nullable Object plain(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> plain = new LinkedHashMap<>();
                map.forEach((key, each) -> plain.put(String.valueOf(key), plain(each)));
                yield plain;
            }
            case Collection<?> all -> all.stream().map(Answers::plain).toList();
            default -> {
                Class<?> type = value instanceof Enum<?> one ? one.getDeclaringClass() : value.getClass();
                yield Schema.of(type).plain(value);
            }
        };
    }
}
