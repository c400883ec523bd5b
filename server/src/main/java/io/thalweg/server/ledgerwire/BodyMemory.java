package io.thalweg.server.ledgerwire;

import java.util.concurrent.Semaphore;

/**
 * Bounds the bodies that are being read, executed or answered in all connections together.
 *
 * <p>Nobody waits here who holds something: a connection waits for its first piece alone, and whoever wants more than it holds gets it at
 * once or not at all. So connections that hold memory always come to their end by themselves, and a body that was announced and does not
 * come holds no more than a piece once memory is scarce.
 */
final class BodyMemory {
    private static final int UNIT_BYTES = 4096;

    /** What a body gets to begin with when memory is scarce. */
    static final int PIECE_BYTES = 64 << 10;

    private final Semaphore units;
    private final int plenty;

    BodyMemory(long bytes) {
        int all = Math.toIntExact(Math.max(Header.MESSAGE_BYTES_MAX, bytes) / UNIT_BYTES);
        units = new Semaphore(all, true);
        plenty = all / 2;
    }

    /**
     * Takes memory for a body that was announced, of which nothing has come yet; waits when there is none. The caller holds nothing.
     *
     * @return how much was taken: all of it while more than half is free, otherwise a first piece
     */
    int begin(int bytes) throws InterruptedException {
        int taken = units.availablePermits() > plenty ? bytes : Math.min(bytes, PIECE_BYTES);
        units.acquire(units(taken));
        return taken;
    }

    /** Takes what is wanted beyond what the caller holds; false, without waiting, when it is not there. */
    boolean grow(int held, int wanted) {
        return units.tryAcquire(units(wanted) - units(held));
    }

    /** Gives back all that a caller holds. */
    void give(int held) {
        units.release(units(held));
    }

    private static int units(int bytes) {
        return (bytes + UNIT_BYTES - 1) / UNIT_BYTES;
    }
}
