package io.thalweg.view.java.run;

import java.util.List;

/**
 * Sends what steps emit to streams of other shards: reads the change log behind its leader and appends each step's as a producer whose
 * number is the step's, so that what another leader has sent is not appended again. {@link #sendSome} is for one thread, which may wait for
 * other shards; how far it is, any thread may ask.
 */
public final class Outbox {
    /** Steps that may wait to be sent; with more the partition takes nothing in. */
    static final long STEPS_MAX = 1_000;

    private static final int READ = 64;

    private final String changes;
    private final String producer;
    private final Streams streams;
    private volatile long sent;

    Outbox(Surroundings around, Wiring wiring, long sent) {
        this.changes = wiring.changes();
        this.producer = "$view/" + around.view() + "/" + wiring.partition();
        this.streams = around.streams();
        this.sent = sent;
    }

    /** Up to which step all is sent. */
    public long sent() {
        return sent;
    }

    /**
     * Sends what some steps emit.
     *
     * @return whether there were steps to look at
     */
    public boolean sendSome() {
        return go(true);
    }

    /** Goes behind steps that have nothing to send; whether one is there that has. */
    boolean hasBacklog() {
        long before = -1;
        while (before != sent) {
            before = sent;
            boolean _ = go(false);
        }
        return streams.newest(changes) > sent;
    }

    private boolean go(boolean sending) {
        List<Streams.Event> steps = streams.read(changes, sent, READ);
        for (Streams.Event step : steps) {
            List<Streams.Append> appends = StepRecord.read(step.payload()).sent();
            if (!appends.isEmpty()) {
                if (!sending) {
                    return true;
                }
                streams.send(producer, step.sequence(), appends);
            }
            sent = step.sequence();
        }
        return !steps.isEmpty();
    }
}
