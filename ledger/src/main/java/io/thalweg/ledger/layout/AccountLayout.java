package io.thalweg.ledger.layout;

/** Where the fields of an account lie in its 128 bytes, little-endian, on the wire, in memory and on disk alike. */
public final class AccountLayout {
    public static final int BYTES = 128;

    public static final int ID = 0;
    public static final int DEBITS_PENDING = 16;
    public static final int DEBITS_POSTED = 32;
    public static final int CREDITS_PENDING = 48;
    public static final int CREDITS_POSTED = 64;
    public static final int USER_DATA_128 = 80;
    public static final int USER_DATA_64 = 96;
    public static final int USER_DATA_32 = 104;
    public static final int RESERVED = 108;
    public static final int LEDGER = 112;
    public static final int CODE = 116;
    public static final int FLAGS = 118;
    public static final int TIMESTAMP = 120;

    public static final int FLAG_LINKED = 1;
    public static final int FLAG_DEBITS_MUST_NOT_EXCEED_CREDITS = 2;
    public static final int FLAG_CREDITS_MUST_NOT_EXCEED_DEBITS = 4;
    public static final int FLAG_HISTORY = 8;
    public static final int FLAG_IMPORTED = 16;
    public static final int FLAG_CLOSED = 32;
    public static final int FLAGS_ALL = 63;

    private AccountLayout() {}
}
