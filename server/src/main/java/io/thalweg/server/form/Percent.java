package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Percent-encoding of URLs. In a query a plus sign is a space, in a path it is a plus sign. */
public final class Percent {
    private Percent() {}

    /** A segment of a path as text. */
    public static String segment(String raw) {
        return raw.indexOf('%') < 0 ? raw : Utf8.decode(decode(raw, false, "the path"), "the path");
    }

    /** A name or value of a query as text. */
    public static String text(String raw, String what) {
        boolean plain = raw.indexOf('%') < 0 && raw.indexOf('+') < 0;
        return plain ? raw : Utf8.decode(decode(raw, true, what), what);
    }

    /** A value of a query as bytes. */
    public static byte[] bytes(String raw, String what) {
        return decode(raw, true, what);
    }

    private static byte[] decode(String raw, boolean plusIsSpace, String what) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(raw.length());
        int i = 0;
        while (i < raw.length()) {
            int c = raw.codePointAt(i);
            if (c == '%') {
                boolean whole = i + 2 < raw.length();
                int high = whole ? Character.digit(raw.charAt(i + 1), 16) : -1;
                int low = whole ? Character.digit(raw.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw new ThalwegException(
                            ErrorCode.INVALID_REQUEST, what + " has a broken percent escape at character " + i);
                }
                out.write(high << 4 | low);
                i += 3;
            } else {
                if (c == '+' && plusIsSpace) {
                    out.write(' ');
                } else {
                    out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
                }
                i += Character.charCount(c);
            }
        }
        return out.toByteArray();
    }
}
