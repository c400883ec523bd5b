package io.thalweg.client;

/** What an account is told to do when it is created; to be joined with {@code |}. */
public final class AccountFlags {
    /** This and the next one are created together or not at all. */
    public static final int LINKED = 1;

    public static final int DEBITS_MUST_NOT_EXCEED_CREDITS = 2;
    public static final int CREDITS_MUST_NOT_EXCEED_DEBITS = 4;

    /** Keeps its balances after each transfer for queries. */
    public static final int HISTORY = 8;

    /** Comes from elsewhere with a timestamp of its own. */
    public static final int IMPORTED = 16;

    public static final int CLOSED = 32;

    private AccountFlags() {}
}
