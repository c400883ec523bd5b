package io.thalweg.testkit;

import io.thalweg.ports.clock.Clock;

/** A clock that stands still until it is moved, in either direction. One thread. */
public final class SimulatedClock implements Clock {
    private long wallNs;
    private long monotonicNs;

    public SimulatedClock(long wallNs) {
        this.wallNs = wallNs;
    }

    @Override
    public long wallNs() {
        return wallNs;
    }

    @Override
    public long monotonicNs() {
        return monotonicNs;
    }

    /** Lets time pass. */
    public void advance(long ns) {
        if (ns < 0) {
            throw new IllegalArgumentException("time passes forward, but was given " + ns + " ns; jump() goes back");
        }
        wallNs += ns;
        monotonicNs += ns;
    }

    /** Sets the wall clock forward or back, as an operator or a time server does. */
    public void jump(long ns) {
        wallNs += ns;
    }
}
