package io.thalweg.testkit.history;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Accounts and plain transfers, done one after the other: what a ledger must answer, written without a look at the ledger. Each request is
 * one transfer; accounts exist by being named, and may have to stay covered. Pending and linked transfers, and account creation, are not
 * part of it. One thread.
 */
public final class LedgerModel implements SerialHistory.Model<LedgerModel.Transfer, LedgerModel.Answer> {
    /**
     * Money from one account to another.
     *
     * @param id the same for a repeat
     */
    public record Transfer(long id, long debit, long credit, long amount) {}

    /** What a transfer is answered. */
    public enum Answer {
        CREATED,
        /** The same was done before. */
        EXISTS,
        /** Another of the same id was done before. */
        EXISTS_OTHERWISE,
        /** The debited account has not so much. */
        EXCEEDS_CREDITS
    }

    private final Map<Long, Transfer> done = new HashMap<>();
    private final Map<Long, Long> balances = new HashMap<>();
    private final LongPredicate covered;

    /** @param covered accounts whose debits must not exceed their credits */
    public LedgerModel(LongPredicate covered) {
        this.covered = covered;
    }

    @Override
    public Answer answer(Transfer transfer, long timestampNs) {
        Transfer before = done.get(transfer.id);
        if (before != null) {
            return before.equals(transfer) ? Answer.EXISTS : Answer.EXISTS_OTHERWISE;
        }
        if (covered.test(transfer.debit) && balance(transfer.debit) < transfer.amount) {
            return Answer.EXCEEDS_CREDITS;
        }
        done.put(transfer.id, transfer);
        balances.merge(transfer.debit, -transfer.amount, Math::addExact);
        balances.merge(transfer.credit, transfer.amount, Math::addExact);
        return Answer.CREATED;
    }

    /** Credits less debits of an account. */
    public long balance(long account) {
        return balances.getOrDefault(account, 0L);
    }
}
