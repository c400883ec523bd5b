package io.thalweg.view.java;

import java.util.UUID;

/** What a call to the outside knows. Valid while it runs, on its thread. */
public interface Scene {
    /** The same in each try of one call, also by another leader, and of no other call: what makes it happen once. */
    UUID id();

    /** Which try it is, from 1; begins anew when another leader goes on. */
    int attempt();

    /**
     * Books a transfer in a ledger of the view's tenant, once however often it is tried: the call's {@link #id} is the transfer's.
     *
     * @param ledger its name
     * @return {@code created}, also when an earlier try made it, or the ledger's word for why not
     * @throws RuntimeException when it is not known whether it was booked
     */
    String transfer(String ledger, Money money) throws InterruptedException;

    /**
     * A transfer.
     *
     * @param amount from 1, in the unit of the ledger's accounts
     * @param unit the accounts' {@code ledger}
     */
    record Money(long debitAccount, long creditAccount, long amount, int unit, int code) {}
}
