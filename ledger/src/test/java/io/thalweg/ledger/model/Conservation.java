package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.util.List;
import java.util.TreeMap;

/** Over all accounts of each ledger code, debits equal credits: posted and pending. */
public final class Conservation {
    private final TreeMap<Long, BigInteger> posted = new TreeMap<>();
    private final TreeMap<Long, BigInteger> pending = new TreeMap<>();

    private Conservation(List<Account> accounts) {
        for (Account a : accounts) {
            posted.merge(a.ledger(), a.debitsPosted().subtract(a.creditsPosted()), BigInteger::add);
            pending.merge(a.ledger(), a.debitsPending().subtract(a.creditsPending()), BigInteger::add);
        }
    }

    /** Fails with an {@link AssertionError} that names the ledger codes in which something was made or lost. */
    public static void check(List<Account> accounts) {
        Conservation sums = new Conservation(accounts);
        sums.posted.values().removeIf(U128::isZero);
        sums.pending.values().removeIf(U128::isZero);
        if (!sums.posted.isEmpty() || !sums.pending.isEmpty()) {
            throw new AssertionError(
                    "debits less credits by ledger code: posted " + sums.posted + ", pending " + sums.pending);
        }
    }
}
