package io.thalweg.ledger.model;

import java.math.BigInteger;

/**
 * A change of two accounts' balances.
 *
 * @param timestamp when it happened: the transfer's own, or that of the expiry
 * @param transfer as stored; for an expiry, the pending transfer
 * @param debit the account after the change
 * @param credit the account after the change
 */
public record ChangeEvent(long timestamp, Kind kind, Transfer transfer, Account debit, Account credit) {
    public enum Kind {
        SINGLE(0),
        PENDING(1),
        POSTED(2),
        VOIDED(3),
        EXPIRED(4);

        final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    public boolean touches(BigInteger account) {
        return debit.id().equals(account) || credit.id().equals(account);
    }
}
