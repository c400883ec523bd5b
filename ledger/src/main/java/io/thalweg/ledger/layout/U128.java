package io.thalweg.ledger.layout;

/** Arithmetic on unsigned 128-bit numbers as two longs, without allocating. */
public final class U128 {
    private U128() {}

    /** Negative, zero or positive, as the first is less than, equal to or greater than the second. */
    public static int compare(long aLow, long aHigh, long bLow, long bHigh) {
        return aHigh == bHigh ? Long.compareUnsigned(aLow, bLow) : Long.compareUnsigned(aHigh, bHigh);
    }

    /** Whether no bit is set. */
    public static boolean isZero(long low, long high) {
        return (low | high) == 0;
    }

    /** Whether all 128 bits are set. */
    public static boolean isMax(long low, long high) {
        return (low & high) == -1L;
    }

    /** The upper half of a sum. */
    public static long addHigh(long aLow, long aHigh, long bLow, long bHigh) {
        return aHigh + bHigh + carry(aLow, bLow);
    }

    /** The upper half of a difference. */
    public static long subtractHigh(long aLow, long aHigh, long bLow, long bHigh) {
        return aHigh - bHigh - (Long.compareUnsigned(aLow, bLow) < 0 ? 1 : 0);
    }

    /** Whether a sum has more than 128 bits. */
    public static boolean addOverflows(long aLow, long aHigh, long bLow, long bHigh) {
        long sum = aHigh + bHigh;
        long withCarry = sum + carry(aLow, bLow);
        return Long.compareUnsigned(sum, aHigh) < 0 || Long.compareUnsigned(withCarry, sum) < 0;
    }

    private static long carry(long aLow, long bLow) {
        return Long.compareUnsigned(aLow + bLow, aLow) < 0 ? 1 : 0;
    }
}
