package io.thalweg.ports.clock;

import io.thalweg.ports.fault.FaultDoor;
import java.time.Instant;

/** The port to time. Apply never reads it: a leader stamps entries with it, and housekeeping paces itself by it. Thread-safe. */
public interface Clock {

    /** Nanoseconds since 1970 by the machine's clock, which may jump in either direction. */
    long wallNs();

    /** Nanoseconds since an arbitrary moment; never goes back. */
    long monotonicNs();

    /** The clock of this machine. */
    static Clock system() {
        return new Clock() {
            @Override
            public long wallNs() {
                Instant now = Instant.now();
                return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano())
                        + FaultDoor.aheadNs();
            }

            @Override
            public long monotonicNs() {
                return System.nanoTime();
            }
        };
    }
}
