package io.thalweg.server.form;

import java.time.Instant;

/** Times as text. */
public final class Times {
    private Times() {}

    /** Nanoseconds since 1970 as RFC 3339. */
    public static String text(long timestampNs) {
        return Instant.ofEpochSecond(
                        Math.floorDiv(timestampNs, 1_000_000_000L), Math.floorMod(timestampNs, 1_000_000_000L))
                .toString();
    }
}
