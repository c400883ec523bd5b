package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.nio.ByteBuffer;

/** Asks for accounts or transfers. {@code reserved} is a byte put into the reserved part, 0 in a valid filter. */
public record QueryFilter(
        BigInteger userData128,
        long userData64,
        long userData32,
        long ledger,
        int code,
        int reserved,
        long timestampMin,
        long timestampMax,
        long limit,
        long flags) {
    public static final int BYTES = 64;
    public static final int REVERSED = 1;

    public boolean isReversed() {
        return (flags & REVERSED) != 0;
    }

    public boolean isValid() {
        return limit != 0 && (flags & ~REVERSED) == 0 && reserved == 0 && isValid(timestampMin, timestampMax);
    }

    public boolean matches(Transfer t) {
        return matches(t.userData128(), t.userData64(), t.userData32(), t.ledger(), t.code(), t.timestamp());
    }

    public boolean matches(Account a) {
        return matches(a.userData128(), a.userData64(), a.userData32(), a.ledger(), a.code(), a.timestamp());
    }

    private boolean matches(BigInteger ud128, long ud64, long ud32, long ofLedger, int ofCode, long timestamp) {
        return (U128.isZero(userData128) || userData128.equals(ud128))
                && (userData64 == 0 || userData64 == ud64)
                && (userData32 == 0 || userData32 == ud32)
                && (ledger == 0 || ledger == ofLedger)
                && (code == 0 || code == ofCode)
                && isWithin(timestamp, timestampMin, timestampMax);
    }

    /** Whether bounds are 0 (open) or timestamps, and not crossed. */
    public static boolean isValid(long min, long max) {
        return min >= 0 && max >= 0 && (max == 0 || min <= max);
    }

    public static boolean isWithin(long timestamp, long min, long max) {
        return timestamp >= min && (max == 0 || timestamp <= max);
    }

    public void put(ByteBuffer to, int at) {
        U128.put(to, at, userData128);
        to.putLong(at + 16, userData64);
        to.putInt(at + 24, (int) userData32);
        to.putInt(at + 28, (int) ledger);
        to.putShort(at + 32, (short) code);
        to.put(at + 34 + Math.floorMod(timestampMin, 6), (byte) reserved);
        to.putLong(at + 40, timestampMin);
        to.putLong(at + 48, timestampMax);
        to.putInt(at + 56, (int) limit);
        to.putInt(at + 60, (int) flags);
    }
}
