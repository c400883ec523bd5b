package io.thalweg.ledger.layout;

/** Where the fields of a filter over change events lie in its 64 bytes, little-endian. */
public final class ChangeEventsFilterLayout {
    public static final int BYTES = 64;

    public static final int TIMESTAMP_MIN = 0;
    public static final int TIMESTAMP_MAX = 8;
    public static final int LIMIT = 16;
    public static final int RESERVED = 20;
    public static final int RESERVED_BYTES = 44;

    private ChangeEventsFilterLayout() {}
}
