package io.thalweg.raft;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** How many bytes a second all copies that a node sends may take together. Thread-safe. */
final class Bandwidth {
    /** So much may go at once after a rest. */
    private static final long BURST_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final int PIECES_PER_SECOND = 32;
    private static final int PIECE_BYTES_MIN = 4 << 10;

    private final long bytesPerSecond;
    private final LongSupplier clockNs;

    /** When all that was taken will have gone. */
    private long goneNs;

    private long total;

    /** @param clockNs a clock that only goes forwards */
    Bandwidth(long bytesPerSecond, LongSupplier clockNs) {
        this.bytesPerSecond = bytesPerSecond;
        this.clockNs = clockNs;
        goneNs = clockNs.getAsLong();
    }

    /** Takes so many bytes; returns how long they have to wait. */
    synchronized long takeNs(long bytes) {
        total += bytes;
        long nowNs = clockNs.getAsLong();
        goneNs = Math.max(goneNs, nowNs - BURST_NS) + (long) ((double) bytes / bytesPerSecond * 1e9);
        return Math.max(0, goneNs - nowNs);
    }

    /** So much is best taken at once: hundreds of copies still get a piece each within the time in which something has to come. */
    int pieceBytes() {
        return Math.clamp(bytesPerSecond / PIECES_PER_SECOND, PIECE_BYTES_MIN, Integer.MAX_VALUE);
    }

    /** Bytes that were taken so far. */
    synchronized long total() {
        return total;
    }

    /** Returns when so many bytes may have gone. */
    void take(long bytes) {
        for (long leftNs = takeNs(bytes); leftNs > 0 && !Thread.currentThread().isInterrupted(); ) {
            long beginNs = clockNs.getAsLong();
            LockSupport.parkNanos(leftNs); // It may return before.
            leftNs -= clockNs.getAsLong() - beginNs;
        }
    }
}
