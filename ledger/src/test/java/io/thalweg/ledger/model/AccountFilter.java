package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.nio.ByteBuffer;

/** Asks for an account's transfers or balances. {@code reserved} is a byte put into the reserved part, 0 in a valid filter. */
public record AccountFilter(
        BigInteger accountId,
        BigInteger userData128,
        long userData64,
        long userData32,
        int code,
        int reserved,
        long timestampMin,
        long timestampMax,
        long limit,
        long flags) {
    public static final int BYTES = 128;
    public static final int DEBITS = 1;
    public static final int CREDITS = 2;
    public static final int REVERSED = 4;

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    public boolean isValid() {
        return !U128.isZero(accountId)
                && !U128.isMax(accountId)
                && limit != 0
                && (has(DEBITS) || has(CREDITS))
                && (flags & ~(DEBITS | CREDITS | REVERSED)) == 0
                && reserved == 0
                && QueryFilter.isValid(timestampMin, timestampMax);
    }

    public boolean matches(Transfer t) {
        return ((has(DEBITS) && t.debitAccountId().equals(accountId))
                        || (has(CREDITS) && t.creditAccountId().equals(accountId)))
                && (U128.isZero(userData128) || userData128.equals(t.userData128()))
                && (userData64 == 0 || userData64 == t.userData64())
                && (userData32 == 0 || userData32 == t.userData32())
                && (code == 0 || code == t.code())
                && QueryFilter.isWithin(t.timestamp(), timestampMin, timestampMax);
    }

    public void put(ByteBuffer to, int at) {
        U128.put(to, at, accountId);
        U128.put(to, at + 16, userData128);
        to.putLong(at + 32, userData64);
        to.putInt(at + 40, (int) userData32);
        to.putShort(at + 44, (short) code);
        to.put(at + 46 + Math.floorMod(timestampMin, 58), (byte) reserved);
        to.putLong(at + 104, timestampMin);
        to.putLong(at + 112, timestampMax);
        to.putInt(at + 120, (int) limit);
        to.putInt(at + 124, (int) flags);
    }
}
