package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a URL in the client's order, still encoded; decoding is done by whoever asks, because a value may be bytes
 * that are no text.
 */
public final class QueryString {
    private static final QueryString EMPTY = new QueryString(List.of());

    /** More parameters than any endpoint or view needs. */
    private static final int MAX_PARAMETERS = 256;

    private record Raw(String name, String value) {}

    private final List<Raw> parameters;

    private QueryString(List<Raw> parameters) {
        this.parameters = parameters;
    }

    /** Splits what follows the question mark. */
    public static QueryString parse(@Nullable String raw) {
        if (raw == null || raw.isEmpty()) {
            return EMPTY;
        }
        List<Raw> parameters = new ArrayList<>(4);
        int at = 0;
        while (at <= raw.length()) {
            int end = raw.indexOf('&', at);
            end = end < 0 ? raw.length() : end;
            if (end > at) {
                int equals = raw.indexOf('=', at);
                boolean bare = equals < 0 || equals > end;
                String name = Percent.text(raw.substring(at, bare ? end : equals), "name of a parameter");
                parameters.add(new Raw(name, bare ? "" : raw.substring(equals + 1, end)));
            }
            at = end + 1;
        }
        if (parameters.size() > MAX_PARAMETERS) {
            throw invalid(
                    "the URL has " + parameters.size() + " parameters; at most " + MAX_PARAMETERS + " are allowed");
        }
        return new QueryString(parameters);
    }

    /** The names of all parameters in the client's order, those that are there twice included. */
    public List<String> names() {
        return parameters.stream().map(Raw::name).toList();
    }

    public boolean has(String name) {
        return raw(name) != null;
    }

    private @Nullable String raw(String name) {
        for (Raw parameter : parameters) {
            if (parameter.name.equals(name)) {
                return parameter.value;
            }
        }
        return null;
    }

    /** The first value of a parameter as text. */
    public @Nullable String text(String name) {
        String raw = raw(name);
        return raw == null ? null : Percent.text(raw, "parameter '" + name + "'");
    }

    /** The first value of a parameter as bytes, which need not be text. */
    public byte @Nullable [] bytes(String name) {
        String raw = raw(name);
        return raw == null ? null : Percent.bytes(raw, "parameter '" + name + "'");
    }

    /** A whole number between the bounds, or {@code otherwise} when the parameter is missing. */
    public long number(String name, long otherwise, long min, long max) {
        String text = text(name);
        return text == null ? otherwise : Numbers.parse("parameter '" + name + "'", text, min, max);
    }

    /** True when the parameter is there, bare or as {@code true}. */
    public boolean flag(String name) {
        String text = text(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.isEmpty() || text.equals("true")) {
            return true;
        }
        throw invalid("parameter '" + name + "' is '" + Numbers.shorten(text) + "', expected true or false");
    }

    /** Every parameter, decoded, in the client's order. */
    public void forEach(BiConsumer<String, String> each) {
        for (Raw parameter : parameters) {
            each.accept(parameter.name, Percent.text(parameter.value, "parameter '" + parameter.name + "'"));
        }
    }

    private static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
