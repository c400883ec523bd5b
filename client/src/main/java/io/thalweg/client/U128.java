package io.thalweg.client;

import java.math.BigInteger;

/** An unsigned number of 128 bits: an id, or an amount of money. */
public record U128(long high, long low) implements Comparable<U128> {
    public static final U128 ZERO = new U128(0, 0);

    /** 2^128-1; as the amount of a transfer it means "as much as possible". */
    public static final U128 MAX = new U128(-1, -1);

    private static final BigInteger MASK = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    /** A number that is not negative. */
    public static U128 of(long value) {
        if (value < 0) {
            throw new IllegalArgumentException(value + " is negative");
        }
        return new U128(0, value);
    }

    /** A number of 0 to 2^128-1. */
    public static U128 of(BigInteger value) {
        if (value.signum() < 0 || value.bitLength() > 128) {
            throw new IllegalArgumentException(value + " is no number of 0 to 2^128-1");
        }
        return new U128(value.shiftRight(64).longValue(), value.longValue());
    }

    /** Reads decimal digits; {@link IllegalArgumentException} for anything else. */
    public static U128 parse(String text) {
        return of(new BigInteger(text));
    }

    public BigInteger toBigInteger() {
        return BigInteger.valueOf(high)
                .and(MASK)
                .shiftLeft(64)
                .or(BigInteger.valueOf(low).and(MASK));
    }

    @Override
    public int compareTo(U128 other) {
        return high != other.high ? Long.compareUnsigned(high, other.high) : Long.compareUnsigned(low, other.low);
    }

    /** Decimal digits. */
    @Override
    public String toString() {
        return high == 0 ? Long.toUnsignedString(low) : toBigInteger().toString();
    }
}
