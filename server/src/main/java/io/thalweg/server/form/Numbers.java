package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;

/** Numbers in headers, paths and parameters: parsed strictly, refused with the value and the bounds. */
public final class Numbers {
    private Numbers() {}

    public static long parse(String what, String text, long min, long max) {
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, what + " is '" + shorten(text) + "', expected a whole number", e);
        }
        if (value < min || value > max) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, what + " is " + value + ", expected " + min + " to " + max);
        }
        return value;
    }

    /** A client's text for use in a message: short, on one line. */
    public static String shorten(String text) {
        String cut = text.length() <= 80 ? text : text.substring(0, 80) + "…";
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
