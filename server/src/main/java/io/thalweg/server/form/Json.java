package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
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

    /** How deep a value may be that is put into a page: readers stop at a depth of their own, a thousand in many. */
    public static final int EMBEDDED_DEPTH_MAX = 500;

    private static final JsonMapper PAYLOADS = LENIENT.rebuild()
            .disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final JsonMapper EMBEDDED = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(EMBEDDED_DEPTH_MAX)
                            .build())
                    .build())
            .build();

    private Json() {}

    public static <T> T read(byte[] body, Class<T> type) {
        return read(LENIENT, body, type);
    }

    public static <T> T readStrictly(byte[] body, Class<T> type) {
        return read(STRICT, body, type);
    }

    private static <T> T read(JsonMapper mapper, byte[] body, Class<T> type) {
        Utf8.decode(body, "the body");
        requireWholePairs(body);
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

    /** Refuses escapes of half a surrogate pair, which would become question marks as soon as they are stored. */
    private static void requireWholePairs(byte[] body) {
        int high = -1;
        int i = 0;
        while (i < body.length) {
            if (body[i] != '\\') {
                i++;
                continue;
            }
            int unit = i + 5 < body.length && body[i + 1] == 'u' ? hex(body, i + 2) : -1;
            boolean low = unit >= 0xdc00 && unit <= 0xdfff;
            if (low && high != i) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST, "the body has half of a surrogate pair at byte " + i);
            }
            if (high >= 0 && !(low && high == i)) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST, "the body has half of a surrogate pair before byte " + i);
            }
            high = unit >= 0xd800 && unit <= 0xdbff ? i + 6 : -1;
            i += unit >= 0 ? 6 : 2;
        }
        if (high >= 0) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "the body has half of a surrogate pair");
        }
    }

    private static int hex(byte[] body, int at) {
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            int digit = Character.digit(body[i], 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
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

    /** A streaming parser over payloads, in which names may be there twice: what a payload means is not ours to say. */
    static JsonParser payloadParser(byte[] body, int length) {
        return PAYLOADS.createParser(body, 0, length);
    }

    /** A parser for a whole payload that stops where it goes deeper than a page may carry. */
    static JsonParser embeddedParser(byte[] payload) {
        return EMBEDDED.createParser(payload, 0, payload.length);
    }

    /** What to tell a client whose JSON is none: where, and what was wrong, without echoing the document. */
    public static ThalwegException malformed(JacksonException e) {
        return malformed("", e);
    }

    /** @param part which part of the body, before "the body" */
    static ThalwegException malformed(String part, JacksonException e) {
        TokenStreamLocation at = e.getLocation();
        String where =
                at == null || at.getLineNr() < 1 ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        return new ThalwegException(
                ErrorCode.INVALID_REQUEST,
                part + "the body is not the JSON that is expected" + where + ": " + Numbers.shorten(reason(e)),
                e);
    }

    /** What is wrong in words of JSON: the parser's own are those of classes that nobody out there knows. */
    private static String reason(JacksonException e) {
        String message = String.valueOf(e.getOriginalMessage());
        if (e instanceof UnrecognizedPropertyException) {
            return path(e) + " is unknown";
        }
        if (message.startsWith("Trailing token")) {
            return "something follows the value";
        }
        if (e instanceof MismatchedInputException mismatch && !e.getPath().isEmpty()) {
            return path(e) + " is not " + expected(mismatch.getTargetType());
        }
        if (e instanceof MismatchedInputException && message.startsWith("Cannot deserialize")) {
            return "it is not an object";
        }
        // What comes behind the first sentence tells where in the parser's source, and how to configure it.
        return message.replaceFirst("(?s)( \\(start marker|: enable `|, from `| \\(bound as| \\(but |; nested).*", "")
                .replace("`", "'");
    }

    private static String path(JacksonException e) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : e.getPath()) {
            if (step.getPropertyName() != null) {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            } else {
                path.append('[').append(step.getIndex()).append(']');
            }
        }
        return "'" + path + "'";
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "what it should be";
        }
        if (type == String.class || type == UUID.class) {
            return "text";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == Double.class || type == double.class) {
            return "a number";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
            return "a whole number in its bounds";
        }
        return Collection.class.isAssignableFrom(type) || type.isArray() ? "a list" : "an object";
    }

    /** The value of a field that a body must have. */
    public static String required(String name, @Nullable String value) {
        if (value == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "the body lacks '" + name + "'");
        }
        return value;
    }
}
