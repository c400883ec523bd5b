package io.thalweg.ledger.layout;

/** Where the fields of a filter over one account's transfers lie in its 128 bytes, little-endian. */
public final class AccountFilterLayout {
    public static final int BYTES = 128;

    public static final int ACCOUNT_ID = 0;
    public static final int USER_DATA_128 = 16;
    public static final int USER_DATA_64 = 32;
    public static final int USER_DATA_32 = 40;
    public static final int CODE = 44;
    public static final int RESERVED = 46;
    public static final int RESERVED_BYTES = 58;
    public static final int TIMESTAMP_MIN = 104;
    public static final int TIMESTAMP_MAX = 112;
    public static final int LIMIT = 120;
    public static final int FLAGS = 124;

    public static final int FLAG_DEBITS = 1;
    public static final int FLAG_CREDITS = 2;
    public static final int FLAG_REVERSED = 4;
    public static final int FLAGS_ALL = 7;

    private AccountFilterLayout() {}
}
