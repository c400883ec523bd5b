package io.thalweg.server.routing;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.time.Duration;

/**
 * What was asked for needs a shard of which this node has no replica, or is better with the node that leads a shard. A door that can sends
 * the whole call to a node that has one; for everybody else it is {@code UNAVAILABLE}, or the refusal that it stands for. Whoever has
 * changed something already must not throw it, since the call would begin anew.
 */
public final class Elsewhere extends ThalwegException {
    private final int shard;
    private final boolean leads;
    private final long untilNs;
    private final boolean waits;

    public Elsewhere(int shard) {
        super(ErrorCode.UNAVAILABLE, "this node has no replica of shard " + shard);
        this.shard = shard;
        this.leads = false;
        this.untilNs = System.nanoTime();
        this.waits = false;
    }

    /** This node refuses; the one that leads a shard may not. Asked of it once, and else it is the refusal. */
    public Elsewhere(int leaderOf, ThalwegException refusal) {
        this(leaderOf, refusal, System.nanoTime(), false);
    }

    /**
     * The same for somebody who has time: while nobody leads, or who did is gone, the call begins again.
     *
     * @param untilNs by {@link System#nanoTime}
     */
    public Elsewhere(int leaderOf, ThalwegException refusal, long untilNs) {
        this(leaderOf, refusal, untilNs, true);
    }

    private Elsewhere(int leaderOf, ThalwegException refusal, long untilNs, boolean waits) {
        super(refusal.code(), String.valueOf(refusal.getMessage()), refusal);
        this.shard = leaderOf;
        this.leads = true;
        this.untilNs = untilNs;
        this.waits = waits;
    }

    /** The shard that is not here, or is led elsewhere. */
    public int shard() {
        return shard;
    }

    /** Whether the call begins again when nobody takes it, as long as it has time. */
    public boolean waits() {
        return waits;
    }

    /** What is left of the time that it may begin again in; nothing if it must not. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, untilNs - System.nanoTime()));
    }

    /** Whether only the node that leads the shard will do. */
    public boolean wantsLeader() {
        return leads;
    }
}
