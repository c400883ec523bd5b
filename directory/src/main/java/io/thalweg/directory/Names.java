package io.thalweg.directory;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.ThalwegException;
import java.nio.charset.StandardCharsets;

/** What names and e-mail addresses may look like. Checked in apply; a door may check earlier with the same methods. */
public final class Names {
    /** Names of logs that begin so are the platform's own. */
    public static final String RESERVED_PREFIX = "$";

    /** Longest e-mail address, in UTF-8 bytes. */
    public static final int MAX_EMAIL_BYTES = 254;

    private Names() {}

    /**
     * Checks a name of a tenant, log, view or key: 1 to 255 bytes of UTF-8 without control characters and slashes (it may
     * stand in a URL's path), not beginning with {@code $}, not beginning or ending with a space, neither {@code .} nor
     * {@code ..}. Throws {@code INVALID_REQUEST}.
     */
    public static void check(String what, String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > Limits.MAX_NAME_BYTES) {
            throw invalid("the name of a " + what + " has 1 to " + Limits.MAX_NAME_BYTES + " bytes, not " + bytes);
        }
        if (name.startsWith(RESERVED_PREFIX)) {
            throw invalid("names that begin with $ are reserved: choose another name for the " + what);
        }
        if (name.equals(".") || name.equals("..") || name.startsWith(" ") || name.endsWith(" ")) {
            throw invalid("the name of a " + what + " is neither . nor .. and has no space at its ends");
        }
        if (name.chars().anyMatch(c -> c < 0x20 || (c >= 0x7f && c < 0xa0) || c == '/')) {
            throw invalid("the name of a " + what + " has no control characters and no slash");
        }
    }

    /** The form in which addresses are stored and compared: ASCII letters in lower case, nothing else changed. */
    public static String canonicalEmail(String email) {
        StringBuilder canonical = new StringBuilder(email.length());
        for (int i = 0; i < email.length(); i++) {
            char c = email.charAt(i);
            canonical.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
        }
        return canonical.toString();
    }

    /** Checks that an address could be one: something, one {@code @}, something, no space. Throws {@code INVALID_REQUEST}. */
    public static void checkEmail(String email) {
        int bytes = email.getBytes(StandardCharsets.UTF_8).length;
        int at = email.indexOf('@');
        boolean shaped = at > 0 && at < email.length() - 1 && email.indexOf('@', at + 1) < 0;
        if (bytes > MAX_EMAIL_BYTES || !shaped || email.chars().anyMatch(c -> c <= 0x20 || c == 0x7f)) {
            throw invalid("not an e-mail address of at most " + MAX_EMAIL_BYTES + " bytes: " + shown(email));
        }
    }

    private static String shown(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    public static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
