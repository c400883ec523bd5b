package io.thalweg.server.http;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.QueryString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a parameter may be: its type, its bounds and what stands for it when it is missing, in the words of JSON Schema. The document says
 * it, and a fuzzer holds each route to it: what is within is never refused for its form, what is outside is 400.
 *
 * @param type of JSON Schema
 * @param format of JSON Schema or OpenAPI; null for none
 * @param least smallest number, null for no bound
 * @param most largest number, null for no bound
 * @param pattern what a text looks like, null for anything
 * @param choices all there are; empty for no such list
 * @param otherwise what a missing parameter means, null where the text says it
 */
public record Shape(
        String type,
        @Nullable String format,
        @Nullable Long least,
        @Nullable Long most,
        @Nullable String pattern,
        List<String> choices,
        @Nullable Object otherwise) {

    /** A whole number between bounds, both of them allowed. */
    public static Shape integer(long least, long most) {
        return new Shape("integer", "int64", least, most, null, List.of(), null);
    }

    /** A sequence of a stream: 1 or more. */
    public static Shape sequence() {
        return integer(1, Long.MAX_VALUE);
    }

    /** A whole number of up to 128 bits without a sign, as text, since it may pass what a JSON number can carry. */
    public static Shape wide() {
        return new Shape("string", null, null, null, "^[0-9]{1,39}$", List.of(), null);
    }

    /** True or false; the bare name is true. */
    public static Shape flag() {
        return new Shape("boolean", null, null, null, null, List.of(), false);
    }

    public static Shape text() {
        return new Shape("string", null, null, null, null, List.of(), null);
    }

    public static Shape uuid() {
        return new Shape("string", "uuid", null, null, null, List.of(), null);
    }

    /** A memo's id: SHA-256 in lower-case hex. */
    public static Shape memo() {
        return new Shape("string", null, null, null, "^[0-9a-f]{64}$", List.of(), null);
    }

    /** Nanoseconds since 1970 in digits, or RFC 3339 with a Z. */
    public static Shape time() {
        return new Shape("string", null, null, null, "^([0-9]{1,19}|[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z)$", List.of(), null);
    }

    public static Shape oneOf(String... choices) {
        return new Shape("string", null, null, null, null, List.of(choices), null);
    }

    /** The same, with what a missing parameter means. */
    public Shape orElse(Object value) {
        return new Shape(type, format, least, most, pattern, choices, value);
    }

    /** Refuses a parameter of the query that is not within; what a pattern says is looked at by whoever reads the parameter. */
    void require(QueryString query, String name) {
        if (type.equals("integer")) {
            query.number(name, 0, orElse(least, Long.MIN_VALUE), orElse(most, Long.MAX_VALUE));
        } else if (type.equals("boolean")) {
            query.flag(name);
        } else if (!choices.isEmpty()) {
            String text = query.text(name);
            if (text != null && !choices.contains(text)) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "parameter '" + name + "' is '" + Numbers.shorten(text) + "', expected one of " + choices);
            }
        }
    }

    private static long orElse(@Nullable Long bound, long otherwise) {
        return bound == null ? otherwise : bound;
    }
}
