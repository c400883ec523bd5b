package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * JSON in and out, everywhere but on the append path: records with fields in snake case. Unknown fields are ignored where
 * clients of other services may send them, and refused where a misspelt word would silently change nothing.
 */
public final class Json {
    private static final JsonMapper LENIENT = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private static final JsonMapper STRICT = LENIENT.rebuild()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private Json() {}

    public static <T> T read(byte[] body, Class<T> type) {
        return read(LENIENT, body, type);
    }

    public static <T> T readStrictly(byte[] body, Class<T> type) {
        return read(STRICT, body, type);
    }

    private static <T> T read(JsonMapper mapper, byte[] body, Class<T> type) {
        T value;
        try {
            value = mapper.readValue(body, type);
        } catch (JacksonException e) {
            throw malformed(e);
        }
        if (value == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "the body is null, expected a JSON object");
        }
        return value;
    }

    public static byte[] write(Object value) {
        return LENIENT.writeValueAsBytes(value);
    }

    /** A streaming parser over the first {@code length} bytes. */
    public static JsonParser parser(byte[] body, int length) {
        return LENIENT.createParser(body, 0, length);
    }

    /** What to tell a client whose JSON is none: where, and what was wrong, without echoing the document. */
    public static ThalwegException malformed(JacksonException e) {
        TokenStreamLocation at = e.getLocation();
        String where =
                at == null || at.getLineNr() < 1 ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        return new ThalwegException(
                ErrorCode.INVALID_REQUEST,
                "the body is not the JSON that is expected" + where + ": " + Numbers.shorten(e.getOriginalMessage()),
                e);
    }

    /** The value of a field that a body must have. */
    public static String required(String name, @Nullable String value) {
        if (value == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "the body lacks '" + name + "'");
        }
        return value;
    }
}
