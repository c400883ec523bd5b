package io.thalweg.ledger.layout;

/**
 * What the book keeps of each change of balances, 256 bytes, little-endian: the transfer as it was booked, and the balances of
 * both accounts right after it. The expiry of a pending transfer is kept in the same form, apart from the transfers: the pending
 * transfer's bytes, but with the expiry's timestamp, and in place of {@code pending_id} the slot of the pending transfer and the
 * number of transfers that were booked before the expiry.
 */
public final class EventLayout {
    public static final int BYTES = 256;

    /** The transfer, as {@link TransferLayout} has it. */
    public static final int TRANSFER = 0;

    /** Four balances of 16 bytes: debits pending, debits posted, credits pending, credits posted. */
    public static final int DEBIT_ACCOUNT_BALANCES = 128;

    /** The same of the credit account. */
    public static final int CREDIT_ACCOUNT_BALANCES = 192;

    public static final int BALANCES_BYTES = 64;

    /** Of an expiry, u64: the slot of the pending transfer. */
    public static final int EXPIRY_PENDING_SLOT = 64;

    /**
     * Of an expiry, u64: how many transfers were booked before it. Timestamps do not tell, since those of imported transfers
     * lie in the past.
     */
    public static final int EXPIRY_TRANSFERS = 72;

    private EventLayout() {}
}
