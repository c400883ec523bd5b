package io.thalweg.ledger.layout;

/** Where the fields of an account's balance at one time lie in its 128 bytes, little-endian. */
public final class AccountBalanceLayout {
    public static final int BYTES = 128;

    /** The four balances lie as in {@link EventLayout}, {@link EventLayout#BALANCES_BYTES} long. */
    public static final int DEBITS_PENDING = 0;

    public static final int DEBITS_POSTED = 16;
    public static final int CREDITS_PENDING = 32;
    public static final int CREDITS_POSTED = 48;
    public static final int TIMESTAMP = 64;
    public static final int RESERVED = 72;

    private AccountBalanceLayout() {}
}
