package io.thalweg.client;

/** What a transfer does; to be joined with {@code |}. */
public final class TransferFlags {
    /** This and the next one are booked together or not at all. */
    public static final int LINKED = 1;

    /** Reserves the amount until it is posted, voided, or its timeout is over. */
    public static final int PENDING = 2;

    public static final int POST_PENDING_TRANSFER = 4;
    public static final int VOID_PENDING_TRANSFER = 8;
    public static final int BALANCING_DEBIT = 16;
    public static final int BALANCING_CREDIT = 32;
    public static final int CLOSING_DEBIT = 64;
    public static final int CLOSING_CREDIT = 128;

    /** Comes from elsewhere with a timestamp of its own. */
    public static final int IMPORTED = 256;

    private TransferFlags() {}
}
