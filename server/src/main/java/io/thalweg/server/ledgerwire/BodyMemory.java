package io.thalweg.server.ledgerwire;

import java.util.concurrent.Semaphore;

/** Bounds the bodies that are being read, executed or answered in all connections together; who finds none waits. */
final class BodyMemory {
    private static final int UNIT_BYTES = 4096;

    private final Semaphore units;

    BodyMemory(long bytes) {
        units = new Semaphore(Math.toIntExact(Math.max(Header.MESSAGE_BYTES_MAX, bytes) / UNIT_BYTES), true);
    }

    void take(int bytes) throws InterruptedException {
        units.acquire(units(bytes));
    }

    void give(int bytes) {
        units.release(units(bytes));
    }

    private static int units(int bytes) {
        return (bytes + UNIT_BYTES - 1) / UNIT_BYTES;
    }
}
