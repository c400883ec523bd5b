package io.thalweg.view.java.run;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;

/** What is done about events that failed, and what somebody may do about those that are parked. On the partition's thread, between two steps. */
public final class Repairs {
    private final Partition partition;
    private final Trouble trouble;
    private final Batches batches;
    private final Clockwork clockwork;
    private final OpenCalls calls;
    private final Intake intake;

    Repairs(
            Partition partition,
            Trouble trouble,
            Batches batches,
            Clockwork clockwork,
            OpenCalls calls,
            Intake intake) {
        this.partition = partition;
        this.trouble = trouble;
        this.batches = batches;
        this.clockwork = clockwork;
        this.calls = calls;
        this.intake = intake;
    }

    /** Tries parked events again, as they stand in their streams. */
    public void retry() {
        trouble.retry();
    }

    /**
     * Tries one parked event again, as it stands in its stream.
     *
     * @throws ThalwegException {@code VIEW_NOT_PARKED} when its stream waits for another event, or for none
     */
    public void retry(Partition.Parked event) {
        trouble.requireWaiting(event);
        trouble.retry(Bundle.stream(event.stream()));
    }

    /**
     * Tries one parked event again with another payload. The event stays as it is in its stream: a view that is rebuilt meets it as it was, and so
     * does who leads the partition next, if this one falls before the step counts.
     *
     * @throws ThalwegException {@code VIEW_NOT_PARKED} when its stream waits for another event, or for none; {@code INVALID_REQUEST} for what
     *     is no event of a stream, and for hops that cannot be read
     */
    public void edit(Partition.Parked event, byte[] payload) {
        trouble.requireWaiting(event);
        requireEditable(event);
        trouble.requireReadable(event);
        trouble.edit(event, payload);
    }

    /** Refuses with {@code INVALID_REQUEST} what {@link #edit} can do nothing with: batches, timers, ticks and calls. */
    public static void requireEditable(Partition.Parked event) {
        if (Batches.batch(event.stream()) != null || !event.stream().contains("/")) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    event.stream() + " has no payload that could be another: retry or skip it");
        }
    }

    /**
     * Leaves out a parked event for ever.
     *
     * @throws ThalwegException {@code VIEW_NOT_PARKED} when its stream waits for another event, or for none; {@code UNAVAILABLE} when
     *     another leader made a step
     */
    public void skip(Partition.Parked event) {
        requireSettled();
        trouble.requireWaiting(event);
        String stream = Bundle.stream(event.stream());
        Long goneUpTo = trouble.goneUpTo(stream);
        trouble.left(stream);
        StepWork work = new StepWork(partition.now());
        String batch = Batches.batch(stream);
        if (goneUpTo == null) {
            leaveOut(stream, event.sequence(), work);
        } else if (batch != null) {
            batches.goOnWithout(batch);
        } else {
            partition.positions().taken(stream, goneUpTo);
        }
        partition.commit(work);
        requireSettled();
    }

    /** Goes on behind what has failed for good, unless its stream waits for somebody to look. */
    void putAside(StepWork.Taken what, Exception failure) {
        StepWork work = new StepWork(partition.now());
        if (partition.poison(what, work, failure)) {
            leaveOut(what.stream(), what.sequence(), work);
            partition.commit(work);
        }
    }

    private void requireSettled() {
        partition.settle();
        if (partition.isDeposed()) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "another node leads the partition now: try again");
        }
    }

    /** Goes on behind an event as if it had been taken. */
    void leaveOut(String stream, long sequence, StepWork work) {
        String batch = Batches.batch(stream);
        if (batch != null) {
            batches.leaveOut(batch, work);
        } else if (stream.equals(Clockwork.TIMER)) {
            clockwork.leaveOut(sequence);
        } else if (stream.equals(OpenCalls.CALL)) {
            calls.leaveOut(sequence);
        } else if (clockwork.isTick(stream)) {
            clockwork.leaveOutTick(stream);
        } else {
            intake.leaveOut(stream, sequence);
        }
    }
}
