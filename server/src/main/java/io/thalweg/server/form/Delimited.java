package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Payloads in one body with a delimiter between them. Nothing is no event: what is empty between two delimiters, or behind the
 * last one, is passed over.
 */
public final class Delimited {
    private static final int MAX_DELIMITER_BYTES = 64;

    private Delimited() {}

    public static void parse(byte[] body, int length, byte[] delimiter, @Nullable String contentType, EventSink sink) {
        if (delimiter.length == 0 || delimiter.length > MAX_DELIMITER_BYTES) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "the delimiter has " + delimiter.length + " bytes, expected 1 to " + MAX_DELIMITER_BYTES);
        }
        int start = 0;
        while (start < length) {
            int end = find(body, start, length, delimiter);
            if (end > start) {
                sink.event(contentType, null, List.of(), body, start, end - start);
            }
            start = end + delimiter.length;
        }
    }

    /** Where the next delimiter begins, or {@code length}. */
    private static int find(byte[] body, int from, int length, byte[] delimiter) {
        byte first = delimiter[0];
        int last = length - delimiter.length;
        for (int at = from; at <= last; at++) {
            while (at <= last && body[at] != first) {
                at++;
            }
            if (at <= last && Arrays.equals(body, at, at + delimiter.length, delimiter, 0, delimiter.length)) {
                return at;
            }
        }
        return length;
    }
}
