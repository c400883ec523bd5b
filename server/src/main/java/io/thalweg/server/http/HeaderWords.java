package io.thalweg.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;

/** The names of headers that the API adds to HTTP's own. */
final class HeaderWords {
    static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create("Idempotency-Key");
    static final HeaderName EXPECTED_SEQUENCE = HeaderNames.create("Expected-Sequence");
    static final HeaderName LAST_EVENT_ID = HeaderNames.create("Last-Event-ID");

    /** What an appended event is about. */
    static final HeaderName KEY = HeaderNames.create("Thalweg-Key");

    /** What the names of headers begin with that travel with an appended event; the rest is its name there, in lower case. */
    static final String EVENT_HEADER_PREFIX = "thalweg-header-";

    /** The sequence up to which a reply reflects the log. */
    static final HeaderName POSITION = HeaderNames.create("Thalweg-Position");

    /** The sequence to read on from. */
    static final HeaderName NEXT = HeaderNames.create("Thalweg-Next-Sequence");

    /** The newest sequence. */
    static final HeaderName HEAD = HeaderNames.create("Thalweg-Head-Sequence");

    /** The version of the view that answered. */
    static final HeaderName VIEW_VERSION = HeaderNames.create("Thalweg-View-Version");

    /** {@code true} when an append was recognised as a repetition. */
    static final HeaderName DUPLICATE = HeaderNames.create("Thalweg-Duplicate");

    /** A client of a ledger that numbers its requests. */
    static final HeaderName SESSION = HeaderNames.create("Thalweg-Session");

    /** The number of a request in its session. */
    static final HeaderName REQUEST = HeaderNames.create("Thalweg-Request");

    /** The timestamp to ask for the rows behind those of a reply. */
    static final HeaderName NEXT_TIMESTAMP = HeaderNames.create("Thalweg-Next-Timestamp");

    private HeaderWords() {}
}
