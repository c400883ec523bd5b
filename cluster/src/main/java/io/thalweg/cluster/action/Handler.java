package io.thalweg.cluster.action;

import java.time.Duration;

/**
 * Does one kind of action, in steps. After a restart a step may run again that ran before, so each has to bear that.
 */
public interface Handler {

    /** What a step came to. */
    sealed interface Outcome {
        /** There is more to do, in the next step, which gets the payload. */
        record Again(String payload) implements Outcome {}

        /** It is done. */
        record Done(String payload) implements Outcome {}

        /** It cannot be done. */
        record Failed(String why) implements Outcome {}
    }

    /**
     * Refuses arguments that make no sense, before the action is taken.
     *
     * @throws IllegalArgumentException in words for the caller
     */
    void check(Arguments args);

    /**
     * One step, on the thread of the actions.
     *
     * @param payload what the step before left; empty in the first
     */
    Outcome step(Arguments args, String payload) throws InterruptedException;

    /** For how long steps may leave the same payload, and so come no further, until the action has failed: those behind it wait for it. */
    default Duration patience() {
        return Duration.ofHours(1);
    }
}
