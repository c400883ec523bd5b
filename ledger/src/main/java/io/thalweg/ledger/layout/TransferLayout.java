package io.thalweg.ledger.layout;

/** Where the fields of a transfer lie in its 128 bytes, little-endian, on the wire, in memory and on disk alike. */
public final class TransferLayout {
    public static final int BYTES = 128;

    public static final int ID = 0;
    public static final int DEBIT_ACCOUNT_ID = 16;
    public static final int CREDIT_ACCOUNT_ID = 32;
    public static final int AMOUNT = 48;
    public static final int PENDING_ID = 64;
    public static final int USER_DATA_128 = 80;
    public static final int USER_DATA_64 = 96;
    public static final int USER_DATA_32 = 104;
    public static final int TIMEOUT = 108;
    public static final int LEDGER = 112;
    public static final int CODE = 116;
    public static final int FLAGS = 118;
    public static final int TIMESTAMP = 120;

    public static final int FLAG_LINKED = 1;
    public static final int FLAG_PENDING = 2;
    public static final int FLAG_POST_PENDING = 4;
    public static final int FLAG_VOID_PENDING = 8;
    public static final int FLAG_BALANCING_DEBIT = 16;
    public static final int FLAG_BALANCING_CREDIT = 32;
    public static final int FLAG_CLOSING_DEBIT = 64;
    public static final int FLAG_CLOSING_CREDIT = 128;
    public static final int FLAG_IMPORTED = 256;
    public static final int FLAGS_ALL = 511;

    private TransferLayout() {}
}
