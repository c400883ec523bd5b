package io.thalweg.ledger;

import io.thalweg.ledger.store.schema.StoreOptions;

/**
 * Sizes of one book.
 *
 * @param transfers of the store of transfers, which is the one that grows
 * @param small of the stores of accounts and of expiries
 */
public record LedgerOptions(StoreOptions transfers, StoreOptions small) {
    public static final LedgerOptions DEFAULT = new LedgerOptions(StoreOptions.DEFAULT, StoreOptions.DEFAULT);
}
