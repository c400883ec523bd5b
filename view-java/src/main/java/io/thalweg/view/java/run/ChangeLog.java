package io.thalweg.view.java.run;

import io.thalweg.index.IndexSpace;
import io.thalweg.model.MalformedException;
import java.util.List;

/**
 * Reads the steps of one partition into an index: how a replica stays warm, and how a leader begins. Needs no code of the view's. One
 * thread at a time; others may apply steps of the same partition meanwhile.
 */
public final class ChangeLog {
    private static final int STEPS = 256;

    /** An index misses steps that the change log does not keep any more: it begins again from a checkpoint of another replica. */
    public static final class BehindException extends RuntimeException {
        private static final long serialVersionUID = 1;

        BehindException(String message) {
            super(message);
        }
    }

    private final IndexSpace space;
    private final int partition;
    private final Streams streams;
    private final StepStore store;

    /** @param space of the view whose steps these are */
    public ChangeLog(IndexSpace space, int partition, Streams streams, StepStore store) {
        this.space = space;
        this.partition = partition;
        this.streams = streams;
        this.store = store;
    }

    /**
     * Applies steps that the index does not have yet, some hundreds at most.
     *
     * @return whether there were any
     * @throws BehindException when the next step is not kept any more
     */
    public boolean follow() {
        String changes = Wiring.changes(partition);
        long at = store.step(space, partition);
        List<Streams.Event> steps = streams.read(changes, at, STEPS);
        for (Streams.Event event : steps) {
            if (event.sequence() != at + 1) {
                throw new BehindException(
                        "the index is at step " + at + " of " + changes + ", and the oldest that is kept is "
                                + event.sequence() + ": it has to begin from a checkpoint");
            }
            boolean applied = store.apply(
                    space, partition, at, StepRecord.read(event.payload()).changes());
            long now = store.step(space, partition);
            if (applied && now != event.sequence()) {
                throw new MalformedException("step " + event.sequence() + " of " + changes + " says that it is " + now);
            }
            if (now < event.sequence()) {
                throw new MalformedException(
                        "step " + event.sequence() + " of " + changes + " was not applied: the index is at " + now);
            }
            at = event.sequence();
            if (now != at) {
                return true; // somebody else is ahead
            }
        }
        return !steps.isEmpty();
    }

    /** Applies all steps that there are. */
    public void catchUp() {
        while (follow()) {
            // until nothing is missing
        }
    }
}
