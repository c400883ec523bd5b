package io.thalweg.testkit;

/**
 * The power is gone. An {@link Error}, so that no handler of ordinary failures in the code under test mistakes it for one: a
 * crashed process handles nothing.
 */
public final class SimulatedCrash extends Error {
    private static final long serialVersionUID = 1;

    public SimulatedCrash(String what) {
        super(what);
    }
}
