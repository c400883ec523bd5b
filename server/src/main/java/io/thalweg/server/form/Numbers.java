package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Numbers in headers, paths and parameters: parsed strictly, refused with the value and the bounds. */
public final class Numbers {
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]+");

    private Numbers() {}

    public static long parse(String what, String text, long min, long max) {
        // Java takes a plus sign and the digits of all scripts, which no other reader of these numbers does.
        if (!DECIMAL.matcher(text).matches()) {
            throw noNumber(what, text, null);
        }
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw noNumber(what, text, e);
        }
        if (value < min || value > max) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, what + " is " + value + ", expected " + min + " to " + max);
        }
        return value;
    }

    private static ThalwegException noNumber(String what, String text, @Nullable Exception cause) {
        return new ThalwegException(
                ErrorCode.INVALID_REQUEST, what + " is '" + shorten(text) + "', expected a whole number", cause);
    }

    /** A client's text for use in a message: short, on one line. */
    public static String shorten(String text) {
        String cut = text.length() <= 80 ? text : text.substring(0, 80) + "…";
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
