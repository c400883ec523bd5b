package io.thalweg.ledger.model;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Asks for transfers by more than the protocol can.
 *
 * @param account that must be debited, credited or either, as {@code flags} say; null for any
 * @param flags as an {@link AccountFilter}'s
 * @param amountMin inclusive
 * @param amountMax inclusive
 * @param status of a pending transfer; null for any transfer
 * @param fields the rest of what must hold, the limit, and the order
 */
public record TransferSearch(
        @Nullable BigInteger account,
        int flags,
        BigInteger amountMin,
        BigInteger amountMax,
        State.@Nullable PendingStatus status,
        QueryFilter fields) {

    public boolean matches(Transfer t) {
        boolean sides = account == null
                || ((flags & AccountFilter.DEBITS) != 0 && t.debitAccountId().equals(account))
                || ((flags & AccountFilter.CREDITS) != 0 && t.creditAccountId().equals(account));
        return sides
                && t.amount().compareTo(amountMin) >= 0
                && t.amount().compareTo(amountMax) <= 0
                && fields.matches(t);
    }
}
