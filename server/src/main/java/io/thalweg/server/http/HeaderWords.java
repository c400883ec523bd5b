package io.thalweg.server.http;

/** The names of headers that the API adds to HTTP's own. */
public final class HeaderWords {
    public static final String IDEMPOTENCY_KEY = "Idempotency-Key";
    public static final String EXPECTED_SEQUENCE = "Expected-Sequence";
    public static final String LAST_EVENT_ID = "Last-Event-ID";

    /** What an appended event is about. */
    public static final String KEY = "Thalweg-Key";

    /** {@code NAME/EPOCH} of who numbers its appends. */
    public static final String PRODUCER = "Thalweg-Producer";

    /** The number of an append of a producer. */
    public static final String NUMBER = "Thalweg-Number";

    /** What the names of headers begin with that travel with an appended event; the rest is its name there, in lower case. */
    public static final String EVENT_HEADER_PREFIX = "thalweg-header-";

    /** The sequence up to which a reply reflects the log. */
    public static final String POSITION = "Thalweg-Position";

    /** The sequence to read on from. */
    public static final String NEXT = "Thalweg-Next-Sequence";

    /** The newest sequence. */
    public static final String HEAD = "Thalweg-Head-Sequence";

    /** Events before the position that the reply does not reflect, e.g. {@code 1-82}; only where there are any. */
    public static final String MISSING = "Thalweg-Missing";

    /** The version of the view that answered. */
    public static final String VIEW_VERSION = "Thalweg-View-Version";

    /** {@code true} when an append was recognised as a repetition. */
    public static final String DUPLICATE = "Thalweg-Duplicate";

    /** A client of a ledger that numbers its requests. */
    public static final String SESSION = "Thalweg-Session";

    /** The number of a request in its session. */
    public static final String REQUEST = "Thalweg-Request";

    /** The timestamp to ask for the rows behind those of a reply. */
    public static final String NEXT_TIMESTAMP = "Thalweg-Next-Timestamp";

    private HeaderWords() {}
}
