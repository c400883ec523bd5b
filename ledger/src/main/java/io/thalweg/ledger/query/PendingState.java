package io.thalweg.ledger.query;

/** What has become of a pending transfer; the ordinals are the numbers of {@link PendingTable}. */
public enum PendingState {
    PENDING,
    POSTED,
    VOIDED,
    EXPIRED
}
