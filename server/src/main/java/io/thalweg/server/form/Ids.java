package io.thalweg.server.form;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Identifiers in paths: only the canonical form names anything. */
public final class Ids {
    private static final int CANONICAL_CHARACTERS = 36;

    private Ids() {}

    /** The identifier, or empty for what cannot be one. */
    public static <T> Optional<T> parse(String text, Function<String, T> parser) {
        if (text.length() != CANONICAL_CHARACTERS) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(text)).filter(id -> id.toString().equals(text.toLowerCase(Locale.ROOT)));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
