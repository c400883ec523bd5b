package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.nio.ByteBuffer;

/** An account's balances after the event at {@code timestamp}. */
record Balance(
        BigInteger debitsPending,
        BigInteger debitsPosted,
        BigInteger creditsPending,
        BigInteger creditsPosted,
        long timestamp) {
    static final int BYTES = 128;

    static Balance of(Account account, long timestamp) {
        return new Balance(
                account.debitsPending(),
                account.debitsPosted(),
                account.creditsPending(),
                account.creditsPosted(),
                timestamp);
    }

    static Balance get(ByteBuffer from, int at) {
        for (int i = 72; i < BYTES; i++) {
            if (from.get(at + i) != 0) {
                throw new AssertionError("byte " + i + " of a balance is reserved, but is " + from.get(at + i));
            }
        }
        return new Balance(
                U128.get(from, at),
                U128.get(from, at + 16),
                U128.get(from, at + 32),
                U128.get(from, at + 48),
                from.getLong(at + 64));
    }
}
