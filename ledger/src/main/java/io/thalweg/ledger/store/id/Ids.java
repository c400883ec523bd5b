package io.thalweg.ledger.store.id;

/** Arithmetic on ids of 128 bits, given as two longs. All orders are unsigned. */
public final class Ids {
    private Ids() {}

    /** The hash in filters on disk, which mixes all bits into all bits: a change is a change of the format. */
    public static long storedHash(long low, long high) {
        long mixed = (low + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        mixed ^= Long.rotateLeft(high * 0xC2B2AE3D27D4EB4FL, 29) ^ (mixed >>> 32);
        mixed *= 0xD6E8FEB86659FD93L;
        mixed ^= mixed >>> 32;
        mixed *= 0xD6E8FEB86659FD93L;
        return mixed ^ (mixed >>> 32);
    }

    public static boolean less(long lowA, long highA, long lowB, long highB) {
        return highA == highB
                ? lowA + Long.MIN_VALUE < lowB + Long.MIN_VALUE
                : highA + Long.MIN_VALUE < highB + Long.MIN_VALUE;
    }
}
