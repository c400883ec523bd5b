package io.thalweg.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;

/** The names of headers that the API adds to HTTP's own. */
public final class HeaderWords {
    public static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create("Idempotency-Key");
    public static final HeaderName EXPECTED_SEQUENCE = HeaderNames.create("Expected-Sequence");
    public static final HeaderName LAST_EVENT_ID = HeaderNames.create("Last-Event-ID");

    /** What an appended event is about. */
    public static final HeaderName KEY = HeaderNames.create("Thalweg-Key");

    /** What the names of headers begin with that travel with an appended event; the rest is its name there, in lower case. */
    public static final String EVENT_HEADER_PREFIX = "thalweg-header-";

    /** The sequence up to which a reply reflects the log. */
    public static final HeaderName POSITION = HeaderNames.create("Thalweg-Position");

    /** The sequence to read on from. */
    public static final HeaderName NEXT = HeaderNames.create("Thalweg-Next-Sequence");

    /** The newest sequence. */
    public static final HeaderName HEAD = HeaderNames.create("Thalweg-Head-Sequence");

    /** Events before the position that the reply does not reflect, e.g. {@code 1-82}; only where there are any. */
    public static final HeaderName MISSING = HeaderNames.create("Thalweg-Missing");

    /** The version of the view that answered. */
    public static final HeaderName VIEW_VERSION = HeaderNames.create("Thalweg-View-Version");

    /** {@code true} when an append was recognised as a repetition. */
    public static final HeaderName DUPLICATE = HeaderNames.create("Thalweg-Duplicate");

    /** A client of a ledger that numbers its requests. */
    public static final HeaderName SESSION = HeaderNames.create("Thalweg-Session");

    /** The number of a request in its session. */
    public static final HeaderName REQUEST = HeaderNames.create("Thalweg-Request");

    /** The timestamp to ask for the rows behind those of a reply. */
    public static final HeaderName NEXT_TIMESTAMP = HeaderNames.create("Thalweg-Next-Timestamp");

    private HeaderWords() {}
}
