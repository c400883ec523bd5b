package io.thalweg.index.schema;

/** A value, a type or a change of schema that does not fit; the text says what was found and what would fit. */
public final class SchemaException extends IllegalArgumentException {
    public SchemaException(String message) {
        super(message);
    }

    public SchemaException(String message, Throwable cause) {
        super(message, cause);
    }

    /** That {@code value} is not what a schema wants; long values are cut. */
    static SchemaException unfit(String wanted, Object value) {
        String text = String.valueOf(value);
        String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
        return new SchemaException("expected " + wanted + ", found " + typeOf(value) + " " + shown);
    }

    private static String typeOf(Object value) {
        return switch (value) {
            case String _ -> "string";
            case Boolean _ -> "boolean";
            case Number _ -> "number";
            case java.util.Map<?, ?> _ -> "object";
            case java.util.Collection<?> _ -> "list";
            default -> value.getClass().getSimpleName();
        };
    }
}
