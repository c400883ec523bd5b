package io.thalweg.ledger.query;

/** What a transfer does with money, in the words of the change events. */
public enum TransferKind {
    /** Moves it at once. */
    SINGLE,
    /** Sets it aside. */
    PENDING,
    /** Moves what was set aside, or a part of it. */
    POSTED,
    /** Gives back what was set aside. */
    VOIDED
}
