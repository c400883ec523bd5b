package io.thalweg.ledger;

/** Arithmetic on unsigned 128-bit numbers as two longs, without allocating. */
final class U128 {
    private U128() {}

    static int compare(long aLow, long aHigh, long bLow, long bHigh) {
        return aHigh == bHigh ? Long.compareUnsigned(aLow, bLow) : Long.compareUnsigned(aHigh, bHigh);
    }

    static boolean isZero(long low, long high) {
        return (low | high) == 0;
    }

    /** Whether all 128 bits are set. */
    static boolean isMax(long low, long high) {
        return (low & high) == -1L;
    }

    /** The upper half of a sum. */
    static long addHigh(long aLow, long aHigh, long bLow, long bHigh) {
        return aHigh + bHigh + carry(aLow, bLow);
    }

    /** The upper half of a difference. */
    static long subtractHigh(long aLow, long aHigh, long bLow, long bHigh) {
        return aHigh - bHigh - (Long.compareUnsigned(aLow, bLow) < 0 ? 1 : 0);
    }

    static boolean addOverflows(long aLow, long aHigh, long bLow, long bHigh) {
        long sum = aHigh + bHigh;
        long withCarry = sum + carry(aLow, bLow);
        return Long.compareUnsigned(sum, aHigh) < 0 || Long.compareUnsigned(withCarry, sum) < 0;
    }

    private static long carry(long aLow, long bLow) {
        return Long.compareUnsigned(aLow + bLow, aLow) < 0 ? 1 : 0;
    }
}
