package io.thalweg.cli.ledger;

/** What can be moved in and out. */
enum LedgerKind {
    accounts,
    transfers
}
