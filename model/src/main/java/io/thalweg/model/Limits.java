package io.thalweg.model;

/** Bounds that are part of the contract with clients; each is checked at the door and again in apply. */
public final class Limits {
    /** Largest payload of one event. */
    public static final int MAX_EVENT_BYTES = 1 << 20;

    /** Largest batch of events in one request, as the client sends it. */
    public static final int MAX_BATCH_BYTES = 10 << 20;

    /** Largest WebAssembly component. */
    public static final int MAX_COMPONENT_BYTES = 100 << 20;

    /** Headers of one event. */
    public static final int MAX_HEADERS = 64;

    /** Longest name of a log, view, tenant or key, in UTF-8 bytes. */
    public static final int MAX_NAME_BYTES = 255;

    private Limits() {}
}
