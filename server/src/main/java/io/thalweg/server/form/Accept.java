package io.thalweg.server.form;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which of several forms a client wants, by its {@code Accept} headers (RFC 9110, 12.5.1): the one with the highest {@code q}, the
 * more exact range deciding for a type; {@code q=0} is a refusal. A header that names nothing that there is does not matter: many
 * clients send one without meaning it, and a reply that they do not expect says more than none.
 */
public final class Accept {
    private Accept() {}

    /**
     * The form to give.
     *
     * @param headers the values of all {@code Accept} headers
     * @param offered media types, the usual one first
     * @return null when the client refuses all of them
     */
    public static @Nullable String choose(List<String> headers, String... offered) {
        if (headers.isEmpty()) {
            return offered[0];
        }
        String best = null;
        double bestQuality = 0;
        boolean open = false;
        for (String offer : offered) {
            double quality = quality(headers, offer);
            open |= Double.isNaN(quality);
            if (quality > bestQuality) {
                best = offer;
                bestQuality = quality;
            }
        }
        if (best != null || !open) {
            return best;
        }
        for (String offer : offered) {
            if (Double.isNaN(quality(headers, offer))) {
                return offer;
            }
        }
        return null;
    }

    /** The quality of a type, or NaN when no range names it. */
    private static double quality(List<String> headers, String type) {
        int exactness = 0;
        double quality = Double.NaN;
        for (String header : headers) {
            for (String range : header.split(",", -1)) {
                int exact = exactness(MediaTypes.essence(range), type);
                if (exact > exactness) {
                    exactness = exact;
                    quality = q(range);
                }
            }
        }
        return quality;
    }

    private static int exactness(String range, String type) {
        if (range.equals(type)) {
            return 3;
        }
        if (range.endsWith("/*") && type.startsWith(range.substring(0, range.length() - 1))) {
            return 2;
        }
        return range.equals("*/*") ? 1 : 0;
    }

    /** The weight of a range; one that cannot be read counts as none said. */
    private static double q(String range) {
        for (String parameter : range.split(";", -1)) {
            String text = parameter.strip().toLowerCase(Locale.ROOT);
            if (text.startsWith("q=")) {
                try {
                    return Math.clamp(Double.parseDouble(text.substring(2)), 0.0, 1.0);
                } catch (NumberFormatException _) {
                    return 1;
                }
            }
        }
        return 1;
    }
}
