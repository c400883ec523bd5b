package io.thalweg.ledger.layout;

/** Where the fields of a filter over all accounts or all transfers lie in its 64 bytes, little-endian. */
public final class QueryFilterLayout {
    public static final int BYTES = 64;

    public static final int USER_DATA_128 = 0;
    public static final int USER_DATA_64 = 16;
    public static final int USER_DATA_32 = 24;
    public static final int LEDGER = 28;
    public static final int CODE = 32;
    public static final int RESERVED = 34;
    public static final int RESERVED_BYTES = 6;
    public static final int TIMESTAMP_MIN = 40;
    public static final int TIMESTAMP_MAX = 48;
    public static final int LIMIT = 56;
    public static final int FLAGS = 60;

    public static final int FLAG_REVERSED = 1;
    public static final int FLAGS_ALL = 1;

    private QueryFilterLayout() {}
}
