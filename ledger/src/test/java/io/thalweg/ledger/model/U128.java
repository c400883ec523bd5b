package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.nio.ByteBuffer;

/** Unsigned numbers of 128 bits, as {@link BigInteger}, and how they lie in a little-endian buffer. */
public final class U128 {
    public static final BigInteger ZERO = BigInteger.ZERO;
    public static final BigInteger MAX = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);
    private static final BigInteger MAX_U64 = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private U128() {}

    public static BigInteger of(long value) {
        return BigInteger.valueOf(value);
    }

    /** {@code high} and {@code low} are unsigned. */
    public static BigInteger of(long high, long low) {
        return BigInteger.valueOf(high)
                .and(MAX_U64)
                .shiftLeft(64)
                .or(BigInteger.valueOf(low).and(MAX_U64));
    }

    public static boolean exceeds(BigInteger value) {
        return value.compareTo(MAX) > 0;
    }

    public static boolean isMax(BigInteger value) {
        return value.equals(MAX);
    }

    public static boolean isZero(BigInteger value) {
        return value.signum() == 0;
    }

    public static BigInteger get(ByteBuffer from, int at) {
        return of(from.getLong(at + 8), from.getLong(at));
    }

    public static void put(ByteBuffer to, int at, BigInteger value) {
        if (value.signum() < 0 || exceeds(value)) {
            throw new IllegalArgumentException(value + " is not an unsigned number of 128 bits");
        }
        to.putLong(at, value.longValue());
        to.putLong(at + 8, value.shiftRight(64).longValue());
    }
}
