package io.thalweg.server.routing;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;

/**
 * What was asked for needs a shard of which this node has no replica, or is better with the node that leads a shard. A door that can sends
 * the whole call to a node that has one; for everybody else it is {@code UNAVAILABLE}, or the refusal that it stands for. Whoever has
 * changed something already must not throw it, since the call would begin anew.
 */
public final class Elsewhere extends ThalwegException {
    private final int shard;
    private final boolean leads;

    public Elsewhere(int shard) {
        super(ErrorCode.UNAVAILABLE, "this node has no replica of shard " + shard);
        this.shard = shard;
        this.leads = false;
    }

    /** This node refuses; the one that leads a shard may not. Asked of it once, and else it is the refusal. */
    public Elsewhere(int leaderOf, ThalwegException refusal) {
        super(refusal.code(), String.valueOf(refusal.getMessage()), refusal);
        this.shard = leaderOf;
        this.leads = true;
    }

    /** The shard that is not here, or is led elsewhere. */
    public int shard() {
        return shard;
    }

    /** Whether only the node that leads the shard will do. */
    public boolean wantsLeader() {
        return leads;
    }
}
