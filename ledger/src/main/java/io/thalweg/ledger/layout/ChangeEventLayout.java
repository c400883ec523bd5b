package io.thalweg.ledger.layout;

/**
 * Where the fields of a change event lie in its 384 bytes, little-endian: a transfer, or the expiry of one, with both accounts
 * as they were right after it.
 */
public final class ChangeEventLayout {
    public static final int BYTES = 384;

    public static final int TRANSFER_ID = 0;
    public static final int AMOUNT = 16;
    public static final int PENDING_ID = 32;
    public static final int USER_DATA_128 = 48;
    public static final int USER_DATA_64 = 64;
    public static final int USER_DATA_32 = 72;
    public static final int TIMEOUT = 76;
    public static final int CODE = 80;
    public static final int FLAGS = 82;
    public static final int LEDGER = 84;
    public static final int TYPE = 88;
    public static final int RESERVED = 89;

    /** 112 bytes, at the offsets {@code ACCOUNT_*} from here. */
    public static final int DEBIT_ACCOUNT = 128;

    /** 112 bytes, at the offsets {@code ACCOUNT_*} from here. */
    public static final int CREDIT_ACCOUNT = 240;

    public static final int ACCOUNT_ID = 0;

    /** The four balances lie as in {@link EventLayout}, {@link EventLayout#BALANCES_BYTES} long. */
    public static final int ACCOUNT_BALANCES = 16;

    public static final int ACCOUNT_USER_DATA_128 = 80;
    public static final int ACCOUNT_USER_DATA_64 = 96;
    public static final int ACCOUNT_USER_DATA_32 = 104;
    public static final int ACCOUNT_CODE = 108;
    public static final int ACCOUNT_FLAGS = 110;

    /** When the balances changed: of an expiry its own time, else the transfer's. */
    public static final int TIMESTAMP = 352;

    public static final int TRANSFER_TIMESTAMP = 360;
    public static final int DEBIT_ACCOUNT_TIMESTAMP = 368;
    public static final int CREDIT_ACCOUNT_TIMESTAMP = 376;

    public static final int TYPE_SINGLE = 0;
    public static final int TYPE_PENDING = 1;
    public static final int TYPE_POSTED = 2;
    public static final int TYPE_VOIDED = 3;
    public static final int TYPE_EXPIRED = 4;

    private ChangeEventLayout() {}
}
