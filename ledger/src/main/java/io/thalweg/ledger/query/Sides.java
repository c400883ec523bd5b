package io.thalweg.ledger.query;

/** On which side of a transfer an account stands. */
public enum Sides {
    DEBITS,
    CREDITS,
    BOTH;

    boolean debits() {
        return this != CREDITS;
    }

    boolean credits() {
        return this != DEBITS;
    }
}
