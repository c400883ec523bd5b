package io.thalweg.ledger.query;

/** What a transfer does with money. */
public enum TransferKind {
    /** Moves it at once. */
    SINGLE,
    /** Sets it aside. */
    PENDING,
    /** Moves what was set aside, or a part of it. */
    POST,
    /** Gives back what was set aside. */
    VOID
}
